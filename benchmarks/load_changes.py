"""The table that is changed under load, and one change of each kind.

Clients touch only what stays under its name, so that no change is an error for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType

TABLE = "orders"
"""Name and id of the big table."""

FILL = """
INSERT INTO customers (id, name) SELECT n, 'customer ' || n FROM generate_series(1, 100) AS s (n);
INSERT INTO orders
       (customer_id, referrer_id, code, label, amount, quantity, note, extra, shipped_at)
SELECT 1 + n % 100, 1 + n % 99, 'B' || n, (n % 1000)::text, n % 500, 0, md5(n::text),
       CASE WHEN n % 3 = 0 THEN md5((n + 1)::text) END, CASE WHEN n % 2 = 0 THEN now() END
  FROM generate_series(1, {rows}) AS s (n)
"""
"""Rows; the number of them is to be put in."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change."""

    name: str
    """What it is called in the table of results."""
    edit: Callable[[Definition], Definition]
    """Makes the definition after from the one before."""
    other_name: str | None = None
    """The big table's qualified name afterwards when it has another one."""


def base() -> Definition:
    """Return the design before each change."""
    orders = Table(
        id=TABLE,
        name=TABLE,
        columns=(
            _column("id", DataType.BIGINT, nullable=False, identity=IdentityKind.BY_DEFAULT),
            _column("customer_id", DataType.INT, nullable=False),
            _column("referrer_id", DataType.INT),
            _column("region", DataType.SMALLINT, nullable=False, default=LiteralDefault(json="1")),
            replace(_column("code", DataType.VARCHAR), type=_varchar(20)),
            _column("label", DataType.TEXT),
            replace(
                _column("amount", DataType.DECIMAL, nullable=False),
                type=ColumnType(data_type=DataType.DECIMAL, precision=12, scale=2),
            ),
            _column("quantity", DataType.INT, nullable=False),
            replace(
                _column("status", DataType.ENUM, nullable=False),
                type=ColumnType(data_type=DataType.ENUM, enum_id="status"),
                default=LiteralDefault(json='"new"'),
            ),
            _column("note", DataType.TEXT),
            _column("extra", DataType.TEXT),
            _column(
                "placed_at",
                DataType.TIMESTAMPTZ,
                nullable=False,
                default=ExpressionDefault(sql="now()"),
            ),
            _column("shipped_at", DataType.TIMESTAMPTZ),
        ),
        primary_key=PrimaryKey(column_ids=("id",)),
        checks=(Check(id="amount_check", name="amount_check", expression="amount >= 0"),),
        indexes=(
            _index("orders_placed_at", "placed_at"),
            _index("orders_customer_id", "customer_id"),
        ),
    )
    customers = Table(
        id="customers",
        name="customers",
        columns=(
            replace(_column("id", DataType.INT, nullable=False), id="customers.id"),
            _column("name", DataType.TEXT),
        ),
        primary_key=PrimaryKey(column_ids=("customers.id",)),
    )
    return Definition(
        tables=(orders, customers),
        foreign_keys=(_reference("orders_customer", "customer_id"),),
        enums=(Enum(id="status", name="status", values=("new", "paid", "lost")),),
    )


