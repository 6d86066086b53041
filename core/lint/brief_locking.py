"""Rules about locks that are held for a moment, which is long when they are waited for."""

from __future__ import annotations

from collections.abc import Iterator

from core.changes import ChangeIndex, DropIndex
from core.dialects.statement import Blocks, Work
from core.lint.finding import Level
from core.lint.review import Review, size_text
from core.lint.rule import Remark, about, rule


@rule(
    code="LK_DROP_INDEX",
    level=Level.WARN,
    remedy="Drop the index concurrently.",
    elsewhere="squawk require-concurrent-index-deletion; Atlas PG102; strong_migrations; GitLab",
)
def drop_index(review: Review) -> Iterator[Remark]:
    """An index of a large table is dropped in a transaction, and everybody waits for it.

    The drop is brief, but it waits for every query on the table, and new queries wait behind it.
    An index that is built anew and takes the place of the old in one line is not told.

    *Example:* `DROP INDEX` on a busy table, without `CONCURRENTLY`.

    *Source:* PostgreSQL manual, SQL Commands, DROP INDEX.
    """
    for change in review.changes(DropIndex):
        for placed in review.statements:
            statement = placed.statement
            is_its = change.index.id in statement.causes and placed.statement.is_transactional
            blocks = statement.effect.blocks is Blocks.READS_AND_WRITES
            if is_its and blocks and review.is_large(change.table.id):
                message = f"Dropping index {change.subject.label} stops a large table."
                yield about(review, change.subject, message)
                break


@rule(
    code="LK_BRIEF_LOCK",
    level=Level.NOTICE,
    remedy="Nothing, unless transactions on the table are long: the lock is tried for a short time"
    " only, and again later.",
    elsewhere="pg-schema-diff ACQUIRES_ACCESS_EXCLUSIVE_LOCK and others; eugene E9",
)
def brief_lock(review: Review) -> Iterator[Remark]:
    """A statement stops a large table for a moment.

    It is told once per table and lock. The lock waits for running transactions, and what comes
    after waits behind it; therefore it gives up after a short time and tries again.

    *Example:* `RENAME COLUMN` on a table of 2 GB.

    *Source:* PostgreSQL manual, section 13.3.1 Table-Level Locks.
    """
    told: set[tuple[str, str | None]] = set()
    for placed in review.statements:
        effect = placed.statement.effect
        if effect.work is not Work.CATALOG:
            continue
        for table_id in sorted(review.blocked_tables(placed.statement)):
            if review.is_large(table_id) and (table_id, effect.lock) not in told:
                told.add((table_id, effect.lock))
                subject = review.table_subject(table_id)
                size = size_text(review.table_facts(table_id).size_bytes)
                yield Remark(
                    message=f"{effect.lock} is taken on table {subject.label} ({size}).",
                    subject=subject,
                    statement_index=placed.index,
                )


@rule(
    code="LK_LOCK_HELD",
    level=Level.WARN,
    remedy="Let these sessions end, or apply the plan at another hour.",
    elsewhere="GitLab: lock retries",
)
def lock_held(review: Review) -> Iterator[Remark]:
    """Sessions hold locks now on a table that the plan has to lock.

    The plan waits for them, in short tries so that nobody queues behind it, and may give up.

    *Example:* a report has been reading `events` for an hour, and a column is to be dropped.

    *Source:* PostgreSQL manual, section 52.12 pg_locks.
    """
    told: set[str] = set()
    for placed in review.statements:
        for table_id in sorted(review.blocked_tables(placed.statement) - told):
            told.add(table_id)
            sessions = review.table_facts(table_id).sessions
            if sessions:
                subject = review.table_subject(table_id)
                count = (
                    "1 session holds" if len(sessions) == 1 else f"{len(sessions)} sessions hold"
                )
                yield Remark(
                    message=f"{count} a lock on table {subject.label} now: {sessions[0]}.",
                    subject=subject,
                    statement_index=placed.index,
                )


@rule(
    code="LK_MANY_TABLES",
    level=Level.NOTICE,
    remedy="Change tables that are used together in plans of their own.",
    elsewhere="GitLab: one foreign key per transaction",
)
def many_tables(review: Review) -> Iterator[Remark]:
    """One line holds locks on several large tables until it ends.

    Whoever uses them in another order can meet it in a deadlock, which PostgreSQL ends by failing
    one of the two; the line is tried again then.

    *Example:* foreign keys from `events` to `users` and to `devices` in one transaction.

    *Source:* PostgreSQL manual, section 13.3.4 Deadlocks.
    """
    index = 0
    for line in review.plan.up:
        locked = {
            table_id
            for statement in line.statements
            for table_id in review.blocked_tables(statement)
            if review.is_large(table_id)
        }
        if len(locked) > 1 and line.is_transactional:
            names = ", ".join(sorted(review.table_subject(item).label for item in locked))
            yield Remark(message=f"One line locks {names} together.", statement_index=index)
        index += len(line.statements)


@rule(
    code="LK_INDEX_REPLACED",
    level=Level.NOTICE,
    remedy="Make sure that the server has room for both for a while.",
    elsewhere="pg-schema-diff INDEX_BUILD",
)
def index_replaced(review: Review) -> Iterator[Remark]:
    """An index of a large table is built anew beside the old one, which then goes.

    *Example:* the index on `events (user_id)` becomes one on `(user_id, created_at)`.

    *Source:* PostgreSQL manual, section 11.1 Indexes: Introduction.
    """
    for change in review.changes(ChangeIndex):
        if review.is_large(change.table.id):
            message = f"Index {change.subject.label} exists twice while it is replaced."
            yield about(review, change.subject, message)


RULES = (
    drop_index,
    brief_lock,
    lock_held,
    many_tables,
    index_replaced,
)
"""The rules of this module."""
