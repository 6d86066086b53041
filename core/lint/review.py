"""What rules look at: a plan with the definitions at both ends and what is known of the database.

It finds statements by what they are for, and the size of the tables they work on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, overload

from core.changes import Change, ObjectKind, Subject, TableName
from core.definition.canonical import qualified
from core.definition.model import Column, Definition, Table
from core.dialects.facts import Facts, RowTest, RowTestKind, RowTestResult, TableFacts
from core.dialects.moves import ONLINE_FROM_BYTES
from core.dialects.statement import Blocks, Line, Statement
from core.lint.introduced import introduced
from core.planning.plan import Plan
from core.planning.reach import Reach
from core.validation import Diagnostic

_NO_TABLE_FACTS = TableFacts(estimated_rows=0, size_bytes=0, index_size_bytes=0)

C = TypeVar("C")
D = TypeVar("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedStatement:
    """A statement up with its place."""

    index: int
    """Place among all statements, counted from 0."""
    line: Line
    """The line it stands in."""
    statement: Statement
    """The statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A question that was put to the rows, with the answer."""

    test: RowTest
    """The question."""
    result: RowTestResult
    """The answer."""


class Review:
    """A plan with everything about it. Answers are kept, so that rules may ask again."""

    def __init__(self, *, plan: Plan, before: Definition, after: Definition, facts: Facts) -> None:
        self.plan = plan
        self.before = before
        self.after = after
        self.facts = facts

    @cached_property
    def statements(self) -> tuple[PlacedStatement, ...]:
        """The statements up, in the order in which they run."""
        pairs = [(line, each) for line in self.plan.up for each in line.statements]
        return tuple(
            PlacedStatement(index=index, line=line, statement=each)
            for index, (line, each) in enumerate(pairs)
        )

    @overload
    def changes(self, kind: type[C], /) -> Iterator[C]: ...

    @overload
    def changes(self, kind: type[C], other: type[D], /) -> Iterator[C | D]: ...

    def changes(self, *kinds: type[object]) -> Iterator[object]:
        """Give the changes of one kind or two, in order."""
        for change in self.plan.changes:
            if isinstance(change, kinds):
                yield change

    @cached_property
    def changes_by_id(self) -> dict[str, list[Change]]:
        """The changes by the id of the thing they are about."""
        found: defaultdict[str, list[Change]] = defaultdict(list)
        for change in self.plan.changes:
            found[change.subject.id].append(change)
        return dict(found)

    def statement_index(self, subject: Subject) -> int | None:
        """Return the place of the first statement up that is for a thing, if there is one."""
        return self._first_statements.get(subject.id)

    @cached_property
    def _first_statements(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.statements:
            for cause in each.statement.causes:
                found.setdefault(cause, each.index)
        return found

    def table_ids(self, statement: Statement) -> tuple[str, ...]:
        """Return the tables that a statement locks when it takes a lock: see `Reach`."""
        return self._reach.table_ids(statement)

    def worked_table_ids(self, statement: Statement) -> tuple[str, ...]:
        """Return the tables whose rows a statement reads or writes when it does."""
        return self._reach.worked_table_ids(statement)

    def blocked_tables(self, statement: Statement) -> frozenset[str]:
        """Return the tables with rows whose users wait while a statement runs."""
        if statement.effect.blocks is Blocks.NOTHING:
            return frozenset()
        return frozenset(item for item in self.table_ids(statement) if self.has_rows(item))

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self.before, self.after)

    def table_facts(self, table_id: str) -> TableFacts:
        """Return what is known of a table; one that is not known is new or empty."""
        return self.facts.tables.get(table_id, _NO_TABLE_FACTS)

    def is_large(self, table_id: str) -> bool:
        """Whether work over all of a table is felt by those who use it."""
        return self.table_facts(table_id).size_bytes >= ONLINE_FROM_BYTES

    def has_rows(self, table_id: str) -> bool:
        """Whether a table has rows, or may have: a large one whose statistics know of none."""
        return self.table_facts(table_id).estimated_rows > 0 or self.is_large(table_id)

    def table_subject(self, table_id: str) -> Subject:
        """Name a table as before the plan, or as after it when it is new."""
        table = self._tables_before.get(table_id) or self._tables_after.get(table_id)
        label = table_id if table is None else qualified(table.namespace, table.name)
        return Subject(kind=ObjectKind.TABLE, id=table_id, label=label, table_id=table_id)

    @cached_property
    def _tables_before(self) -> dict[str, Table]:
        return {table.id: table for table in self.before.tables}

    @cached_property
    def _tables_after(self) -> dict[str, Table]:
        return {table.id: table for table in self.after.tables}

    def subject(self, statement: Statement) -> Subject | None:
        """Return the thing that a statement is for: that of a change, else a table."""
        for cause in statement.causes:
            for change in self.changes_by_id.get(cause, ()):
                return change.subject
        return next((self.table_subject(item) for item in self.table_ids(statement)), None)

    def introduced(self, code: str) -> Iterator[tuple[Diagnostic, Subject]]:
        """Give what checking the definition says after the plan and did not say before."""
        for diagnostic in self._introduced.get(code, ()):
            table = self._tables_after.get(diagnostic.table_id or "")
            column = None if table is None else table.column(diagnostic.column_id or "")
            if table is None or column is None:
                yield diagnostic, self.table_subject(diagnostic.table_id or "")
            else:
                part = TableName.of(table).part(ObjectKind.COLUMN, column.id, column.name)
                yield diagnostic, part

    @cached_property
    def _introduced(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        return introduced(self.before, self.after, self.plan.changes)

    def is_set_aside(self, subject: Subject) -> bool:
        """Whether the plan keeps what it takes away, so that it can come back for a while."""
        return subject.label in self._set_aside

    @cached_property
    def _set_aside(self) -> frozenset[str]:
        return frozenset(each.subject for each in self.plan.sets_aside)

    def subject_of_test(self, test: RowTest) -> Subject:
        """Return the thing that a question was put for: that of a change, else its table."""
        changes = self.changes_by_id.get(test.cause, ())
        return next((each.subject for each in changes), self.table_subject(test.table_id))

    def tested(self, subject: Subject, kind: RowTestKind) -> tuple[Tested, ...]:
        """Return the questions of a kind that were put to the rows because of a thing."""
        return tuple(each for each in self._tested.get(subject.id, ()) if each.test.kind is kind)

    @cached_property
    def _tested(self) -> dict[str, list[Tested]]:
        found: defaultdict[str, list[Tested]] = defaultdict(list)
        for test, result in self.facts.rows.items():
            found[test.cause].append(Tested(test=test, result=result))
        return dict(found)


def size_text(size_bytes: int) -> str:
    """Write a size the way people say it."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _STEP:
            return f"{size:.0f} {unit}"
        size /= _STEP
    return f"{size:.1f} TB"


_STEP = 1024


def is_required(column: Column) -> bool:
    """Whether an insert has to name a column."""
    fills_itself = column.default or column.identity or column.generated
    return not column.nullable and not fills_itself


def rows_text(count: int) -> str:
    """Write a number of rows."""
    return "1 row" if count == 1 else f"{count:,} rows"
