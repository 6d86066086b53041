"""Rules about work on a large table for which its users have to wait.

Empty and small tables are no matter: the wait is over before anybody sees it. Locks that are held
for a moment only are `brief_locking`, work that makes nobody wait is `load`.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.dialects.statement import Work
from core.lint.finding import Level
from core.lint.heavy import Sort, heavy_statements, is_heavy, remarks_on
from core.lint.review import Review
from core.lint.rule import Remark, rule

_ONLINE = "Let the plan be made with the usual size from which tables are changed the long way."


@rule(
    code="LK_BUILD_INDEX",
    level=Level.WARN,
    remedy=f"Build the index concurrently. {_ONLINE}",
    elsewhere=(
        "squawk require-concurrent-index-creation; Atlas PG101; strong_migrations; Bytebase; "
        "eugene E6; GitLab; pg-schema-diff ACQUIRES_SHARE_LOCK"
    ),
)
def build_index(review: Review) -> Iterator[Remark]:
    """An index of a large table is built in place, and writers wait until it is done.

    *Example:* `CREATE INDEX` on 40 million events, without `CONCURRENTLY`.

    *Source:* PostgreSQL manual, section 13.3.1: SHARE is acquired by CREATE INDEX.
    """
    yield from remarks_on(review, Sort.INDEX)


@rule(
    code="LK_BUILD_KEY",
    level=Level.WARN,
    remedy=f"Build a unique index concurrently and make the constraint from it. {_ONLINE}",
    elsewhere="squawk disallowed-unique-constraint; Atlas PG104 and PG105; eugene E7",
)
def build_key(review: Review) -> Iterator[Remark]:
    """The index of a primary key or unique constraint is built in place; everybody waits.

    *Example:* `ADD UNIQUE (email)` on a table of 2 GB.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, ADD table_constraint_using_index.
    """
    yield from remarks_on(review, Sort.KEY)


@rule(
    code="LK_ADD_FOREIGN_KEY",
    level=Level.WARN,
    remedy=f"Add the foreign key as NOT VALID and validate it in a line of its own. {_ONLINE}",
    elsewhere=(
        "squawk adding-foreign-key-constraint; Atlas PG306; strong_migrations; Bytebase; eugene E1;"
        " GitLab; pg-schema-diff ACQUIRES_SHARE_ROW_EXCLUSIVE_LOCK"
    ),
)
def add_foreign_key(review: Review) -> Iterator[Remark]:
    """A foreign key is added and all rows of a large table are checked at once.

    Writers of both tables wait meanwhile. The size of the table referred to does not matter.

    *Example:* `events.user_id` with 40 million rows refers to `users` from now on.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, ADD table_constraint NOT VALID.
    """
    yield from remarks_on(review, Sort.FOREIGN_KEY)


@rule(
    code="LK_ADD_CHECK",
    level=Level.WARN,
    remedy=f"Add the check as NOT VALID and validate it in a line of its own. {_ONLINE}",
    elsewhere="squawk constraint-missing-not-valid; Atlas PG305; Bytebase; eugene E1",
)
def add_check(review: Review) -> Iterator[Remark]:
    """A check is added and all rows of a large table are looked at, while everybody waits.

    *Example:* `CHECK (price > 0)` on a table of 2 GB.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, ADD table_constraint NOT VALID.
    """
    yield from remarks_on(review, Sort.CHECK)


@rule(
    code="LK_SET_NOT_NULL",
    level=Level.WARN,
    remedy=f"Prove it with a validated check first, which spares the look at the rows. {_ONLINE}",
    elsewhere="squawk adding-not-nullable-field; Atlas PG303; strong_migrations; eugene E2",
)
def set_not_null(review: Review) -> Iterator[Remark]:
    """A column of a large table refuses NULL and no check proves it; everybody waits.

    *Example:* `SET NOT NULL` on a column of a table of 2 GB.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, SET NOT NULL.
    """
    yield from remarks_on(review, Sort.NOT_NULL)


@rule(
    code="LK_PRIMARY_KEY_OVER_NULLABLE",
    level=Level.WARN,
    remedy="Make its columns NOT NULL first, each proved by a validated check.",
    elsewhere="Atlas PG304; eugene W14",
)
def primary_key_over_nullable(review: Review) -> Iterator[Remark]:
    """A primary key is made from an index over columns that allow NULL; all rows are looked at.

    *Example:* `ADD PRIMARY KEY USING INDEX` on a large table whose `code` is nullable.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, ADD table_constraint_using_index.
    """
    yield from remarks_on(review, Sort.PRIMARY_KEY)


@rule(
    code="LK_CHANGE_TYPE",
    level=Level.WARN,
    remedy=f"Add a column of the new type, fill it in batches and swap the two. {_ONLINE}",
    elsewhere="squawk changing-column-type; Atlas PG301; eugene E5",
)
def change_type(review: Review) -> Iterator[Remark]:
    """A column of a large table gets another type in place; the table is written anew.

    Its indexes are built again too, and everybody waits. A change that keeps the stored form, such
    as VARCHAR(50) to VARCHAR(100), is not told.

    *Example:* `INT` to `BIGINT` on a table of 2 GB.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, Notes.
    """
    yield from remarks_on(review, Sort.TYPE)


@rule(
    code="LK_VOLATILE_DEFAULT",
    level=Level.WARN,
    remedy=f"Add the column without default, set the default, fill the rows in batches. {_ONLINE}",
    elsewhere="squawk adding-field-with-default; Atlas PG302; Bytebase",
)
def volatile_default(review: Review) -> Iterator[Remark]:
    """A column is added whose default differs from row to row; the table is written anew.

    *Example:* `token UUID DEFAULT gen_random_uuid()` on a table of 2 GB.

    *Source:* PostgreSQL manual, section 5.7.1 Adding a Column.
    """
    yield from remarks_on(review, Sort.DEFAULT)


@rule(
    code="LK_ADD_GENERATED_COLUMN",
    level=Level.WARN,
    remedy="Take away what the plan says keeps the table from being copied, or choose an hour with"
    " few users.",
    elsewhere="eugene E11; strong_migrations",
)
def add_generated_column(review: Review) -> Iterator[Remark]:
    """A stored generated column is added to a large table, which is written anew.

    PostgreSQL has no way to do it in steps. A copy that has the column can take the place of the
    table, but only where the copy would have everything else that the table has.

    *Example:* `total NUMERIC GENERATED ALWAYS AS (price * amount) STORED` on a table of 2 GB.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, Notes.
    """
    yield from remarks_on(review, Sort.GENERATED)


@rule(
    code="LK_ADD_IDENTITY_COLUMN",
    level=Level.WARN,
    remedy=f"Add an ordinary column, fill it in batches, and let it count up then. {_ONLINE}",
    elsewhere="eugene E11; strong_migrations; squawk adding-serial",
)
def add_identity_column(review: Review) -> Iterator[Remark]:
    """A column that counts up is added to a large table, which is written anew.

    *Example:* a table of 2 GB without a key gets `id BIGINT GENERATED BY DEFAULT AS IDENTITY`.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, Notes.
    """
    yield from remarks_on(review, Sort.IDENTITY)


@rule(
    code="LK_LONG_LOCK",
    level=Level.WARN,
    remedy="Choose an hour with few users.",
    elsewhere="eugene E10; pg-schema-diff ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
)
def long_lock(review: Review) -> Iterator[Remark]:
    """A statement works through a large table under a lock, for another reason than those above.

    *Example:* a generated column of a table of 2 GB is computed by another expression.

    *Source:* PostgreSQL manual, section 13.3.1 Table-Level Locks.
    """
    yield from remarks_on(review, Sort.OTHER)


@rule(
    code="LK_REPEATED_REWRITE",
    level=Level.WARN,
    remedy="Make the changes of this table one after another, with time between them.",
    elsewhere="eugene W12; Bytebase: several ALTERs of one table that could be one",
)
def repeated_rewrite(review: Review) -> Iterator[Remark]:
    """One plan writes a large table anew more than once while everybody waits.

    *Example:* two columns of a table of 2 GB get another type in place.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, Notes.
    """
    seen: set[str] = set()
    for heavy in heavy_statements(review):
        if heavy.placed.statement.effect.work is Work.REWRITE:
            if heavy.table_id in seen:
                subject = review.table_subject(heavy.table_id)
                yield Remark(
                    message=f"Table {subject.label} is written anew more than once.",
                    subject=subject,
                    statement_index=heavy.placed.index,
                )
            seen.add(heavy.table_id)


@rule(
    code="LK_WORK_UNDER_LOCK",
    level=Level.WARN,
    remedy=f"Do the long work in a line of its own, before the lock or after it. {_ONLINE}",
    elsewhere="eugene E4 and E10",
)
def work_under_lock(review: Review) -> Iterator[Remark]:
    """A line works through a large table while it holds a lock that an earlier statement took.

    Locks are held until the transaction ends, so what is brief by itself becomes long.

    *Example:* one transaction renames a column and then validates a check over 40 million rows.

    *Source:* PostgreSQL manual, section 13.3 Explicit Locking.
    """
    held: set[str] = set()
    line = None
    for placed in review.statements:
        statement = placed.statement
        if placed.line is not line:
            line, held = placed.line, set()
        works = statement.effect.work is not Work.CATALOG and any(
            review.is_large(table_id) for table_id in review.worked_table_ids(statement)
        )
        locked = review.blocked_tables(statement)
        waiting = held if not is_heavy(statement.effect) else held - locked
        if works and waiting:
            subject = review.table_subject(min(waiting))
            yield Remark(
                message=f"Table {subject.label} stays locked while a later statement works long.",
                subject=subject,
                statement_index=placed.index,
            )
        held |= locked


RULES = (
    build_index,
    build_key,
    add_foreign_key,
    add_check,
    set_not_null,
    primary_key_over_nullable,
    change_type,
    volatile_default,
    add_generated_column,
    add_identity_column,
    long_lock,
    repeated_rewrite,
    work_under_lock,
)
"""The rules of this module."""
