"""One change of each kind to the table of `load_design`.

Each change alone or its way back stands for every change that a definition knows; a test says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks import load_design as design
from benchmarks.load_design import TABLE
from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    IdentityKind,
    Index,
    LiteralDefault,
    Namespace,
    PrimaryKey,
    ReferentialAction,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change."""

    name: str
    """What it is called in the table of results."""
    edit: Callable[[Definition], Definition]
    """Makes the definition after from the one before."""
    other_name: str | None = None
    """The big table's qualified name afterwards when it has another one."""
    view: str | None = None
    """The name of a view that shows the code of every row, and is in the way."""


def _edited(edit: Callable[[Table], Table]) -> Callable[[Definition], Definition]:
    """Lift a change of the big table to the whole design."""
    return lambda whole: replace(
        whole,
        tables=tuple(edit(table) if table.id == TABLE else table for table in whole.tables),
    )


def _with(column: Column) -> Callable[[Definition], Definition]:
    return _edited(lambda table: replace(table, columns=(*table.columns, column)))


def _on(column_id: str, edit: Callable[[Column], Column]) -> Callable[[Definition], Definition]:
    return _edited(
        lambda table: replace(
            table,
            columns=tuple(
                edit(column) if column.id == column_id else column for column in table.columns
            ),
        )
    )


def _typed(column_id: str, data_type: DataType) -> Callable[[Definition], Definition]:
    wanted = ColumnType(data_type=data_type)
    return _on(column_id, lambda column: replace(column, type=wanted))


def _labels(*values: str) -> Callable[[Definition], Definition]:
    return _on_enum(lambda enum: replace(enum, values=values))


def _on_enum(edit: Callable[[Enum], Enum]) -> Callable[[Definition], Definition]:
    return lambda whole: replace(whole, enums=tuple(map(edit, whole.enums)))


def _on_key(edit: Callable[[ForeignKey], ForeignKey]) -> Callable[[Definition], Definition]:
    return lambda whole: replace(whole, foreign_keys=tuple(map(edit, whole.foreign_keys)))


def _on_unique(edit: Callable[[Unique], Unique]) -> Callable[[Definition], Definition]:
    return _edited(lambda table: replace(table, uniques=tuple(map(edit, table.uniques))))


def _on_check(edit: Callable[[Check], Check]) -> Callable[[Definition], Definition]:
    return _edited(lambda table: replace(table, checks=tuple(map(edit, table.checks))))


def _on_index(name: str, edit: Callable[[Index], Index]) -> Callable[[Definition], Definition]:
    return _edited(
        lambda table: replace(
            table,
            indexes=tuple(edit(each) if each.name == name else each for each in table.indexes),
        )
    )


def _with_key(key: PrimaryKey | None) -> Callable[[Definition], Definition]:
    return _edited(lambda table: replace(table, primary_key=key))


def _with_enum(whole: Definition) -> Definition:
    urgency = Enum(id="urgency", name="urgency", values=("low", "high"))
    kind = ColumnType(data_type=DataType.ENUM, enum_id="urgency")
    column = replace(design.column("urgency", DataType.ENUM), type=kind)
    return _with(column)(replace(whole, enums=(*whole.enums, urgency)))


def _moved(whole: Definition) -> Definition:
    moved = _edited(lambda table: replace(table, namespace="sales"))(whole)
    return replace(moved, namespaces=(*moved.namespaces, Namespace(name="sales")))


def _with_parts(whole: Definition) -> Definition:
    parts = Table(
        id="parts",
        name="parts",
        columns=(
            replace(design.column("id", DataType.INT, nullable=False), id="parts.id"),
            design.column("order_id", DataType.BIGINT),
        ),
        primary_key=PrimaryKey(column_ids=("parts.id",)),
    )
    reference = replace(
        design.reference("parts_order", "order_id"),
        source_table_id="parts",
        target_table_id=TABLE,
        target_column_ids=("id",),
    )
    return replace(
        whole,
        tables=(*whole.tables, parts),
        foreign_keys=(*whole.foreign_keys, reference),
    )


def _with_check(table: Table) -> Table:
    check = Check(id="quantity_check", name="quantity_check", expression="quantity >= 0")
    return replace(table, checks=(*table.checks, check))


def _with_unique(table: Table) -> Table:
    code = Unique(id="code_key", name="code_key", column_ids=("code",))
    return replace(table, uniques=(*table.uniques, code))


def _described(table: Table) -> Table:
    first, *others = table.columns
    return replace(
        table,
        description="What was ordered",
        columns=(replace(first, description="Counts up"), *others),
    )


