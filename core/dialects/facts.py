"""What is known of a live database when a change to it is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class RowTestKind(StrEnum):
    """What it means when a test finds rows."""

    LOSES = "loses"
    """These rows lose a value or disappear."""
    DOES_NOT_FIT = "does_not_fit"
    """With these rows the change fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTest:
    """A question to the rows, asked before anything is changed."""

    code: str
    """What is asked, such as `NULLS_IN_COLUMN`; stable."""
    kind: RowTestKind
    """What a row found means."""
    subject: str
    """What it is about, such as `namespace.table.column`, as `canonical.qualified` writes it."""
    cause: str
    """Id of the thing in the definition."""
    table_id: str
    """Id of the table whose rows are asked."""
    count_sql: str
    """A SELECT of one number: how many rows are found. Names are those before the change."""
    sample_sql: str
    """A SELECT of one text per row found, naming the row by its key, at most ten."""
    setup_sql: str = ""
    """What has to be there first, in the transaction that is rolled back afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTestResult:
    """What a test found."""

    count: int
    """Rows found."""
    samples: tuple[str, ...]
    """Up to ten of them, by their keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """A thing outside the definition that is in the way of a change to a table or column."""

    kind: str
    """Such as `view`, `materialized view`, `function`, `trigger`, `policy`."""
    name: str
    """Qualified name."""
    column: str | None
    """The column of the table that it uses; None when it is the table as a whole."""
    level: int
    """Distance: those that depend on other dependents have a higher one, and go first."""
    drop_sql: str | None
    """Removes it; None when it cannot be made again, so that it only blocks."""
    create_sql: tuple[str, ...]
    """Makes it again with comments, owner and privileges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """A thing on one column that a definition cannot hold, or not whole."""

    column: str
    """Name of the column."""
    words: str
    """What it is, such as `index public.i`."""
    stays_in_place: bool
    """Whether it stays when the type of the column changes where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableParts:
    """What is on one table, whether a definition knows of it or not."""

    columns: frozenset[str]
    """Names of all its columns, those that were put out of sight too."""
    constraints: int
    """Keys, checks and foreign keys on it, and foreign keys that refer to it."""
    indexes: int
    """Its indexes, those of keys too."""
    beyond: tuple[str, ...]
    """What a copy of it would not have, each in a few words, such as `trigger t on table u`."""
    hanging: tuple[Hanging, ...] = ()
    """What would go with its columns if they were dropped, and could not be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """How big and how busy one table is."""

    estimated_rows: int
    """Rows as the statistics have it; exact when the table is small."""
    size_bytes: int
    """The table's own storage with out-of-line values, without indexes."""
    index_size_bytes: int
    """Of its indexes."""
    sessions: tuple[str, ...] = ()
    """Sessions that hold a lock on it now, each as a short text."""
    dependents: tuple[Dependent, ...] = ()
    """What outside the definition reads it or hangs on it."""
    key_dependents: Mapping[str, tuple[Dependent, ...]] = field(default_factory=dict)
    """What stands on one of its keys, by the key's name, such as a view that groups by it."""
    update_triggers: tuple[str, ...] = ()
    """Names of triggers of users that run for every row of an UPDATE, whatever it sets."""
    parts: TableParts | None = None
    """What is on it; None when nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one live database."""

    server_major: int
    """Major version of the server."""
    tables: Mapping[str, TableFacts]
    """By table id before the change; a table that is missing is taken as empty."""
    rows: Mapping[RowTest, RowTestResult]
    """What row tests found."""
    bytes_per_second: float | None = None
    """Measured speed of reading a table; None when nothing was measured."""
    enums: Mapping[str, tuple[Dependent, ...]] = field(default_factory=dict)
    """By enum id before the change, what uses it beside tables of the definition."""


NO_ENUMS: Mapping[str, tuple[str, str]] = MappingProxyType({})
"""No enums of which is asked who uses them."""

NO_FACTS = Facts(server_major=18, tables={}, rows={})
"""An empty database on the newest server."""
