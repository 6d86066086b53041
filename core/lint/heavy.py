"""Statements that keep others waiting while they work through a large table, sorted by their sort.

What makes the wait is the statement's effect and the table's size; of which sort it is, the change
says that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AddPrimaryKey,
    AddUnique,
    Change,
    ChangeCheck,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
)
from core.dialects.statement import Blocks, Effect, Work
from core.lint.review import PlacedStatement, Review, size_text
from core.lint.rule import Remark


class Sort(StrEnum):
    """What a statement does that keeps others waiting."""

    INDEX = "builds an index"
    """An index is built in place."""
    KEY = "builds the index of a key"
    """A primary key or unique constraint is built in place."""
    FOREIGN_KEY = "looks at every row for a foreign key"
    """A foreign key is added and checked at once."""
    CHECK = "looks at every row for a check"
    """A check is added and checked at once."""
    NOT_NULL = "looks at every row for NULL"
    """A column refuses NULL without a check that proves there is none."""
    PRIMARY_KEY = "looks at every row for NULL in its key"
    """A primary key is put on columns that allowed NULL."""
    TYPE = "converts a column"
    """A column gets another type."""
    GENERATED = "computes a new column"
    """A stored generated column is added."""
    IDENTITY = "numbers every row"
    """A column that counts up is added."""
    DEFAULT = "fills a new column"
    """A column is added whose default differs from row to row."""
    OTHER = "works through all rows"
    """Something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heavy:
    """A statement that keeps others waiting while it works through a large table."""

    placed: PlacedStatement
    """The statement."""
    table_id: str
    """The large table; one of several."""
    sort: Sort
    """What it does."""


def is_heavy(effect: Effect) -> bool:
    """Whether others wait for as long as all rows take."""
    return effect.blocks is not Blocks.NOTHING and effect.work is not Work.CATALOG


def heavy_statements(review: Review) -> Iterator[Heavy]:
    """Give the statements up for which users of a large table have to wait."""
    for placed in review.statements:
        statement = placed.statement
        large = next((t for t in review.worked_table_ids(statement) if review.is_large(t)), None)
        if large is not None and is_heavy(statement.effect):
            changes = [
                change
                for cause in statement.causes
                for change in review.changes_by_id.get(cause, ())
            ]
            sort = _sort(statement.effect.work, changes)
            yield Heavy(placed=placed, table_id=large, sort=sort)


def remarks_on(review: Review, sort: Sort) -> Iterator[Remark]:
    """Remark on the heavy statements of one sort."""
    for heavy in heavy_statements(review):
        if heavy.sort is sort:
            effect = heavy.placed.statement.effect
            table = review.table_subject(heavy.table_id).label
            stopped = "read nor written" if effect.blocks is Blocks.READS_AND_WRITES else "written"
            can = "can neither be" if effect.blocks is Blocks.READS_AND_WRITES else "cannot be"
            yield Remark(
                message=(
                    f"Table {table} ({size_text(review.table_facts(heavy.table_id).size_bytes)})"
                    f" {can} {stopped}{_duration(review, heavy.table_id)} while a statement {sort}."
                ),
                subject=review.subject(heavy.placed.statement),
                statement_index=heavy.placed.index,
            )


def _duration(review: Review, table_id: str) -> str:
    rate = review.facts.bytes_per_second
    if rate is None:
        return ""
    seconds = review.table_facts(table_id).size_bytes / rate
    return f" for at least {max(seconds, 1):.0f} s"


_SORTS: dict[Work, tuple[tuple[type[Change], Sort], ...]] = {
    Work.CATALOG: (),
    Work.BUILD: (
        (AddIndex, Sort.INDEX),
        (ChangeIndex, Sort.INDEX),
        (AddUnique, Sort.KEY),
        (ChangeUnique, Sort.KEY),
        (AddPrimaryKey, Sort.KEY),
        (ChangePrimaryKey, Sort.KEY),
        (ChangeColumnType, Sort.TYPE),
    ),
    Work.SCAN: (
        (AddForeignKey, Sort.FOREIGN_KEY),
        (ChangeForeignKey, Sort.FOREIGN_KEY),
        (AddCheck, Sort.CHECK),
        (ChangeCheck, Sort.CHECK),
        (AddPrimaryKey, Sort.PRIMARY_KEY),
        (ChangePrimaryKey, Sort.PRIMARY_KEY),
        (ChangeColumnNullability, Sort.NOT_NULL),
        (ChangeColumnType, Sort.TYPE),
    ),
    Work.REWRITE: (
        (ChangeColumnType, Sort.TYPE),
        (ChangeEnumValues, Sort.TYPE),
    ),
}
"""Of what sort the work is, by the change it is for; the first that applies."""


def _sort(work: Work, changes: list[Change]) -> Sort:
    if work is Work.REWRITE:
        for change in changes:
            if isinstance(change, AddColumn):
                return _sort_of_addition(change)
    for kind, sort in _SORTS[work]:
        if any(isinstance(change, kind) for change in changes):
            return sort
    return Sort.OTHER


def _sort_of_addition(change: AddColumn) -> Sort:
    if change.column.generated is not None:
        return Sort.GENERATED
    return Sort.DEFAULT if change.column.identity is None else Sort.IDENTITY