KINDS = (
    Kind("Add a column", _with(design.column("added", DataType.TEXT))),
    Kind(
        "Add a column with a constant default",
        _with(
            design.column("added", DataType.INT, nullable=False, default=LiteralDefault(json="7"))
        ),
    ),
    Kind(
        "Add a column with a volatile default",
        _with(
            design.column(
                "added",
                DataType.UUID,
                nullable=False,
                default=ExpressionDefault(sql="gen_random_uuid()"),
            )
        ),
    ),
    Kind(
        "Add an identity column",
        _with(
            design.column(
                "added", DataType.BIGINT, nullable=False, identity=IdentityKind.BY_DEFAULT
            ),
        ),
    ),
    Kind(
        "Add a generated column",
        _with(replace(design.column("added", DataType.INT), generated="quantity * 2")),
    ),
    Kind(
        "Let a column be generated",
        _on("extra", lambda column: replace(column, generated="note || '!'")),
    ),
    Kind(
        "Drop a column",
        _edited(
            lambda table: replace(
                table, columns=tuple(each for each in table.columns if each.id != "extra")
            )
        ),
    ),
    Kind("Rename a column", _on("extra", lambda column: replace(column, name="further"))),
    Kind(
        "Rename the table",
        _edited(lambda table: replace(table, name="purchases")),
        "public.purchases",
    ),
    Kind("Move the table to another namespace", _moved, "sales.orders"),
    Kind("varchar(20) to text", _typed("code", DataType.TEXT)),
    Kind("varchar(20) to text under a view", _typed("code", DataType.TEXT), view="codes"),
    Kind(
        "varchar(20) to varchar(40)",
        _on("code", lambda each: replace(each, type=design.varchar(40))),
    ),
    Kind("int to bigint", _typed("quantity", DataType.BIGINT)),
    Kind("text to int", _typed("label", DataType.INT)),
    Kind("Set NOT NULL", _on("note", lambda column: replace(column, nullable=False))),
    Kind(
        "Set a default",
        _on("note", lambda column: replace(column, default=LiteralDefault(json='"none"'))),
    ),
    Kind(
        "Change the identity",
        _on("id", lambda column: replace(column, identity=IdentityKind.ALWAYS)),
    ),
    Kind("Add a check", _edited(_with_check)),
    Kind("Add a unique constraint", _edited(_with_unique)),
    Kind(
        "Change a unique constraint",
        _on_unique(lambda it: replace(it, column_ids=("id", "region"))),
    ),
    Kind("Rename a unique constraint", _on_unique(lambda it: replace(it, name="only_once"))),
    Kind("Change a check", _on_check(lambda it: replace(it, expression="amount > -1"))),
    Kind("Rename a check", _on_check(lambda it: replace(it, name="not_negative"))),
    Kind("Change the primary key", _with_key(PrimaryKey(column_ids=("id", "region")))),
    Kind("Rename the primary key", _with_key(PrimaryKey(column_ids=("id",), name="by_number"))),
    Kind("Drop the primary key", _with_key(None)),
    Kind(
        "Add an index",
        _edited(
            lambda table: replace(
                table, indexes=(*table.indexes, design.index("orders_note", "note"))
            )
        ),
    ),
    Kind(
        "Add a partial index",
        _edited(
            lambda table: replace(
                table,
                indexes=(*table.indexes, design.index("orders_idle", "note", where="quantity = 0")),
            )
        ),
    ),
    Kind(
        "Change an index",
        _on_index("orders_placed_at", lambda it: replace(it, where="amount >= 0")),
    ),
    Kind("Rename an index", _on_index("orders_placed_at", lambda it: replace(it, name="by_time"))),
    Kind(
        "Add a foreign key",
        lambda whole: replace(
            whole,
            foreign_keys=(*whole.foreign_keys, design.reference("orders_referrer", "referrer_id")),
        ),
    ),
    Kind(
        "Change a foreign key",
        _on_key(lambda it: replace(it, on_delete=ReferentialAction.CASCADE)),
    ),
    Kind("Let a foreign key be deferred", _on_key(lambda it: replace(it, deferrable=True))),
    Kind("Rename a foreign key", _on_key(lambda it: replace(it, name="bought_by"))),
    Kind("Add a table that refers to it", _with_parts),
    Kind("Add a value to an enum", _labels("new", "paid", "lost", "found")),
    Kind("Remove a value from an enum", _labels("new", "paid")),
    Kind("Reorder the values of an enum", _labels("lost", "new", "paid")),
    Kind("Rename a value of an enum", _labels("new", "paid", "missing")),
    Kind("Add an enum with a column of it", _with_enum),
    Kind("Rename an enum", _on_enum(lambda enum: replace(enum, name="progress"))),
    Kind("Describe an enum", _on_enum(lambda enum: replace(enum, description="How far it is"))),
    Kind(
        "Describe the namespace",
        lambda whole: replace(
            whole, namespaces=(Namespace(name="public", description="All there is"),)
        ),
    ),
    Kind("Describe table and column", _edited(_described)),
)
"""All there are."""

RENAMED_VALUES = {"Rename a value of an enum": {"status": {"lost": "missing"}}}
"""Labels of enums that are renamed, by kind and by enum."""
