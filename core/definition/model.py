"""The pure model of a database design: what one version of a schema says, as immutable values.

Things refer to each other by id. Reading and writing JSON is `document`, equality apart from
cosmetics is `canonical`, names that nobody gave are `names`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.definition.quickly_made import quickly_made
from core.definition.types import ColumnType

DEFAULT_NAMESPACE = "public"
"""The namespace of things that name none."""


class ReferentialAction(StrEnum):
    """What happens to referring rows when the row they refer to goes or changes its key."""

    NO_ACTION = "NO ACTION"
    """Refuse at the end of the statement (or of the transaction, when deferred)."""
    RESTRICT = "RESTRICT"
    """Refuse at once."""
    CASCADE = "CASCADE"
    """Do the same to the referring rows."""
    SET_NULL = "SET NULL"
    """Empty the referring columns."""
    SET_DEFAULT = "SET DEFAULT"
    """Put the referring columns' defaults in."""


class IdentityKind(StrEnum):
    """How strictly a column counts up by itself."""

    BY_DEFAULT = "by_default"
    """A given value wins."""
    ALWAYS = "always"
    """A given value is refused."""


class SortOrder(StrEnum):
    """The order of one index part."""

    ASC = "asc"
    """Smallest first."""
    DESC = "desc"
    """Largest first."""


class NullsOrder(StrEnum):
    """Where an index part puts nulls."""

    FIRST = "first"
    """Before all values."""
    LAST = "last"
    """After all values."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place on the canvas, in the designer's units. Layout only."""

    x: float
    """To the right."""
    y: float
    """Downwards."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralDefault:
    """A default given as a JSON literal, the well-known calls (`now()` …) included.

    What the literal means on a column is decided by `defaults.meaning`.
    """

    json: str
    """The literal as compact JSON text, so that numbers keep every digit. Never `null`."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionDefault:
    """A default given as an SQL expression."""

    sql: str
    """The expression as written, or as the server writes it when it was introspected."""


Default = LiteralDefault | ExpressionDefault


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    id: str
    """Identity across versions, unique within the definition."""
    name: str
    """The name in SQL."""
    type: ColumnType
    """The data type with its parameters."""
    nullable: bool = True
    """Whether NULL is allowed; always False under a primary key."""
    identity: IdentityKind | None = None
    """Set when the column counts up by itself."""
    default: Default | None = None
    """What an insert that leaves the column out puts in."""
    generated: str | None = None
    """SQL expression of a stored generated column."""
    description: str = ""
    """Comment on the column."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey:
    """The primary key of a table."""

    column_ids: tuple[str, ...]
    """Columns in key order."""
    name: str | None = None
    """Constraint name; None leaves it to `names`."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A unique constraint. A column's `unique` flag is one of these, see `document`."""

    id: str
    """Identity across versions."""
    column_ids: tuple[str, ...]
    """Columns in the order given."""
    name: str | None = None
    """Constraint name; None leaves it to `names`."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check constraint."""

    id: str
    """Identity across versions."""
    expression: str
    """SQL expression that must not be false."""
    name: str | None = None
    """Constraint name; None leaves it to `names`."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """One key of an index: a column or an expression, exactly one of the two."""

    column_id: str | None = None
    """The column."""
    expression: str | None = None
    """SQL expression over the table's columns."""
    order: SortOrder = SortOrder.ASC
    """Direction, where the method has one."""
    nulls: NullsOrder | None = None
    """Place of nulls; None is the engine's default for the order."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index that is not made by a constraint."""

    id: str
    """Identity across versions."""
    parts: tuple[IndexPart, ...]
    """Keys in order."""
    name: str | None = None
    """Index name; None leaves it to `names`."""
    unique: bool = False
    """Whether equal keys are refused."""
    method: str = "btree"
    """Access method."""
    where: str | None = None
    """SQL predicate of a partial index."""
    include_column_ids: tuple[str, ...] = ()
    """Columns carried along without being keys."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with what belongs to it alone."""

    id: str
    """Identity across versions."""
    name: str
    """The name in SQL."""
    columns: tuple[Column, ...]
    """Columns in the order shown."""
    namespace: str = DEFAULT_NAMESPACE
    """The namespace it stands in."""
    primary_key: PrimaryKey | None = None
    """Its primary key, if any."""
    uniques: tuple[Unique, ...] = ()
    """Unique constraints."""
    checks: tuple[Check, ...] = ()
    """Check constraints."""
    indexes: tuple[Index, ...] = ()
    """Indexes beside those of constraints."""
    description: str = ""
    """Comment on the table."""
    position: Position | None = None
    """Place on the canvas. Layout."""
    color: str | None = None
    """Colour on the canvas. Layout."""

    def column(self, column_id: str) -> Column | None:
        """Return the column with that id, or None."""
        return next((column for column in self.columns if column.id == column_id), None)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key: source (child) columns that refer to target (parent) columns."""

    id: str
    """Identity across versions."""
    source_table_id: str
    """The table that refers."""
    source_column_ids: tuple[str, ...]
    """Its columns, pairwise with the target's."""
    target_table_id: str
    """The table referred to."""
    target_column_ids: tuple[str, ...]
    """Its columns."""
    name: str | None = None
    """Constraint name; None leaves it to `names`."""
    on_delete: ReferentialAction = ReferentialAction.NO_ACTION
    """What a delete of the target row does."""
    on_update: ReferentialAction = ReferentialAction.NO_ACTION
    """What a change of the target key does."""
    deferrable: bool = False
    """Whether the check may wait for the end of the transaction."""
    initially_deferred: bool = False
    """Whether it waits unless told otherwise."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """An enumerated type."""

    id: str
    """Identity across versions."""
    name: str
    """The name in SQL."""
    values: tuple[str, ...]
    """Labels in sort order."""
    namespace: str = DEFAULT_NAMESPACE
    """The namespace it stands in."""
    description: str = ""
    """Comment on the type."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """What SQL calls a schema. Only those that are declared can be used, beside the default."""

    name: str
    """The name in SQL, which is its identity."""
    description: str = ""
    """Comment on the namespace."""


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The value of one version: everything a database is made from."""

    tables: tuple[Table, ...]
    """Tables in the order shown."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    """Foreign keys between them."""
    enums: tuple[Enum, ...] = ()
    """Enumerated types."""
    namespaces: tuple[Namespace, ...] = ()
    """Namespaces beside the default one (which may be listed for its description)."""

    def table(self, table_id: str) -> Table | None:
        """Return the table with that id, or None."""
        return next((table for table in self.tables if table.id == table_id), None)

    def enum(self, enum_id: str) -> Enum | None:
        """Return the enum with that id, or None."""
        return next((enum for enum in self.enums if enum.id == enum_id), None)