def _edited(edit: Callable[[Table], Table]) -> Callable[[Definition], Definition]:
    """Lift a change of the big table to the whole design."""
    return lambda design: replace(
        design,
        tables=tuple(edit(table) if table.id == TABLE else table for table in design.tables),
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
    return lambda design: replace(
        design, enums=tuple(replace(enum, values=values) for enum in design.enums)
    )


def _column(
    name: str,
    data_type: DataType,
    *,
    nullable: bool = True,
    identity: IdentityKind | None = None,
    default: LiteralDefault | ExpressionDefault | None = None,
) -> Column:
    return Column(
        id=name,
        name=name,
        type=ColumnType(data_type=data_type),
        nullable=nullable,
        identity=identity,
        default=default,
    )


def _varchar(length: int) -> ColumnType:
    return ColumnType(data_type=DataType.VARCHAR, length=length)


def _index(name: str, column_id: str, *, where: str | None = None) -> Index:
    return Index(id=name, name=name, parts=(IndexPart(column_id=column_id),), where=where)


def _reference(name: str, column_id: str) -> ForeignKey:
    return ForeignKey(
        id=name,
        name=name,
        source_table_id=TABLE,
        source_column_ids=(column_id,),
        target_table_id="customers",
        target_column_ids=("customers.id",),
    )


def _moved(design: Definition) -> Definition:
    moved = _edited(lambda table: replace(table, namespace="sales"))(design)
    return replace(moved, namespaces=(*moved.namespaces, Namespace(name="sales")))


def _with_parts(design: Definition) -> Definition:
    parts = Table(
        id="parts",
        name="parts",
        columns=(
            replace(_column("id", DataType.INT, nullable=False), id="parts.id"),
            _column("order_id", DataType.BIGINT),
        ),
        primary_key=PrimaryKey(column_ids=("parts.id",)),
    )
    reference = replace(
        _reference("parts_order", "order_id"),
        source_table_id="parts",
        target_table_id=TABLE,
        target_column_ids=("id",),
    )
    return replace(
        design,
        tables=(*design.tables, parts),
        foreign_keys=(*design.foreign_keys, reference),
    )


def _with_check(table: Table) -> Table:
    check = Check(id="quantity_check", name="quantity_check", expression="quantity >= 0")
    return replace(table, checks=(*table.checks, check))


def _with_unique(table: Table) -> Table:
    return replace(table, uniques=(Unique(id="code_key", name="code_key", column_ids=("code",)),))


def _with_other_key(table: Table) -> Table:
    return replace(table, primary_key=PrimaryKey(column_ids=("id", "region")))


def _described(table: Table) -> Table:
    first, *others = table.columns
    return replace(
        table,
        description="What was ordered",
        columns=(replace(first, description="Counts up"), *others),
    )


KINDS = (
    Kind("Add a column", _with(_column("added", DataType.TEXT))),
    Kind(
        "Add a column with a constant default",
        _with(_column("added", DataType.INT, nullable=False, default=LiteralDefault(json="7"))),
    ),
    Kind(
        "Add a column with a volatile default",
        _with(
            _column(
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
            _column("added", DataType.BIGINT, nullable=False, identity=IdentityKind.BY_DEFAULT),
        ),
    ),
    Kind(
        "Add a generated column",
        _with(replace(_column("added", DataType.INT), generated="quantity * 2")),
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
    Kind("varchar(20) to varchar(40)", _on("code", lambda each: replace(each, type=_varchar(40)))),
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
    Kind("Change the primary key", _edited(_with_other_key)),
    Kind(
        "Add an index",
        _edited(
            lambda table: replace(table, indexes=(*table.indexes, _index("orders_note", "note")))
        ),
    ),
    Kind(
        "Add a partial index",
        _edited(
            lambda table: replace(
                table,
                indexes=(*table.indexes, _index("orders_idle", "note", where="quantity = 0")),
            )
        ),
    ),
    Kind(
        "Add a foreign key",
        lambda design: replace(
            design,
            foreign_keys=(*design.foreign_keys, _reference("orders_referrer", "referrer_id")),
        ),
    ),
    Kind("Add a table that refers to it", _with_parts),
    Kind("Add a value to an enum", _labels("new", "paid", "lost", "found")),
    Kind("Remove a value from an enum", _labels("new", "paid")),
    Kind("Reorder the values of an enum", _labels("lost", "new", "paid")),
    Kind("Rename a value of an enum", _labels("new", "paid", "missing")),
    Kind("Describe table and column", _edited(_described)),
)
"""All there are."""

RENAMED_VALUES = {"Rename a value of an enum": {"status": {"lost": "missing"}}}
"""Labels of enums that are renamed, by kind and by enum."""
