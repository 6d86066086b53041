"""Rules about what takes effect together, and what can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from core.dialects.moves import Reversibility
from core.dialects.statement import Blocks, Work
from core.lint.finding import Level
from core.lint.review import Review
from core.lint.rule import Remark, rule


@rule(
    code="TX_MIXED_LINE",
    level=Level.BLOCK,
    remedy="Put the statement into a line of its own.",
    elsewhere="Bytebase; Atlas PG103",
)
def mixed_line(review: Review) -> Iterator[Remark]:
    """A statement that cannot share a transaction stands in one line with others.

    A line is what takes effect together. Plans made here have no such line; one that was stored or
    written elsewhere may.

    *Example:* a fill in batches beside a rename.

    *Source:* PostgreSQL manual, SQL Commands, BEGIN and CREATE INDEX.
    """
    for placed in review.statements:
        statement = placed.statement
        is_apart = not statement.is_transactional or statement.batches is not None
        if is_apart and len(placed.line.statements) > 1:
            yield Remark(
                message="A statement that needs transactions of its own shares a line.",
                subject=review.subject(statement),
                statement_index=placed.index,
            )


@rule(
    code="TX_CONCURRENT_IN_TRANSACTION",
    level=Level.BLOCK,
    remedy="Let it run outside of a transaction.",
    elsewhere="squawk ban-concurrent-index-creation-in-transaction; Atlas PG103",
)
def concurrent_in_transaction(review: Review) -> Iterator[Remark]:
    """An index is to be built concurrently inside a transaction, which PostgreSQL refuses.

    *Example:* `BEGIN; CREATE INDEX CONCURRENTLY …`.

    *Source:* PostgreSQL manual, SQL Commands, CREATE INDEX, Building Indexes Concurrently.
    """
    for placed in review.statements:
        statement = placed.statement
        if statement.index_build is not None and statement.is_transactional:
            yield Remark(
                message=f'Index "{statement.index_build.name}" is built concurrently in a'
                " transaction.",
                subject=review.subject(statement),
                statement_index=placed.index,
            )


@rule(
    code="TX_UNBATCHED_FILL",
    level=Level.WARN,
    remedy="Write the rows in batches, each in a transaction of its own.",
    elsewhere="strong_migrations: backfilling data; GitLab; Bytebase: DDL mixed with DML",
)
def unbatched_fill(review: Review) -> Iterator[Remark]:
    """All rows of a large table are written in one transaction.

    Each row stays locked until the end, and no dead row can be removed meanwhile.

    *Example:* one `UPDATE` over 40 million rows.

    *Source:* PostgreSQL manual, section 24.1.2 Recovering Disk Space.
    """
    for placed in review.statements:
        statement = placed.statement
        effect = statement.effect
        writes_rows = effect.work is Work.REWRITE and effect.blocks is Blocks.NOTHING
        if writes_rows and statement.batches is None:
            for table_id in review.worked_table_ids(statement):
                if review.is_large(table_id):
                    subject = review.table_subject(table_id)
                    yield Remark(
                        message=f"Table {subject.label} is filled in one transaction.",
                        subject=subject,
                        statement_index=placed.index,
                    )


@rule(
    code="TX_SEVERAL_LINES",
    level=Level.NOTICE,
    remedy="Deploy code that can bear the states between, or let it wait for the end of the job.",
)
def several_lines(review: Review) -> Iterator[Remark]:
    """The plan does not take effect at once, but line by line.

    That is what spares its users long locks. If it is stopped half way, it goes on from there or
    is taken back.

    *Example:* an index is built concurrently, and a constraint is made from it afterwards.

    *Source:* PostgreSQL manual, SQL Commands, CREATE INDEX: it cannot run inside a transaction
    block when it is concurrent.
    """
    if len(review.plan.up) > 1:
        yield Remark(message=f"The plan takes effect in {len(review.plan.up)} lines.")


@rule(
    code="TX_NOT_REVERSIBLE",
    level=Level.WARN,
    remedy="Have things set aside instead of dropped, and a backup that was proved.",
    elsewhere="GitLab: migrations must be reversible",
)
def not_reversible(review: Review) -> Iterator[Remark]:
    """The way back does not restore everything.

    Either it restores the structure and not the values, or there is none.

    *Example:* a column is dropped while the window for setting aside is 0 hours.

    *Source:* GitLab, Migration style guide, Reversibility.
    """
    match review.plan.reversibility:
        case Reversibility.EXACT:
            return
        case Reversibility.STRUCTURE:
            yield Remark(message="The way back restores the structure alone.")
        case Reversibility.IMPOSSIBLE:
            yield Remark(message="There is no way back.")
        case other:
            assert_never(other)


RULES = (
    mixed_line,
    concurrent_in_transaction,
    unbatched_fill,
    several_lines,
    not_reversible,
)
"""The rules of this module."""
