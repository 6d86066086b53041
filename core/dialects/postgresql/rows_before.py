"""The rows that are there now, seen through the columns that they will have.

A test speaks of what is to hold after a change, yet asks before it. Here each column of after is
written over the columns of before: under its old name, converted, or as the constant it will have.
"""
# ruff: noqa: S608 names are quoted, expressions are parenthesised

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.definition.defaults import Literal, meaning
from core.definition.model import Column, Definition, Enum, Table
from core.definition.types import DataType
from core.dialects.facts import RowTest, RowTestKind
from core.dialects.postgresql.casts import is_castable
from core.dialects.postgresql.defaults import literal_sql
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.postgresql.row_casts import conversion_function
from core.dialects.postgresql.types import spell_type

NULL = "NULL"
"""What a column holds in every row that gets it anew without a default."""

MOST_SAMPLES = 10
"""Rows that a test names."""

_ROW = "sb_row"
_CONVERSION = "pg_temp.sb_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Something to select rows from."""

    source: str
    """What follows FROM."""
    label: str
    """The expression that names a row by its key."""
    setup: str = ""
    """What has to be there first."""

    def test(
        self,
        condition: str,
        *,
        code: str,
        kind: RowTestKind,
        subject: str,
        cause: str,
        table_id: str,
        setup: str = "",
    ) -> RowTest:
        """Ask for the rows that meet a condition."""
        found = f"FROM {self.source} WHERE {condition}"
        return RowTest(
            code=code,
            kind=kind,
            subject=subject,
            cause=cause,
            table_id=table_id,
            count_sql=f"SELECT count(*) {found}",
            sample_sql=f"SELECT {self.label} {found} LIMIT {MOST_SAMPLES}",
            setup_sql=setup or self.setup,
        )


class RowsBefore:
    """The tables of before, with what their rows will hold."""

    __slots__ = ("_changed_enums", "_columns", "_enums", "_tables", "after")

    def __init__(self, before: Definition, after: Definition) -> None:
        self.after = after
        self._tables = {table.id: table for table in before.tables}
        self._columns = {
            (table.id, column.id): column for table in before.tables for column in table.columns
        }
        self._enums = {enum.id: enum for enum in before.enums}
        self._changed_enums = tuple(
            enum for enum in after.enums if not _is_same(enum, self._enums.get(enum.id))
        )

    @property
    def enums(self) -> Mapping[str, Enum]:
        """The enumerated types that are there, by id."""
        return self._enums

    @property
    def tables(self) -> Iterable[Table]:
        """The tables that are there."""
        return self._tables.values()

    def table(self, table_id: str) -> Table | None:
        """Return a table as it is, None when it is not there yet."""
        return self._tables.get(table_id)

    def column(self, table_id: str, column_id: str) -> Column | None:
        """Return a column as it is, None when it is not there yet."""
        return self._columns.get((table_id, column_id))

    def plainly(self, table: Table) -> Rows:
        """Select from a table as it is."""
        return Rows(source=Place.of(table).sql, label=row_label(table))

    def has_enum_of_now(self, column: Column) -> bool:
        """Tell whether a column's type can be written now: no enum that is made or changed."""
        if column.type.data_type is not DataType.ENUM:
            return True
        return column.type.enum_id in self._enums and all(
            enum.id != column.type.enum_id for enum in self._changed_enums
        )

    def view(self) -> RowsView:
        """Begin to write values of after."""
        return RowsView(rows=self)

    def mentioned(self, table: Table, expression: str) -> tuple[Column, ...] | None:
        """Give the columns of a table of after that an expression may speak of.

        Returns:
            The columns, a few too many at worst; None when it may speak of a type that is not
            there yet.
        """
        text = expression.lower()
        if any(enum.name.lower() in text for enum in self._changed_enums):
            return None
        return tuple(
            column
            for column in table.columns
            if column.name.lower().replace('"', '""') in text or column.name.lower() in text
        )


class RowsView:
    """Values of after over rows of before, with the conversions that they need."""

    __slots__ = ("_rows", "_setup")

    def __init__(self, rows: RowsBefore) -> None:
        self._rows = rows
        self._setup: list[str] = []

    @property
    def setup(self) -> str:
        """What has to be there before the values are asked for."""
        return "; ".join(self._setup)

    def values(self, table: Table, columns: Iterable[Column]) -> list[str] | None:
        """Write the values of columns, None when one of them cannot be known.

        Args:
            table: The table of after.
            columns: Columns of it.
        """
        written: list[str] = []
        for column in columns:
            value = self._value(table, column)
            if value is None:
                return None
            written.append(value)
        return written

    def projected(self, table: Table, columns: Iterable[Column], extra: str = "") -> Rows | None:
        """Select from a table as it will be, as far as the given columns go.

        Args:
            table: The table of after, which is there before.
            columns: The columns of after that are asked for.
            extra: More to select, over the columns of before.

        Returns:
            What to select from, None when a column cannot be known.
        """
        now = self._rows.table(table.id)
        columns = tuple(columns)
        values = self.values(table, columns)
        if now is None or values is None:
            return None
        selected = [f"{row_label(now)} AS {_ROW}"]
        for column, value in zip(columns, values, strict=True):
            # Expressions find no operator for a NULL without a type.
            is_null = value == NULL
            typed = f"{NULL}::{spell_type(column.type, self._rows.enums)}" if is_null else value
            selected.append(f"{typed} AS {quote(column.name)}")
        if extra:
            selected.append(extra)
        source = f"(SELECT {', '.join(selected)} FROM {Place.of(now).sql}) AS {quote(table.name)}"
        return Rows(source=source, label=_ROW, setup=self.setup)

    def _value(self, table: Table, column: Column) -> str | None:
        now = self._rows.column(table.id, column.id)
        if now is None:
            return self._new_value(column)
        is_computed_anew = column.generated is not None and column.generated != now.generated
        if is_computed_anew or not self._rows.has_enum_of_now(column):
            return None
        if now.type.canonical() == column.type.canonical():
            return quote(now.name)
        if not is_castable(now.type, column.type):
            return NULL
        name = f"{_CONVERSION}_{len(self._setup)}"
        function = conversion_function(name, now.type, column.type, self._rows.enums)
        self._setup.append(function)
        return f"{name}({quote(now.name)})"

    def _new_value(self, column: Column) -> str | None:
        """Write what rows that are there get in a column that is added."""
        is_own = column.identity is not None or column.generated is not None
        if is_own or not self._rows.has_enum_of_now(column):
            return None
        if column.default is None:
            return NULL
        found = meaning(column.default, column.type)
        if not isinstance(found, Literal):
            return None
        value = literal_sql(found.value, column.type)
        return f"{value}::{spell_type(column.type, self._rows.enums)}"


def row_label(table: Table) -> str:
    """Write the expression that names a row: by its primary key, or where it is stored."""
    key = table.primary_key
    columns = {column.id: column.name for column in table.columns}
    names = [columns[each] for each in key.column_ids if each in columns] if key is not None else []
    if not names:
        return "'ctid=' || ctid::text"
    parts = [f"{quote_literal(name + '=')} || {quote(name)}::text" for name in names]
    return parts[0] if len(parts) == 1 else f"concat_ws(', ', {', '.join(parts)})"


def _is_same(enum: Enum, other: Enum | None) -> bool:
    return other is not None and (enum.namespace, enum.name, enum.values) == (
        other.namespace,
        other.name,
        other.values,
    )
