"""The statement: one SQL command with its declared effect. Neither exists without the other."""

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
