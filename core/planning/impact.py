"""What a plan does, in plain sentences with the numbers of the live database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from core.changes import Change, Subject
from core.definition.model import Definition
from core.dialects.facts import Facts, RowTestKind, TableFacts
from core.dialects.statement import Blocks, Statement, Work
from core.planning.plan import Plan

_CAREFUL_BYTES_PER_SECOND = 20e6
"""Speed that is taken when none was measured."""

_TIMES_READING = {Work.CATALOG: 0.0, Work.SCAN: 1.0, Work.REWRITE: 4.0, Work.BUILD: 3.0}
"""How much longer each sort of work takes than reading the table; a rule of thumb."""

_BATCHES_TIMES_READING = 6.0
"""The same for writing rows in batches."""

_SEVERITY = (Blocks.NOTHING, Blocks.WRITES, Blocks.READS_AND_WRITES)

_BLOCKED_WORDS = {
    Blocks.NOTHING: "Readers and writers go on.",
    Blocks.WRITES: "Writers wait meanwhile, readers go on.",
    Blocks.READS_AND_WRITES: "Readers and writers wait meanwhile.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactItem:
    """What one change does to the live database."""

    subject: Subject
    """What it is about."""
    summary: str
    """What changes, in a sentence."""
    sentences: tuple[str, ...]
    """What that means for rows, users and time."""
    rows: int
    """Rows in the table, as far as known."""
    size_bytes: int
    """Size of the table."""
    estimated_seconds: float
    """How long its statements will probably take."""
    work: Work
    """The heaviest work among its statements."""
    blocks: Blocks
    """Who waits at worst."""
    rows_losing: int | None
    """Rows that lose a value or disappear; None when nobody knows."""
    rows_not_fitting: int
    """Rows with which the change fails."""
    recreated: tuple[str, ...]
    """Views and the like that are taken down and made again around the plan."""
    sessions: tuple[str, ...]
    """Sessions that hold a lock on the table now."""


def impact(plan: Plan, before: Definition, facts: Facts) -> tuple[ImpactItem, ...]:
    """Say for each change of a plan what it does, to how many rows, and how long it may take.

    Args:
        plan: The plan.
        before: The definition that it starts from, whose table ids the facts have.
        facts: What is known of the live database.
    """
    statements: dict[str, list[Statement]] = {}
    for line in plan.up:
        for statement in line.statements:
            for cause in statement.causes:
                statements.setdefault(cause, []).append(statement)
    known = {table.id for table in before.tables}
    told: set[str] = set()
    items: list[ImpactItem] = []
    for change in plan.changes:
        subject = change.subject
        # Statements speak of things; the first change of a thing takes them all.
        own = [] if subject.id in told else statements.get(subject.id, [])
        told.add(subject.id)
        table_id = subject.table_id if subject.table_id in known else None
        items.append(_item(change, own, facts.tables.get(table_id or ""), facts))
    return tuple(items)


def impact_to_json(items: Iterable[ImpactItem]) -> list[dict[str, Any]]:
    """Write an impact as JSON."""
    return [
        {
            "subject": {
                "kind": str(item.subject.kind),
                "id": item.subject.id,
                "label": item.subject.label,
                "tableId": item.subject.table_id,
            },
            "summary": item.summary,
            "sentences": list(item.sentences),
            "rows": item.rows,
            "sizeBytes": item.size_bytes,
            "estimatedSeconds": item.estimated_seconds,
            "work": str(item.work),
            "blocks": str(item.blocks),
            "rowsLosing": item.rows_losing,
            "rowsNotFitting": item.rows_not_fitting,
            "recreated": list(item.recreated),
            "sessions": list(item.sessions),
        }
        for item in items
    ]


def _item(
    change: Change, statements: list[Statement], table: TableFacts | None, facts: Facts
) -> ImpactItem:
    rate = facts.bytes_per_second or _CAREFUL_BYTES_PER_SECOND
    size = 0 if table is None else table.size_bytes
    seconds = sum(_times(each) * size / rate for each in statements)
    losing = _found(change, RowTestKind.LOSES, facts) if change.data_loss else 0
    recreated = _recreated(statements, table)
    item = ImpactItem(
        subject=change.subject,
        summary=change.summary(),
        sentences=(),
        rows=0 if table is None else table.estimated_rows,
        size_bytes=size,
        estimated_seconds=round(seconds, 3),
        work=max((each.effect.work for each in statements), key=_heaviness, default=Work.CATALOG),
        blocks=max(
            (each.effect.blocks for each in statements),
            key=_SEVERITY.index,
            default=Blocks.NOTHING,
        ),
        rows_losing=losing,
        rows_not_fitting=_found(change, RowTestKind.DOES_NOT_FIT, facts) or 0,
        recreated=recreated,
        sessions=() if table is None else table.sessions,
    )
    return replace(item, sentences=tuple(_sentences(item)))


def _times(statement: Statement) -> float:
    if statement.batches is not None:
        return _BATCHES_TIMES_READING
    return _TIMES_READING[statement.effect.work]


def _heaviness(work: Work) -> float:
    return _TIMES_READING[work]


def _found(change: Change, kind: RowTestKind, facts: Facts) -> int | None:
    """Count the rows that tests for a change found; None when there was no test."""
    subject = change.subject
    counts = [
        result.count
        for test, result in facts.rows.items()
        if test.kind is kind and test.cause == subject.id
    ]
    return sum(counts) if counts else None


def _recreated(statements: Iterable[Statement], table: TableFacts | None) -> tuple[str, ...]:
    if table is None:
        return ()
    dropped = {each.sql for each in statements}
    names = (f"{each.kind} {each.name}" for each in table.dependents if each.drop_sql in dropped)
    return tuple(dict.fromkeys(names))


def _sentences(item: ImpactItem) -> Iterator[str]:
    if item.rows_losing is None:
        yield "Nobody looked how many rows lose something."
    elif item.rows_losing:
        verb = "loses" if item.rows_losing == 1 else "lose"
        yield f"{_rows(item.rows_losing)} {verb} what is stored there."
    if item.rows_not_fitting:
        verb = "does" if item.rows_not_fitting == 1 else "do"
        yield f"{_rows(item.rows_not_fitting)} {verb} not fit, so that it fails."
    if item.size_bytes:
        yield f"The table has about {_rows(item.rows)} in {_size(item.size_bytes)}."
        yield _worked(item)
        yield _BLOCKED_WORDS[item.blocks]
    if item.recreated:
        yield f"Taken down and made again around it: {', '.join(item.recreated)}."
    if item.sessions:
        yield f"These sessions hold a lock on the table now: {'; '.join(item.sessions)}."


def _worked(item: ImpactItem) -> str:
    words = {
        Work.CATALOG: "Only the catalogue changes, whatever the size",
        Work.SCAN: "All rows are read",
        Work.REWRITE: "All rows are written anew",
        Work.BUILD: "An index over all rows is built",
    }
    if item.work is Work.CATALOG and not item.estimated_seconds:
        return f"{words[item.work]}."
    seconds = item.estimated_seconds
    shown = "less than a second" if seconds < 1 else f"about {seconds:,.0f} seconds"
    return f"{words[item.work]}, which takes {shown}."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _size(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024:  # noqa: PLR2004 the step between units
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.0f} TB"
