"""How PostgreSQL spells the making of everything that a definition holds.

One method per statement. Their order is `planning`, their effects are `effects`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from typing_extensions import override

from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Definition,
    Enum,
    ForeignKey,
    Index,
    Namespace,
    Table,
    Unique,
)
from core.definition.names import resolve_names
from core.definition.types import ColumnType
from core.dialects.base import Speller
from core.dialects.errors import MissingThingError
from core.dialects.postgresql import effects
from core.dialects.postgresql.altering_enums import create_enum
from core.dialects.postgresql.automatic_names import AutomaticNames
from core.dialects.postgresql.clauses import (
    block,
    check_clause,
    column_clause,
    comment,
    foreign_key_lines,
    index_lines,
    lines,
    primary_key_clause,
    statement,
    unique_clause,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_qualified
from core.dialects.postgresql.types import spell_type
from core.dialects.statement import Effect, Statement

_Constraint = TypeVar("_Constraint", Unique, Check)


class PostgresqlSpeller(Speller):
    """Writes the parts of one definition for PostgreSQL 13 and later.

    Tables and types are always written with their namespace, so that neither a search path nor a
    type of the server's own decides what a name means.
    """

    __slots__ = ("_automatic", "_column_names", "_definition", "_enums", "_tables")

    def __init__(self, definition: Definition) -> None:
        self._definition = resolve_names(definition)
        self._enums = {enum.id: enum for enum in self._definition.enums}
        self._tables = {table.id: table for table in self._definition.tables}
        self._column_names: dict[str, dict[str, str]] = {}
        self._automatic = AutomaticNames.of(self._definition)

    @property
    @override
    def definition(self) -> Definition:
        """The definition with every constraint and index named, whose parts may be written."""
        return self._definition

    @override
    def create_namespaces(self) -> tuple[Statement, ...]:
        """Make the declared namespaces, except the one that is in every database."""
        return tuple(
            statement(
                f"CREATE SCHEMA {quote(namespace.name)}",
                effects.CREATE_NAMESPACE,
                namespace.name,
            )
            for namespace in sorted(self._definition.namespaces, key=lambda each: each.name)
            if namespace.name != DEFAULT_NAMESPACE
        )

    @override
    def create_enum(self, enum: Enum) -> Statement:
        """Make an enumerated type.

        Source: PostgreSQL manual, SQL Commands, CREATE TYPE.
        """
        return create_enum(Place.of(enum), enum.values, enum.id)

    @override
    def create_table(self, table: Table) -> Statement:
        """Make a table with its primary key, unique and check constraints.

        Source: PostgreSQL manual, SQL Commands, CREATE TABLE.

        Raises:
            MissingThingError: a constraint names a column that is not in the table, or a column
                an enum that is not there.
            DefaultMismatchError: a default does not fit its column.
        """
        parts = [self.column(column) for column in table.columns]
        if table.primary_key is not None:
            wanted_by = f"the primary key of table {table.name!r}"
            columns = self._names(table.primary_key.column_ids, table, wanted_by)
            name = _name(table.primary_key.name, wanted_by)
            parts.append(primary_key_clause(name, columns))
        for unique in _by_name(table.uniques):
            wanted_by = f"unique constraint {unique.name!r}"
            columns = self._names(unique.column_ids, table, wanted_by)
            parts.append(unique_clause(_name(unique.name, wanted_by), columns))
        parts.extend(_check(check) for check in _by_name(table.checks))
        sql = f"CREATE TABLE {Place.of(table).sql} {block(parts)}"
        return statement(sql, effects.CREATE_TABLE, table.id)

    @override
    def create_index(self, index: Index, table: Table) -> Statement:
        """Make an index of a table.

        Source: PostgreSQL manual, SQL Commands, CREATE INDEX.

        Raises:
            MissingThingError: the index names a column that is not in the table.
        """
        wanted_by = f"index {index.name!r}"
        sql = index_lines(
            index,
            Place.of(table),
            lambda column_id: self._column_name(column_id, table, wanted_by),
            name=_name(index.name, wanted_by),
        )
        return statement(sql, effects.CREATE_INDEX, index.id)

    @override
    def add_foreign_key(self, foreign_key: ForeignKey) -> Statement:
        """Add a foreign key to a table that is there.

        Source: PostgreSQL manual, SQL Commands, ALTER TABLE.

        Raises:
            MissingThingError: one of its tables or columns is not there.
        """
        wanted_by = f"foreign key {foreign_key.name!r}"
        source = self._table(foreign_key.source_table_id, wanted_by)
        target = self._table(foreign_key.target_table_id, wanted_by)
        clause = foreign_key_lines(
            foreign_key,
            name=_name(foreign_key.name, wanted_by),
            columns=self._names(foreign_key.source_column_ids, source, wanted_by),
            target=Place.of(target),
            target_columns=self._names(foreign_key.target_column_ids, target, wanted_by),
        )
        sql = lines(f"ALTER TABLE {Place.of(source).sql}", f"ADD {clause[0]}", *clause[1:])
        return statement(sql, effects.ADD_FOREIGN_KEY, foreign_key.id)

    @override
    def comment_on_namespace(self, namespace: Namespace) -> tuple[Statement, ...]:
        """Write the description of a namespace, if it has one."""
        return _comment(
            f"SCHEMA {quote(namespace.name)}",
            namespace.description,
            effects.COMMENT_ON_OTHER,
            namespace.name,
        )

    @override
    def comment_on_enum(self, enum: Enum) -> tuple[Statement, ...]:
        """Write the description of an enumerated type, if it has one."""
        name = quote_qualified(enum.namespace, enum.name)
        return _comment(f"TYPE {name}", enum.description, effects.COMMENT_ON_OTHER, enum.id)

    @override
    def comment_on_table(self, table: Table) -> tuple[Statement, ...]:
        """Write the descriptions of a table and of its columns, as far as they have one."""
        name = quote_qualified(table.namespace, table.name)
        effect = effects.COMMENT_ON_TABLE
        comments = [*_comment(f"TABLE {name}", table.description, effect, table.id)]
        for column in table.columns:
            subject = f"COLUMN {name}.{quote(column.name)}"
            comments.extend(_comment(subject, column.description, effect, column.id))
        return tuple(comments)

    def column(self, column: Column) -> str:
        """Write a column as it stands in its table, with names where the server's are taken.

        Raises:
            MissingThingError: its enum is not in the definition.
            DefaultMismatchError: its default does not fit its type.
        """
        return column_clause(
            column,
            self.type(column.type),
            not_null_name=self._automatic.not_null_by_column.get(column.id),
            sequence=self._automatic.sequence_by_column.get(column.id),
        )

    def type(self, column_type: ColumnType) -> str:
        """Spell a column type.

        Raises:
            MissingThingError: the enum is not in the definition.
        """
        return spell_type(column_type, self._enums)

    def _names(self, column_ids: Iterable[str], table: Table, wanted_by: str) -> list[str]:
        return [self._column_name(column_id, table, wanted_by) for column_id in column_ids]

    def _column_name(self, column_id: str, table: Table, wanted_by: str) -> str:
        names = self._column_names.get(table.id)
        if names is None:
            names = {column.id: column.name for column in self._tables[table.id].columns}
            self._column_names[table.id] = names
        name = names.get(column_id)
        if name is None:
            # A part of an index may be without a column as well as with a wrong one.
            missing_id = column_id or None
            raise MissingThingError(thing="column", missing_id=missing_id, wanted_by=wanted_by)
        return name

    def _table(self, table_id: str, wanted_by: str) -> Table:
        table = self._tables.get(table_id)
        if table is None:
            raise MissingThingError(thing="table", missing_id=table_id, wanted_by=wanted_by)
        return table


def _by_name(constraints: Iterable[_Constraint]) -> list[_Constraint]:
    return sorted(constraints, key=lambda constraint: constraint.name or "")


def _name(name: str | None, wanted_by: str) -> str:
    if name is None:
        raise MissingThingError(thing="name", missing_id=None, wanted_by=wanted_by)
    return name


def _check(check: Check) -> str:
    name = _name(check.name, f"check constraint {check.id!r}")
    return check_clause(name, check.expression)


def _comment(subject: str, text: str, effect: Effect, cause: str) -> tuple[Statement, ...]:
    return (comment(subject, text, effect, cause),) if text else ()
