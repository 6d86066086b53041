"""How PostgreSQL spells the making of everything that a definition holds.

One method per statement. Their order is `planning`, their effects are `effects`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from typing_extensions import override

from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Definition,
    Enum,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    Namespace,
    PrimaryKey,
    ReferentialAction,
    SortOrder,
    Table,
    Unique,
)
from core.definition.names import resolve_names
from core.dialects.base import Speller
from core.dialects.errors import MissingThingError
from core.dialects.postgresql import effects
from core.dialects.postgresql.automatic_names import AutomaticNames
from core.dialects.postgresql.defaults import default_sql
from core.dialects.postgresql.quoting import (
    parenthesised,
    quote,
    quote_literal,
    quote_qualified,
)
from core.dialects.postgresql.types import spell_type
from core.dialects.statement import Effect, Statement

_Constraint = TypeVar("_Constraint", Unique, Check)

_INDENT = "    "

_IDENTITY = {IdentityKind.ALWAYS: "ALWAYS", IdentityKind.BY_DEFAULT: "BY DEFAULT"}


class PostgresqlSpeller(Speller):
    """Writes the parts of one definition for PostgreSQL 13 and later.

    Tables and types are always written with their namespace, so that neither a search path nor a
    type of the server's own decides what a name means.
    """

    __slots__ = ("_automatic", "_columns", "_definition", "_enums", "_tables")

    def __init__(self, definition: Definition) -> None:
        self._definition = resolve_names(definition)
        self._enums = {enum.id: enum for enum in self._definition.enums}
        self._tables = {table.id: table for table in self._definition.tables}
        self._columns = {
            table.id: {column.id: column for column in table.columns}
            for table in self._definition.tables
        }
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
            _statement(
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
        name = quote_qualified(enum.namespace, enum.name)
        labels = _block([quote_literal(value) for value in enum.values])
        return _statement(f"CREATE TYPE {name} AS ENUM {labels}", effects.CREATE_ENUM, enum.id)

    @override
    def create_table(self, table: Table) -> Statement:
        """Make a table with its primary key, unique and check constraints.

        Source: PostgreSQL manual, SQL Commands, CREATE TABLE.

        Raises:
            MissingThingError: a constraint names a column that is not in the table, or a column
                an enum that is not there.
            DefaultMismatchError: a default does not fit its column.
        """
        lines = [self._column(column) for column in table.columns]
        if table.primary_key is not None:
            lines.append(self._primary_key(table.primary_key, table))
        lines.extend(self._unique(unique, table) for unique in _by_name(table.uniques))
        lines.extend(_check(check) for check in _by_name(table.checks))
        name = quote_qualified(table.namespace, table.name)
        return _statement(f"CREATE TABLE {name} {_block(lines)}", effects.CREATE_TABLE, table.id)

    @override
    def create_index(self, index: Index, table: Table) -> Statement:
        """Make an index of a table.

        Source: PostgreSQL manual, SQL Commands, CREATE INDEX.

        Raises:
            MissingThingError: the index names a column that is not in the table.
        """
        wanted_by = f"index {index.name!r}"
        unique = "UNIQUE " if index.unique else ""
        method = "" if index.method == "btree" else f" USING {quote(index.method)}"
        parts = ", ".join(self._index_part(part, table, wanted_by) for part in index.parts)
        lines = [
            f"CREATE {unique}INDEX {_name(index.name, wanted_by)}",
            f"ON {quote_qualified(table.namespace, table.name)}{method} ({parts})",
        ]
        if index.include_column_ids:
            lines.append(f"INCLUDE {self._names(index.include_column_ids, table, wanted_by)}")
        if index.where is not None:
            lines.append(f"WHERE {parenthesised(index.where)}")
        return _statement(f"\n{_INDENT}".join(lines), effects.CREATE_INDEX, index.id)

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
        source_columns = self._names(foreign_key.source_column_ids, source, wanted_by)
        target_columns = self._names(foreign_key.target_column_ids, target, wanted_by)
        lines = [
            f"ALTER TABLE {quote_qualified(source.namespace, source.name)}",
            f"ADD CONSTRAINT {_name(foreign_key.name, wanted_by)}",
            f"FOREIGN KEY {source_columns}",
            f"REFERENCES {quote_qualified(target.namespace, target.name)} {target_columns}",
        ]
        lines.extend(_reactions(foreign_key))
        return _statement(f"\n{_INDENT}".join(lines), effects.ADD_FOREIGN_KEY, foreign_key.id)

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

    def _column(self, column: Column) -> str:
        words = [quote(column.name), spell_type(column.type, self._enums)]
        if not column.nullable:
            not_null = self._automatic.not_null_by_column.get(column.id)
            words.append("NOT NULL" if not_null is None else _constraint(not_null, "NOT NULL"))
        if column.identity is not None:
            words.append(f"GENERATED {_IDENTITY[column.identity]} AS IDENTITY")
            sequence = self._automatic.sequence_by_column.get(column.id)
            if sequence is not None:
                words.append(f"(SEQUENCE NAME {quote_qualified(*sequence)})")
        if column.generated is not None:
            words.append(f"GENERATED ALWAYS AS {parenthesised(column.generated)} STORED")
        default = default_sql(column, self._definition)
        if default is not None:
            words.append(f"DEFAULT {default}")
        return " ".join(words)

    def _primary_key(self, key: PrimaryKey, table: Table) -> str:
        wanted_by = f"the primary key of table {table.name!r}"
        columns = self._names(key.column_ids, table, wanted_by)
        return f"CONSTRAINT {_name(key.name, wanted_by)} PRIMARY KEY {columns}"

    def _unique(self, unique: Unique, table: Table) -> str:
        wanted_by = f"unique constraint {unique.name!r}"
        columns = self._names(unique.column_ids, table, wanted_by)
        return f"CONSTRAINT {_name(unique.name, wanted_by)} UNIQUE {columns}"

    def _index_part(self, part: IndexPart, table: Table, wanted_by: str) -> str:
        if part.expression is not None:
            key = parenthesised(part.expression)
        else:
            key = self._column_name(part.column_id, table, wanted_by)
        order = " DESC" if part.order is SortOrder.DESC else ""
        nulls = "" if part.nulls is None else f" NULLS {part.nulls.upper()}"
        return f"{key}{order}{nulls}"

    def _names(self, column_ids: Iterable[str], table: Table, wanted_by: str) -> str:
        names = (self._column_name(column_id, table, wanted_by) for column_id in column_ids)
        return f"({', '.join(names)})"

    def _column_name(self, column_id: str | None, table: Table, wanted_by: str) -> str:
        column = self._columns[table.id].get(column_id or "")
        if column is None:
            raise MissingThingError(thing="column", missing_id=column_id, wanted_by=wanted_by)
        return quote(column.name)

    def _table(self, table_id: str, wanted_by: str) -> Table:
        table = self._tables.get(table_id)
        if table is None:
            raise MissingThingError(thing="table", missing_id=table_id, wanted_by=wanted_by)
        return table


def _statement(sql: str, effect: Effect, cause: str) -> Statement:
    return Statement(sql=sql, effect=effect, causes=(cause,))


def _block(lines: Sequence[str]) -> str:
    """Write a list in parentheses, one line each."""
    if not lines:
        return "()"
    inside = f",\n{_INDENT}".join(lines)
    return f"(\n{_INDENT}{inside}\n)"


def _by_name(constraints: Iterable[_Constraint]) -> list[_Constraint]:
    return sorted(constraints, key=lambda constraint: constraint.name or "")


def _name(name: str | None, wanted_by: str) -> str:
    if name is None:
        raise MissingThingError(thing="name", missing_id=None, wanted_by=wanted_by)
    return quote(name)


def _constraint(name: str, rest: str) -> str:
    return f"CONSTRAINT {quote(name)} {rest}"


def _check(check: Check) -> str:
    name = _name(check.name, f"check constraint {check.id!r}")
    return f"CONSTRAINT {name} CHECK {parenthesised(check.expression)}"


def _reactions(foreign_key: ForeignKey) -> list[str]:
    """Write what a foreign key does beyond the engine's defaults, a line each."""
    lines = []
    if foreign_key.on_delete is not ReferentialAction.NO_ACTION:
        lines.append(f"ON DELETE {foreign_key.on_delete}")
    if foreign_key.on_update is not ReferentialAction.NO_ACTION:
        lines.append(f"ON UPDATE {foreign_key.on_update}")
    if foreign_key.initially_deferred:
        lines.append("DEFERRABLE INITIALLY DEFERRED")
    elif foreign_key.deferrable:
        lines.append("DEFERRABLE")
    return lines


def _comment(subject: str, text: str, effect: Effect, cause: str) -> tuple[Statement, ...]:
    if not text:
        return ()
    return (_statement(f"COMMENT ON {subject} IS {quote_literal(text)}", effect, cause),)
