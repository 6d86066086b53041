"""The questions that each change puts to the rows before anything is changed.

A test that speaks of what cannot be known before (a column computed by the server that is not
there yet, a value of an enum that is made in the same plan) is left out: the change itself then
fails and is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from core.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AddPrimaryKey,
    AddUnique,
    Change,
    ChangeCheck,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    DropColumn,
    DropTable,
)
from core.definition.canonical import qualified
from core.definition.model import Definition
from core.dialects.facts import RowTest, RowTestKind
from core.dialects.postgresql.quoting import quote
from core.dialects.postgresql.row_tests_of_constraints import (
    check_tests,
    foreign_key_tests,
    index_tests,
    key_tests,
    retyped_key_tests,
)
from core.dialects.postgresql.row_tests_of_values import (
    enum_tests,
    replaced_tests,
    type_tests,
)
from core.dialects.postgresql.rows_before import RowsBefore


def row_tests(
    changes: Sequence[Change], before: Definition, after: Definition
) -> tuple[RowTest, ...]:
    """Give the tests of changes, in their order, each once.

    Args:
        changes: What is to change.
        before: The definition whose names hold now, with every constraint named.
        after: The definition that the changes lead to, named likewise.

    Raises:
        DefaultMismatchError: a default does not fit its column.
    """
    rows = RowsBefore(before, after)
    refused = frozenset(
        change.after.id for change in changes if isinstance(change, ChangeColumnNullability)
    )
    found = (test for change in changes for test in _tests(change, rows, refused))
    return tuple(dict.fromkeys(found))


def _tests(change: Change, rows: RowsBefore, refused: frozenset[str]) -> Iterable[RowTest]:
    """Give the tests of one change.

    Args:
        change: The change.
        rows: The rows of before.
        refused: Ids of columns whose NULLs are tested by a change of their own.
    """
    match change:
        case DropTable() | DropColumn():
            return _lost(change, rows)
        case AddColumn():
            return _without_value(change, rows)
        case ChangeColumnNullability():
            return () if change.after.nullable else _nulls(change.table.id, change.after.id, rows)
        case ChangeColumnIdentity():
            is_tested = change.after.identity is None or change.after.id in refused
            return () if is_tested else _nulls(change.table.id, change.after.id, rows)
        case ChangeColumnType() | ChangeColumnGenerated() | ChangeEnumValues():
            return _tests_of_values(change, rows)
        case _:
            return _tests_of_constraints(change, rows, refused)


def _tests_of_values(
    change: ChangeColumnType | ChangeColumnGenerated | ChangeEnumValues, rows: RowsBefore
) -> Iterable[RowTest]:
    match change:
        case ChangeColumnType():
            return (*type_tests(change, rows), *retyped_key_tests(change, rows))
        case ChangeColumnGenerated():
            return replaced_tests(change, rows)
        case ChangeEnumValues():
            return enum_tests(change, rows)
        case _:
            assert_never(change)


def _tests_of_constraints(
    change: Change, rows: RowsBefore, refused: frozenset[str]
) -> Iterable[RowTest]:
    """Give the tests of what constrains rows; every other change asks nothing of them."""
    match change:
        case AddPrimaryKey(table=table, key=key) | ChangePrimaryKey(table=table, after=key):
            tested = (each for each in key.column_ids if each not in refused)
            nulls = (test for each in tested for test in _nulls(table.id, each, rows))
            return (*nulls, *key_tests(table.id, key.column_ids, change.subject, rows))
        case AddUnique(table=table, unique=unique) | ChangeUnique(table=table, after=unique):
            return key_tests(table.id, unique.column_ids, change.subject, rows)
        case AddIndex(table=table, index=index) | ChangeIndex(table=table, after=index):
            return index_tests(table.id, index, change.subject, rows)
        case AddCheck(table=table, check=check) | ChangeCheck(table=table, after=check):
            return check_tests(table.id, check, change.subject, rows)
        case AddForeignKey(foreign_key=key) | ChangeForeignKey(after=key):
            return foreign_key_tests(key, change.subject, rows)
        case _:
            return ()


def _lost(change: DropTable | DropColumn, rows: RowsBefore) -> Iterator[RowTest]:
    table = rows.table(change.table.id)
    if table is None:
        return
    if isinstance(change, DropTable):
        yield rows.plainly(table).test(
            "true",
            code="ROWS_LOST",
            kind=RowTestKind.LOSES,
            subject=qualified(table.namespace, table.name),
            cause=table.id,
            table_id=table.id,
        )
        return
    column = rows.column(table.id, change.column.id)
    if column is None or column.generated is not None:
        return
    yield rows.plainly(table).test(
        f"{quote(column.name)} IS NOT NULL",
        code="VALUES_LOST",
        kind=RowTestKind.LOSES,
        subject=qualified(table.namespace, table.name, column.name),
        cause=column.id,
        table_id=table.id,
    )


def _without_value(change: AddColumn, rows: RowsBefore) -> Iterator[RowTest]:
    table, column = rows.table(change.table.id), change.column
    has_value = (
        column.nullable
        or column.default is not None
        or column.identity is not None
        or column.generated is not None
    )
    if table is None or has_value:
        return
    yield rows.plainly(table).test(
        "true",
        code="ROWS_WITHOUT_VALUE",
        kind=RowTestKind.DOES_NOT_FIT,
        subject=change.subject.label,
        cause=column.id,
        table_id=table.id,
    )


def _nulls(table_id: str, column_id: str, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for rows with NULL in a column that allowed it; a new column has a test of its own."""
    table, column = rows.table(table_id), rows.column(table_id, column_id)
    if table is None or column is None or not column.nullable:
        return
    yield rows.plainly(table).test(
        f"{quote(column.name)} IS NULL",
        code="NULLS_IN_COLUMN",
        kind=RowTestKind.DOES_NOT_FIT,
        subject=qualified(table.namespace, table.name, column.name),
        cause=column.id,
        table_id=table.id,
    )
