"""What a plan does, in plain sentences with the numbers of the live database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from core.changes import Change, Subject
from core.definition.canonical import qualified
from core.definition.model import Definition
from core.dialects.facts import Facts, RowTestKind, TableFacts
from core.dialects.statement import Blocks, Line, Statement, Work
from core.planning.plan import Plan
from core.planning.reach import Reach

_CAREFUL_BYTES_PER_SECOND = 20e6
"""Speed that is taken when none was measured."""

_TIMES_READING = {Work.CATALOG: 0.0, Work.SCAN: 1.0, Work.REWRITE: 4.0, Work.BUILD: 3.0}
"""How much longer each sort of work takes than reading the table; a rule of thumb."""

_BATCHES_TIMES_READING = 6.0
"""The same for writing rows in batches."""

_SEVERITY = (Blocks.NOTHING, Blocks.WRITES, Blocks.READS_AND_WRITES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactItem:
    """What one change does to the live database."""

    subject: Subject
    """What it is about."""
    summary: str
    """What changes, in a sentence."""
    sentences: tuple[str, ...]
    """What that means for rows, users and time."""
    tables: tuple[str, ...]
    """The tables that it touches, save new ones, by their qualified names of before."""
    rows: int
    """Rows in these tables, as far as known."""
    size_bytes: int
    """Size of these tables."""
    estimated_seconds: float
    """How long its statements will probably take."""
    readers_wait_seconds: float
    """Of these, how long readers wait, beyond a moment."""
    writers_wait_seconds: float
    """Of these, how long writers wait, beyond a moment."""
    work: Work
    """The heaviest work among its statements."""
    blocks: Blocks
    """Who waits at worst, be it for a moment."""
    rows_losing: int | None
    """Rows that lose a value or disappear; None when nobody knows."""
    rows_not_fitting: int
    """Rows with which the change fails."""
    recreated: tuple[str, ...]
    """Views and the like that are taken down and made again around the plan."""
    sessions: tuple[str, ...]
    """Sessions that hold a lock on one of the tables now."""


def impact(
    plan: Plan, before: Definition, after: Definition, facts: Facts
) -> tuple[ImpactItem, ...]:
    """Say for each change of a plan what it does, to how many rows, and how long it may take.

    Args:
        plan: The plan.
        before: The definition that it starts from, whose table ids the facts have.
        after: The definition that it leads to.
        facts: What is known of the live database.
    """
    survey = _Survey(before, after, facts)
    parts = _by_subject(plan, survey)
    told: set[str] = set()
    items: list[ImpactItem] = []
    for change in plan.changes:
        subject = change.subject
        # Statements speak of things; the first change of a thing takes them all.
        own = [] if subject.id in told else parts.get(subject.id, [])
        told.add(subject.id)
        items.append(survey.item(change, own))
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
            "tables": list(item.tables),
            "rows": item.rows,
            "sizeBytes": item.size_bytes,
            "estimatedSeconds": item.estimated_seconds,
            "readersWaitSeconds": item.readers_wait_seconds,
            "writersWaitSeconds": item.writers_wait_seconds,
            "work": str(item.work),
            "blocks": str(item.blocks),
            "rowsLosing": item.rows_losing,
            "rowsNotFitting": item.rows_not_fitting,
            "recreated": list(item.recreated),
            "sessions": list(item.sessions),
        }
        for item in items
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A statement with what it means where it stands."""

    statement: Statement
    blocks: Blocks
    """Who waits while it runs: a lock of its line's earlier statements is held still."""
    seconds: float


def _by_subject(plan: Plan, survey: _Survey) -> dict[str, list[_Part]]:
    """Return the statements up by the ids of what the changes are about.

    What is for something that does not change by itself, such as a column of an enum that is made
    anew, belongs to the change whose statements it follows, or else precedes.
    """
    subjects = {change.subject.id for change in plan.changes}
    found: defaultdict[str, list[_Part]] = defaultdict(list)
    leading: list[_Part] = []
    last: str | None = None
    for part in (each for line in plan.up for each in survey.parts(line)):
        causes = [cause for cause in part.statement.causes if cause in subjects]
        if causes:
            last = causes[-1]
            found[last] += leading
            leading.clear()
        elif last is not None:
            causes = [last]
        else:
            leading.append(part)
        for cause in causes:
            found[cause].append(part)
    return found


