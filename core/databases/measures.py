"""How big and how busy a database is: what an engine measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMeasures:
    """How big one table is."""

    name: str
    """`namespace.table`."""
    estimated_rows: int
    """Living rows as the server's statistics have it."""
    size_bytes: int
    """With indexes and out-of-line values."""
    index_size_bytes: int
    """Of its indexes alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexMeasures:
    """How much one index is used."""

    name: str
    """`namespace.index`."""
    table: str
    """`namespace.table`."""
    scans: int
    """Times it was used since the statistics began."""
    size_bytes: int
    """Its size."""
    is_unused: bool
    """Whether it was never used and only costs: it keeps nothing unique either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingIndex:
    """A foreign key that no index serves, so that each change of what it refers to scans."""

    table: str
    """`namespace.table` that refers."""
    columns: tuple[str, ...]
    """The columns that an index should begin with."""
    constraint: str
    """The foreign key's name."""
    estimated_rows: int
    """Living rows of the table, as the server's statistics have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowStatement:
    """A statement that took much time, its values left out."""

    statement: str
    """Its beginning, with `$1` in place of values."""
    calls: int
    """How often it ran."""
    mean_seconds: float
    """How long it took on average."""
    total_seconds: float
    """How long it took altogether."""
    rows: int
    """How many rows it returned or changed altogether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMeasures:
    """How big and how busy one database is."""

    size_bytes: int
    """All of it."""
    connections: int
    """Sessions open on it, the asking one left out."""
    cache_hit_ratio: float | None
    """Blocks found in memory, 0 to 1; None before any was read."""
    tables: tuple[TableMeasures, ...]
    """Its tables, by name."""
    indexes: tuple[IndexMeasures, ...]
    """Its indexes, by name."""
    missing_indexes: tuple[MissingIndex, ...]
    """Foreign keys that no index serves."""
    slow_statements: tuple[SlowStatement, ...] | None
    """Those that took most time altogether; None where the server does not gather them."""
