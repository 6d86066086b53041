"""Rules about long work that makes nobody wait and yet is felt: reading, building and filling."""

from __future__ import annotations

from collections.abc import Iterator

from core.dialects.statement import Blocks, Statement, Work
from core.lint.finding import Level
from core.lint.review import PlacedStatement, Review, size_text
from core.lint.rule import Remark, rule


@rule(
    code="LK_INDEX_LOAD",
    level=Level.NOTICE,
    remedy="Apply the plan when the server has little to do.",
    elsewhere="pg-schema-diff INDEX_BUILD",
)
def index_load(review: Review) -> Iterator[Remark]:
    """An index of a large table is built concurrently, which reads the table twice.

    It also waits for every transaction that is older than itself.

    *Example:* `CREATE INDEX CONCURRENTLY` on a table of 200 GB.

    *Source:* PostgreSQL manual, SQL Commands, CREATE INDEX, Building Indexes Concurrently.
    """
    for placed in review.statements:
        if placed.statement.effect.work is Work.BUILD:
            yield from _load(review, placed, "An index is built over table {} ({}).")


@rule(
    code="LK_BACKGROUND_LOAD",
    level=Level.NOTICE,
    remedy="Apply the plan when the server has little to do.",
    elsewhere="pg-schema-diff IMPACTS_DATABASE_PERFORMANCE",
)
def background_load(review: Review) -> Iterator[Remark]:
    """All rows of a large table are read, or written in batches, while its users go on.

    Batches leave dead rows behind, which autovacuum removes.

    *Example:* a new column of a table of 200 GB is filled in batches.

    *Source:* PostgreSQL manual, section 24.1 Routine Vacuuming.
    """
    for placed in review.statements:
        statement = placed.statement
        if statement.effect.work is Work.SCAN:
            yield from _load(review, placed, "All of table {} ({}) is read.")
        if statement.effect.work is Work.REWRITE and statement.batches is not None:
            yield from _load(review, placed, "All of table {} ({}) is written in batches.")


@rule(
    code="LK_TRIGGERS_FIRE",
    level=Level.WARN,
    remedy=(
        "Read what the triggers do, and let them pass over rows in which nothing of theirs"
        " changed, or disable them while the plan runs."
    ),
)
def triggers_fire(review: Review) -> Iterator[Remark]:
    """Rows are filled or copied by UPDATE, for which triggers of the table run as for any other.

    One that keeps the time of the last change, or a log, takes every row for changed; one that
    refuses changes makes the plan fail.

    *Example:* a new column is filled in a table whose trigger sets `updated_at`.

    *Source:* PostgreSQL manual, section 37.1 Overview of Trigger Behavior.
    """
    told: set[str] = set()
    for placed in review.statements:
        effect = placed.statement.effect
        if effect.work is not Work.REWRITE or effect.blocks is not Blocks.NOTHING:
            continue
        for table_id in review.worked_table_ids(placed.statement):
            names = review.table_facts(table_id).update_triggers
            if names and table_id not in told:
                told.add(table_id)
                table = review.table_subject(table_id).label
                yield Remark(
                    message=f"Rows of table {table} are filled, for which triggers run:"
                    f" {', '.join(names)}.",
                    subject=review.subject(placed.statement),
                    statement_index=placed.index,
                )


def _load(review: Review, placed: PlacedStatement, sentence: str) -> Iterator[Remark]:
    statement: Statement = placed.statement
    if statement.effect.blocks is not Blocks.NOTHING:
        return
    for table_id in review.worked_table_ids(statement):
        if review.is_large(table_id):
            size = size_text(review.table_facts(table_id).size_bytes)
            yield Remark(
                message=sentence.format(review.table_subject(table_id).label, size),
                subject=review.subject(statement),
                statement_index=placed.index,
            )


RULES = (
    index_load,
    background_load,
    triggers_fire,
)
"""The rules of this module."""