class _Survey:
    """What is known of the tables that statements touch."""

    def __init__(self, before: Definition, after: Definition, facts: Facts) -> None:
        self._labels = {item.id: qualified(item.namespace, item.name) for item in before.tables}
        self._reach = Reach(before, after)
        self._facts = facts
        self._rate = facts.bytes_per_second or _CAREFUL_BYTES_PER_SECOND

    def parts(self, line: Line) -> Iterator[_Part]:
        """Give the statements of a line with what each means there."""
        held: dict[str, Blocks] = {}
        for statement in line.statements:
            blocks = statement.effect.blocks
            for table_id in self._reach.table_ids(statement):
                held[table_id] = _worst((blocks, held.get(table_id, Blocks.NOTHING)))
            worked = self._reach.worked_table_ids(statement)
            yield _Part(
                statement=statement,
                blocks=_worst((blocks, *(held[each] for each in worked))),
                seconds=self._seconds(statement),
            )

    def item(self, change: Change, parts: Sequence[_Part]) -> ImpactItem:
        """Say what one change does with its statements."""
        statements = [each.statement for each in parts]
        ids = self._table_ids(change, statements)
        tables = [self._facts.tables[each] for each in ids if each in self._facts.tables]
        losing = _found(change, RowTestKind.LOSES, self._facts) if change.data_loss else 0
        item = ImpactItem(
            subject=change.subject,
            summary=change.summary(),
            sentences=(),
            tables=tuple(self._labels[each] for each in ids),
            rows=sum(each.estimated_rows for each in tables),
            size_bytes=sum(each.size_bytes for each in tables),
            estimated_seconds=_total(parts),
            readers_wait_seconds=_total(
                each for each in parts if each.blocks is Blocks.READS_AND_WRITES
            ),
            writers_wait_seconds=_total(
                each for each in parts if each.blocks is not Blocks.NOTHING
            ),
            work=_heaviest(statements),
            blocks=_worst(each.blocks for each in parts),
            rows_losing=losing,
            rows_not_fitting=_found(change, RowTestKind.DOES_NOT_FIT, self._facts) or 0,
            recreated=_recreated(statements, tables),
            sessions=tuple(dict.fromkeys(session for each in tables for session in each.sessions)),
        )
        # Nothing to work on is nothing to work: the target of a foreign key is not read.
        felt = _heaviest(each.statement for each in parts if each.seconds)
        who = _who(item.tables, is_its_own=change.subject.table_id in ids)
        return replace(item, sentences=tuple(_sentences(item, who, felt)))

    def _table_ids(self, change: Change, statements: Iterable[Statement]) -> list[str]:
        """Return the tables touched that were there before."""
        touched = [item for each in statements for item in self._reach.table_ids(each)]
        own = change.subject.table_id
        ids = touched if own is None else [own, *touched]
        return [each for each in dict.fromkeys(ids) if each in self._labels]

    def _seconds(self, statement: Statement) -> float:
        """Estimate how long a statement takes."""
        known = self._facts.tables
        ids = self._reach.worked_table_ids(statement)
        size = sum(known[each].size_bytes for each in ids if each in known)
        return _times(statement) * size / self._rate


def _total(parts: Iterable[_Part]) -> float:
    return round(sum((each.seconds for each in parts), 0.0), 3)


def _worst(blocks: Iterable[Blocks]) -> Blocks:
    return max(blocks, key=_SEVERITY.index, default=Blocks.NOTHING)


def _heaviest(statements: Iterable[Statement]) -> Work:
    works = (each.effect.work for each in statements)
    return max(works, key=_TIMES_READING.__getitem__, default=Work.CATALOG)


def _times(statement: Statement) -> float:
    if statement.batches is not None:
        return _BATCHES_TIMES_READING
    return _TIMES_READING[statement.effect.work]


def _found(change: Change, kind: RowTestKind, facts: Facts) -> int | None:
    """Count the rows that tests for a change found; None when there was no test."""
    subject = change.subject
    counts = [
        result.count
        for test, result in facts.rows.items()
        if test.kind is kind and test.cause == subject.id
    ]
    return sum(counts) if counts else None


def _recreated(statements: Iterable[Statement], tables: Iterable[TableFacts]) -> tuple[str, ...]:
    dropped = {each.sql for each in statements}
    names = (
        f"{each.kind} {each.name}"
        for table in tables
        for each in table.dependents
        if each.drop_sql in dropped
    )
    return tuple(dict.fromkeys(names))


def _sentences(item: ImpactItem, who: str, felt: Work) -> Iterator[str]:
    if item.rows_losing is None:
        yield "Nobody looked how many rows lose something."
    elif item.rows_losing:
        verb = "loses" if item.rows_losing == 1 else "lose"
        yield f"{_rows(item.rows_losing)} {verb} what is stored there."
    if item.rows_not_fitting:
        verb = "does" if item.rows_not_fitting == 1 else "do"
        yield f"{_rows(item.rows_not_fitting)} {verb} not fit, so that it fails."
    if item.size_bytes:
        yield f"{who} about {_rows(item.rows)} in {_size(item.size_bytes)}."
        yield _worked(item, felt)
        yield _waits(item)
    if item.recreated:
        yield f"Taken down and made again around it: {', '.join(item.recreated)}."
    if item.sessions:
        where = "the table" if len(item.tables) == 1 else "the tables"
        yield f"These sessions hold a lock on {where} now: {'; '.join(item.sessions)}."


def _who(tables: Sequence[str], *, is_its_own: bool) -> str:
    """Name the tables, unless there is but the one that the change is of."""
    if len(tables) > 1:
        return f"Tables {', '.join(tables[:-1])} and {tables[-1]} have"
    return "The table has" if is_its_own else f"Table {''.join(tables)} has"


def _worked(item: ImpactItem, felt: Work) -> str:
    words = {
        Work.CATALOG: "Only the catalogue changes, whatever the size",
        Work.SCAN: "All rows are read",
        Work.REWRITE: "All rows are written anew",
        Work.BUILD: "An index over all rows is built",
    }
    if felt is Work.CATALOG:
        return f"{words[felt]}."
    seconds = item.estimated_seconds
    shown = "less than a second" if seconds < 1 else f"about {seconds:,.0f} seconds"
    return f"{words[felt]}, which takes {shown}."


def _waits(item: ImpactItem) -> str:
    writers = _wait(item.writers_wait_seconds, item)
    match item.blocks:
        case Blocks.NOTHING:
            return "Readers and writers go on."
        case Blocks.WRITES:
            return f"Writers wait {writers}, readers go on."
        case Blocks.READS_AND_WRITES:
            readers = _wait(item.readers_wait_seconds, item)
            if readers == writers:
                return f"Readers and writers wait {writers}."
            return f"Readers wait {readers}, writers {writers}."
        case never:  # pragma: no cover
            assert_never(never)


def _wait(seconds: float, item: ImpactItem) -> str:
    if seconds < 1:
        return "for a moment only"
    if seconds == item.estimated_seconds:
        return "meanwhile"
    return f"for about {seconds:,.0f} seconds of it"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _size(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024:  # noqa: PLR2004 the step between units
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.0f} TB"
