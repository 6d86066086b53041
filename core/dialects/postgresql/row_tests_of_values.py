"""Tests of changes after which a column's values read otherwise: its type, its enum, its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.changes import ChangeColumnGenerated, ChangeColumnType, ChangeEnumValues
from core.definition.canonical import qualified
from core.definition.model import Column, Enum, Table
from core.definition.types import DataType
from core.dialects.facts import RowTest, RowTestKind
from core.dialects.postgresql.casts import is_castable, keeps_every_value
from core.dialects.postgresql.quoting import quote, quote_literal, quote_qualified
from core.dialects.postgresql.row_casts import FITS, KEEPS, fits_function, keeps_function
from core.dialects.postgresql.rows_before import Rows, RowsBefore
from core.dialects.postgresql.types import spell_type


def type_tests(change: ChangeColumnType, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for values that cannot be converted, and for values that come back otherwise.

    A column that the server computes has no value of its own to lose.
    """
    table, old, new = rows.table(change.table.id), change.before, change.after
    now = rows.column(change.table.id, old.id)
    if table is None or now is None or old.generated is not None or new.generated is not None:
        return
    if keeps_every_value(now.type, new.type):
        return
    name = quote(now.name)
    if not is_castable(now.type, new.type):
        yield _test(rows, table, now, f"{name} IS NOT NULL", "VALUES_LOST", RowTestKind.LOSES)
        if not (new.nullable or new.default is not None or new.identity is not None):
            kind = RowTestKind.DOES_NOT_FIT
            yield _test(rows, table, now, "true", "ROWS_WITHOUT_VALUE", kind)
        return
    if new.type.data_type is DataType.ENUM:
        enum = rows.after.enum(new.type.enum_id or "")
        labels = () if enum is None else enum.values
        condition = f"{name}::text <> ALL ({_texts(labels)})"
        yield _test(rows, table, now, condition, "CAST_FAILS", RowTestKind.DOES_NOT_FIT)
        return
    yield _test(
        rows,
        table,
        now,
        f"{name} IS NOT NULL AND NOT {FITS}({name})",
        "CAST_FAILS",
        RowTestKind.DOES_NOT_FIT,
        fits_function(now.type, new.type, rows.enums),
    )
    keeps = keeps_function(now.type, new.type, rows.enums)
    if keeps is None:
        yield _test(rows, table, now, f"{name} IS NOT NULL", "VALUES_LOST", RowTestKind.LOSES)
        return
    yield _test(
        rows,
        table,
        now,
        f"{name} IS NOT NULL AND NOT {KEEPS}({name})",
        "CAST_CHANGES_VALUES",
        RowTestKind.LOSES,
        keeps,
    )


def enum_tests(change: ChangeEnumValues, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for rows with a label that goes, in every column of the type and of arrays of it."""
    kept = {*change.after.values, *(old for old, _ in change.renamed)}
    gone = [value for value in change.before.values if value not in kept]
    enum = rows.enums.get(change.before.id)
    if not gone or enum is None:
        return
    for table in rows.tables:
        later = rows.after.table(table.id)
        for now in table.columns:
            column = None if later is None else later.column(now.id)
            if column is None or column.type.canonical() != now.type.canonical():
                continue
            name = quote(now.name)
            if now.type.enum_id == enum.id:
                condition = f"{name}::text = ANY ({_texts(gone)})"
            elif _is_array_of(now, enum):
                condition = f"{name}::text[] && {_texts(gone)}"
            else:
                continue
            kind = RowTestKind.DOES_NOT_FIT
            yield _test(rows, table, now, condition, "ENUM_VALUE_IN_USE", kind)


def replaced_tests(change: ChangeColumnGenerated, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for values that are not what the server would compute in their place."""
    table = rows.table(change.table.id)
    later = rows.after.table(change.table.id)
    now = rows.column(change.table.id, change.before.id)
    expression = change.after.generated
    if table is None or later is None or now is None:
        return
    if expression is None or change.before.generated is not None:
        return
    condition = f"{quote(now.name)} IS NOT NULL"
    source: Rows | None = None
    columns = rows.mentioned(later, expression)
    is_same_type = now.type.canonical() == change.after.type.canonical()
    if columns is not None and is_same_type and rows.has_enum_of_now(change.after):
        mentioned = [each for each in columns if each.id != now.id]
        source = rows.view().projected(later, mentioned, f"{quote(now.name)} AS sb_held")
    if source is None:
        yield _test(rows, table, now, condition, "VALUES_REPLACED", RowTestKind.LOSES)
        return
    made = f"({expression}\n)::{spell_type(now.type, rows.enums)}"
    if now.type.data_type is DataType.NATIVE:
        made = f"{made}::text"
        held = "sb_held::text"
    else:
        held = "sb_held"
    yield source.test(
        f"sb_held IS NOT NULL AND {held} IS DISTINCT FROM {made}",
        code="VALUES_REPLACED",
        kind=RowTestKind.LOSES,
        subject=_subject(table, now),
        cause=now.id,
        table_id=table.id,
    )


def _test(  # noqa: PLR0917 seven short words read better in a row at each of the calls
    rows: RowsBefore,
    table: Table,
    column: Column,
    condition: str,
    code: str,
    kind: RowTestKind,
    setup: str = "",
) -> RowTest:
    return rows.plainly(table).test(
        condition,
        code=code,
        kind=kind,
        subject=_subject(table, column),
        cause=column.id,
        table_id=table.id,
        setup=setup,
    )


def _subject(table: Table, column: Column) -> str:
    return qualified(table.namespace, table.name, column.name)


def _texts(values: Iterable[str]) -> str:
    labels = ", ".join(quote_literal(value) for value in values)
    return f"ARRAY[{labels}]::text[]"


def _is_array_of(column: Column, enum: Enum) -> bool:
    native = column.type.native
    if native is None or not native.endswith("[]"):
        return False
    element = native.removesuffix("[]")
    names = {enum.name, quote(enum.name), f"{enum.namespace}.{enum.name}"}
    return element in names | {quote_qualified(enum.namespace, enum.name)}
