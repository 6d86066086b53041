"""The statement: one SQL command with its declared effect. Neither exists without the other.

Statements that follow each other form lines, and a move is the lines of one change with those of
the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Blocks(StrEnum):
    """Who waits while a statement holds its lock on a table that others use."""

    NOTHING = "nothing"
    """Readers and writers go on."""
    WRITES = "writes"
    """Writers wait, readers go on."""
    READS_AND_WRITES = "reads_and_writes"
    """Everybody waits."""


class Work(StrEnum):
    """How a statement's work grows."""

    CATALOG = "catalog"
    """Only catalogue rows: it does not grow with the table."""
    SCAN = "scan"
    """Reads the whole table."""
    REWRITE = "rewrite"
    """Writes the whole table anew."""
    BUILD = "build"
    """Builds an index over the whole table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a statement does to others on a live database."""

    lock: str | None
    """The engine's own name of the strongest lock taken on an existing table, None for none."""
    blocks: Blocks
    """Who waits."""
    work: Work
    """How the work grows."""
    source: str
    """Section of the manual that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuild:
    """The index that a statement builds concurrently, by which half a build is found."""

    namespace: str
    """The namespace of the index and its table."""
    name: str
    """The name of the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The table whose rows a statement changes a stretch of pages at a time.

    The statement has the places `{first}` and `{end}` for the physical addresses (`tid`) between
    which it works, and may be run again over rows that it changed already.
    """

    namespace: str
    """The namespace of the table."""
    table: str
    """Its name while the statement runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a statement drops with its values."""

    namespace: str
    """The namespace of the table."""
    table: str
    """The table's name while the statement runs."""
    column: str | None = None
    """The column, or None when the whole table goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SQL command."""

    sql: str
    """The text, formatted, without the closing semicolon."""
    effect: Effect
    """What it does to others."""
    causes: tuple[str, ...] = ()
    """Ids of the things in the definition that it is for."""
    is_transactional: bool = True
    """Whether it may run inside a transaction."""
    index_build: IndexBuild | None = None
    """The index it builds concurrently: an invalid one goes first, a valid one stays."""
    batches: Batches | None = None
    """Set when it is to be run stretch by stretch, each in a transaction of its own."""
    takes: Taken | None = None
    """What goes with it, if it drops a table or a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Statements that take effect together, or one that cannot run inside a transaction.

    A journal knows lines: what a killed worker had done is a number of whole lines.
    """

    statements: tuple[Statement, ...]
    """At least one; exactly one when it is not transactional or runs in batches."""

    @property
    def is_transactional(self) -> bool:
        """Whether all of it takes effect, and is noted, in one transaction."""
        return all(each.is_transactional and each.batches is None for each in self.statements)
