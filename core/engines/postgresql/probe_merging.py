"""Making few probes of many: columns that no expression speaks of are left out, tables are joined.

How an expression is written depends on the names and types of its columns alone, unless it speaks
of the table itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

WIDEST = 400
"""Columns of one probe; PostgreSQL allows 1600. Source: manual, appendix K, Limits."""

_UNICODE_ESCAPES = "u&"
"""Begins a name that need not look like itself. Source: manual, 4.1.1 Identifiers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeColumn:
    """A column of a probe."""

    id: str
    """Id of the column, or of one of those it stands for."""
    name: str
    """Its name."""
    written: str
    """Its type as SQL."""
    generated: str | None
    """Its expression, if it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProbe:
    """What is asked of one table, or of several at once."""

    name: str | None
    """Its name, if an expression can speak of it."""
    columns: tuple[ProbeColumn, ...]
    """The columns that expressions can speak of."""
    checks: tuple[tuple[str, str], ...]
    """Ids and expressions of the checks to ask for."""
    indexes: tuple[tuple[str, str], ...]
    """Ids of the indexes to ask for, and what follows the table's name in each."""


def merged(probes: Iterable[TableProbe]) -> list[TableProbe]:
    """Return as few probes as ask the same."""
    alone: list[TableProbe] = []
    joined: list[_Joint] = []
    for probe in map(_slimmed, probes):
        if probe.name is not None:
            alone.append(probe)
        elif not any(joint.takes(probe) for joint in joined):
            joined.append(_Joint(probe))
    return [*alone, *(joint.probe() for joint in joined)]


class _Joint:
    """Probes in which each column's name means one type."""

    def __init__(self, probe: TableProbe) -> None:
        self._columns: dict[str, ProbeColumn] = {each.name: each for each in probe.columns}
        self._checks = list(probe.checks)
        self._indexes = list(probe.indexes)

    def takes(self, probe: TableProbe) -> bool:
        """Join a probe in, if none of its columns is in the way."""
        if len(self._columns) + len(probe.columns) > WIDEST:
            return False
        if not all(self._fits(column) for column in probe.columns):
            return False
        for column in probe.columns:
            self._columns.setdefault(column.name, column)
        self._checks.extend(probe.checks)
        self._indexes.extend(probe.indexes)
        return True

    def probe(self) -> TableProbe:
        """Return all of them as one."""
        return TableProbe(
            name=None,
            columns=tuple(self._columns.values()),
            checks=tuple(self._checks),
            indexes=tuple(self._indexes),
        )

    def _fits(self, column: ProbeColumn) -> bool:
        other = self._columns.get(column.name)
        if other is None:
            return True
        return other.written == column.written and other.generated is column.generated is None


def _slimmed(probe: TableProbe) -> TableProbe:
    """Leave out the columns, and the name, that occur nowhere in the texts, however quoted."""
    texts = [
        *(expression for _, expression in probe.checks),
        *(rest for _, rest in probe.indexes),
        *(column.generated or "" for column in probe.columns),
    ]
    said = "\n".join(texts).casefold().replace('""', '"')
    if _UNICODE_ESCAPES in said or (probe.name or "").casefold() in said:
        return probe
    columns = tuple(
        column
        for column in probe.columns
        if column.generated is not None or column.name.casefold() in said
    )
    return replace(probe, name=None, columns=columns)
