"""Rules about types and designs that a plan makes new and that are often regretted.

Most ask the checks of the definition, and tell only what was not so before.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.lint.finding import Level
from core.lint.review import Review
from core.lint.rule import Remark, rule


def _told(review: Review, *codes: str) -> Iterator[Remark]:
    for code in codes:
        for diagnostic, subject in review.introduced(code):
            yield Remark(
                message=diagnostic.message,
                remedy=diagnostic.hint,
                subject=subject,
                statement_index=review.statement_index(subject),
            )


@rule(
    code="TD_NO_PRIMARY_KEY",
    level=Level.WARN,
    remedy="Give the table a primary key.",
    elsewhere="Bytebase; skeema; Supabase splinter",
)
def no_primary_key(review: Review) -> Iterator[Remark]:
    """A table is made without a primary key, or loses it.

    Its rows cannot be told apart, and changes of it cannot be replicated row by row.

    *Example:* a table `log` with `at` and `text` alone.

    *Source:* PostgreSQL manual, section 29.1.1 Replica Identity.
    """
    yield from _told(review, "MISSING_PRIMARY_KEY")


@rule(
    code="TD_FOREIGN_KEY_WITHOUT_INDEX",
    level=Level.WARN,
    remedy="Add an index on the columns that refer.",
    elsewhere="Supabase splinter: unindexed foreign keys",
)
def foreign_key_without_index(review: Review) -> Iterator[Remark]:
    """A foreign key is made whose columns begin no index, or loses the index.

    Each delete in the table referred to then reads the referring table whole.

    *Example:* `orders.user_id` refers to `users` and has no index.

    *Source:* PostgreSQL manual, section 5.5.5 Foreign Keys.
    """
    yield from _told(review, "FOREIGN_KEY_WITHOUT_INDEX")


@rule(
    code="TD_FOREIGN_KEY_TYPE",
    level=Level.WARN,
    remedy="Give both columns the same type and size.",
    elsewhere="GitLab; common practice",
)
def foreign_key_type(review: Review) -> Iterator[Remark]:
    """The two sides of a foreign key get types that differ.

    *Example:* `orders.user_id INT` refers to `users.id`, which becomes BIGINT.

    *Source:* PostgreSQL manual, section 5.5.5 Foreign Keys.
    """
    yield from _told(review, "FOREIGN_KEY_TYPE_DIFFERS")


@rule(
    code="TD_REPEATED_INDEX",
    level=Level.WARN,
    remedy="Leave the needless one out.",
    elsewhere="Supabase splinter: duplicate index; skeema",
)
def repeated_index(review: Review) -> Iterator[Remark]:
    """An index is made that repeats another or begins a longer one.

    It costs every write and gives nothing.

    *Example:* an index on `(a)` beside one on `(a, b)`.

    *Source:* PostgreSQL manual, section 11.3 Multicolumn Indexes.
    """
    yield from _told(review, "INDEX_REPEATED", "INDEX_PREFIX")


@rule(
    code="TD_REPEATED_INDEX_COLUMN",
    level=Level.NOTICE,
    remedy="Name the column once.",
    elsewhere="Bytebase",
)
def repeated_index_column(review: Review) -> Iterator[Remark]:
    """An index is made that names a column twice.

    *Example:* an index on `(a, b, a)`.

    *Source:* PostgreSQL manual, section 11.3 Multicolumn Indexes.
    """
    yield from _told(review, "INDEX_COLUMN_REPEATED")


@rule(
    code="TD_WIDE_TABLE",
    level=Level.NOTICE,
    remedy="Move columns that belong together into a table of their own.",
    elsewhere="Bytebase; GitLab",
)
def wide_table(review: Review) -> Iterator[Remark]:
    """A table gets more than 30 columns.

    *Example:* the 31st column of `users`.

    *Source:* GitLab, Large tables limitations.
    """
    yield from _told(review, "WIDE_TABLE")


@rule(
    code="TD_TOO_MANY_INDEXES",
    level=Level.NOTICE,
    remedy="Keep those that queries need.",
    elsewhere="Bytebase; GitLab",
)
def too_many_indexes(review: Review) -> Iterator[Remark]:
    """A table gets more than 20 indexes, all of which every write pays for.

    *Example:* the 21st index of `users`.

    *Source:* PostgreSQL manual, section 11.1 Indexes: Introduction.
    """
    yield from _told(review, "TOO_MANY_INDEXES")


@rule(
    code="TD_TIMESTAMP_WITHOUT_ZONE",
    level=Level.NOTICE,
    remedy="Use TIMESTAMPTZ for a point in time.",
    elsewhere="squawk prefer-timestamp-tz; GitLab",
)
def timestamp_without_zone(review: Review) -> Iterator[Remark]:
    """A column of TIMESTAMP is made, which says what a clock showed and not when it was.

    *Example:* `created_at TIMESTAMP`.

    *Source:* PostgreSQL wiki, Don't Do This.
    """
    yield from _told(review, "TIMESTAMP_WITHOUT_ZONE")


@rule(
    code="TD_FLOAT_FOR_MONEY",
    level=Level.WARN,
    remedy="Use DECIMAL.",
    elsewhere="skeema",
)
def float_for_money(review: Review) -> Iterator[Remark]:
    """A column for sums of money is made that rounds in binary.

    *Example:* `price DOUBLE`.

    *Source:* PostgreSQL manual, section 8.1.3 Floating-Point Types.
    """
    yield from _told(review, "FLOAT_FOR_MONEY")


@rule(
    code="TD_MONEY",
    level=Level.NOTICE,
    remedy="Use DECIMAL.",
    elsewhere="PostgreSQL wiki",
)
def money(review: Review) -> Iterator[Remark]:
    """A column of the type `money` is made, whose meaning hangs on a setting of the server.

    *Example:* `price money`.

    *Source:* PostgreSQL wiki, Don't Do This.
    """
    yield from _told(review, "MONEY_TYPE")


@rule(
    code="TD_CHAR",
    level=Level.NOTICE,
    remedy="Use VARCHAR or TEXT.",
    elsewhere="squawk ban-char-field",
)
def char(review: Review) -> Iterator[Remark]:
    """A column of CHAR is made, which fills values with blanks and loses those that were there.

    *Example:* `code CHAR(10)`.

    *Source:* PostgreSQL wiki, Don't Do This.
    """
    yield from _told(review, "PADDED_CHAR")


@rule(
    code="TD_SMALL_KEY",
    level=Level.WARN,
    remedy="Use BIGINT.",
    elsewhere="squawk prefer-bigint-over-smallint; Bytebase; skeema",
)
def small_key(review: Review) -> Iterator[Remark]:
    """A SMALLINT is made that counts up, and ends at 32,767 rows.

    *Example:* `id SMALLINT` with autoIncrement.

    *Source:* PostgreSQL manual, section 8.1.1 Integer Types.
    """
    yield from _told(review, "SMALL_KEY")


RULES = (
    no_primary_key,
    foreign_key_without_index,
    foreign_key_type,
    repeated_index,
    repeated_index_column,
    wide_table,
    too_many_indexes,
    timestamp_without_zone,
    float_for_money,
    money,
    char,
    small_key,
)
"""The rules of this module."""
