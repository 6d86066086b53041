"""Rules about changes that fail, or may fail, because of the rows that are there.

Where the rows were asked, the answer decides. Where they were not, the finding only warns.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    ChangeForeignKey,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    Subject,
)
from core.dialects.facts import RowTest, RowTestKind
from core.lint.finding import Level
from core.lint.review import Review, Tested, is_required, rows_text
from core.lint.rule import Remark, about, rule

_NO_VALUE, _NULLS, _DUPLICATES = "ROWS_WITHOUT_VALUE", "NULLS_IN_COLUMN", "DUPLICATES"
_VIOLATED, _ORPHANS, _CAST, _IN_USE = "CHECK_VIOLATED", "ORPHANS", "CAST_FAILS", "ENUM_VALUE_IN_USE"

_TOLD: dict[str, tuple[type[Change], ...]] = {
    _NO_VALUE: (AddColumn,),
    _NULLS: (ChangeColumnNullability,),
    _DUPLICATES: (
        AddPrimaryKey,
        ChangePrimaryKey,
        AddUnique,
        ChangeUnique,
        AddIndex,
        ChangeIndex,
    ),
    _VIOLATED: (AddCheck, ChangeCheck),
    _ORPHANS: (AddForeignKey, ChangeForeignKey),
    _CAST: (ChangeColumnType,),
}
"""Of which changes the answers to a question are told by a rule of their own."""


@rule(
    code="DD_ADD_REQUIRED_COLUMN",
    level=Level.BLOCK,
    remedy="Give the column a default, or add it nullable, fill it and make it NOT NULL then.",
    elsewhere="squawk adding-required-field; Atlas MF103 and MY101",
)
def add_required_column(review: Review) -> Iterator[Remark]:
    """A NOT NULL column without a default is added to a table with rows.

    The rows that are there would have nothing in it, which the constraint refuses.

    *Example:* `users` with 20 rows gets `country TEXT NOT NULL`.

    *Source:* PostgreSQL manual, section 5.7.1 Adding a Column.
    """
    for change in review.changes(AddColumn):
        if is_required(change.column):
            yield from _unfit(
                review, change.subject, _NO_VALUE, "have nothing in the required column {}"
            )


@rule(
    code="DD_SET_NOT_NULL",
    level=Level.BLOCK,
    remedy="Put values where there are none first, for instance with an UPDATE in batches.",
    elsewhere="squawk adding-not-nullable-field; Atlas MF104",
)
def set_not_null(review: Review) -> Iterator[Remark]:
    """A column that may hold NULL is to refuse it.

    One row with NULL is enough to make the change fail.

    *Example:* `users.email` becomes NOT NULL while three users have none.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, SET NOT NULL.
    """
    for change in review.changes(ChangeColumnNullability):
        if not change.after.nullable:
            yield from _unfit(
                review, change.subject, _NULLS, "hold NULL in {}, which is to refuse it"
            )


@rule(
    code="DD_ADD_PRIMARY_KEY",
    level=Level.BLOCK,
    remedy="Settle the rows with equal or missing keys first.",
    elsewhere="Atlas MF101 and PG304; eugene W14",
)
def add_primary_key(review: Review) -> Iterator[Remark]:
    """A table with rows gets a primary key, or another one.

    It fails when two rows have the same key. NULLs in it are told of its columns.

    *Example:* `events` gets the primary key `(code)` while two events share a code.

    *Source:* PostgreSQL manual, section 5.5.4 Primary Keys.
    """
    for change in review.changes(AddPrimaryKey, ChangePrimaryKey):
        yield from _unfit(
            review, change.subject, _DUPLICATES, "repeat what the primary key {} names"
        )


@rule(
    code="DD_ADD_UNIQUE",
    level=Level.BLOCK,
    remedy="Settle the rows that are alike first.",
    elsewhere="Atlas MF101; pg-schema-diff",
)
def add_unique(review: Review) -> Iterator[Remark]:
    """A unique constraint is put on columns that are there already.

    It fails when two rows have equal values in all of them. NULLs are never equal.

    *Example:* `users.email` becomes unique while two users share an address.

    *Source:* PostgreSQL manual, section 5.5.3 Unique Constraints.
    """
    for change in review.changes(AddUnique, ChangeUnique):
        yield from _unfit(review, change.subject, _DUPLICATES, "repeat what {} wants unique")


@rule(
    code="DD_ADD_UNIQUE_INDEX",
    level=Level.BLOCK,
    remedy="Settle the rows that are alike first.",
    elsewhere="Atlas MF101",
)
def add_unique_index(review: Review) -> Iterator[Remark]:
    """A unique index is built over rows that are there already.

    It fails when two rows have equal keys. Built concurrently it leaves an invalid index behind,
    which is found and removed before the next try.

    *Example:* a unique index on `lower(email)` while two addresses differ in case alone.

    *Source:* PostgreSQL manual, section 11.6 Unique Indexes; CREATE INDEX, Building Indexes
    Concurrently.
    """
    for change in review.changes(AddIndex):
        if change.index.unique:
            yield from _unfit(
                review, change.subject, _DUPLICATES, "repeat a key of the unique index {}"
            )


@rule(
    code="DD_INDEX_MADE_UNIQUE",
    level=Level.BLOCK,
    remedy="Settle the rows that are alike first.",
    elsewhere="Atlas MF102",
)
def index_made_unique(review: Review) -> Iterator[Remark]:
    """An index becomes unique, or a unique one covers other keys or rows.

    *Example:* the index on `orders.number` becomes unique.

    *Source:* PostgreSQL manual, section 11.6 Unique Indexes.
    """
    for change in review.changes(ChangeIndex):
        if change.after.unique:
            yield from _unfit(
                review, change.subject, _DUPLICATES, "repeat a key of the unique index {}"
            )


@rule(
    code="DD_ADD_CHECK",
    level=Level.BLOCK,
    remedy="Correct the rows that break the check first.",
    elsewhere="pg-schema-diff; Atlas PG305",
)
def add_check(review: Review) -> Iterator[Remark]:
    """A check is put on rows that are there already.

    It fails when the expression is false for one of them. NULL passes.

    *Example:* `CHECK (price > 0)` while two products are free.

    *Source:* PostgreSQL manual, section 5.5.1 Check Constraints.
    """
    for change in review.changes(AddCheck, ChangeCheck):
        yield from _unfit(review, change.subject, _VIOLATED, "break the check {}")


@rule(
    code="DD_ADD_FOREIGN_KEY",
    level=Level.BLOCK,
    remedy="Add the rows that are referred to, or empty the columns of those that refer to none.",
    elsewhere="pg-schema-diff; Atlas PG306",
)
def add_foreign_key(review: Review) -> Iterator[Remark]:
    """A foreign key is put on rows that are there already.

    It fails when one of them refers to a row that does not exist. NULL refers to none.

    *Example:* `orders.user_id` refers to `users` while an order is left of a deleted user.

    *Source:* PostgreSQL manual, section 5.5.5 Foreign Keys.
    """
    for change in review.changes(AddForeignKey, ChangeForeignKey):
        yield from _unfit(
            review, change.subject, _ORPHANS, "refer by {} to rows that are not there"
        )


@rule(
    code="DD_CHANGE_TYPE",
    level=Level.BLOCK,
    remedy="Correct the values that have no counterpart in the new type first.",
    elsewhere="squawk changing-column-type; strong_migrations",
)
def change_type(review: Review) -> Iterator[Remark]:
    """A column gets a type into which not every value can be converted.

    One such value is enough to make the change fail. Types that hold all values of the one before,
    such as BIGINT after INT, raise no question.

    *Example:* a TEXT column with `n/a` in one row becomes INT.

    *Source:* PostgreSQL manual, section 5.7.6 Changing a Column's Data Type.
    """
    for change in review.changes(ChangeColumnType):
        if review.tested(change.subject, RowTestKind.DOES_NOT_FIT):
            yield from _unfit(review, change.subject, _CAST, "hold what the new type of {} cannot")


@rule(
    code="DD_REMOVE_ENUM_VALUE",
    level=Level.BLOCK,
    remedy="Give those rows another value first.",
    elsewhere="Atlas MY110",
)
def remove_enum_value(review: Review) -> Iterator[Remark]:
    """An enum loses a value that rows hold.

    They cannot be converted to the type without it.

    *Example:* `angry` goes from the enum `mood` while four entries are angry.

    *Source:* PostgreSQL manual, section 8.7.4 Implementation Details of enumerated types.
    """
    for test, result in review.facts.rows.items():
        if test.code == _IN_USE and result.count:
            said = f"hold a value in {test.subject} that its enum loses"
            yield _certain(
                review, review.subject_of_test(test), Tested(test=test, result=result), said
            )


@rule(
    code="DD_ROWS_DO_NOT_FIT",
    level=Level.BLOCK,
    remedy="Correct those rows first.",
)
def rows_do_not_fit(review: Review) -> Iterator[Remark]:
    """Rows were found with which a change fails that no other rule of this group speaks of.

    *Example:* a column that is to count up by itself holds NULL.

    *Source:* PostgreSQL manual, section 5.7 Modifying Tables.
    """
    for test, result in review.facts.rows.items():
        if test.kind is RowTestKind.DOES_NOT_FIT and result.count and not _is_told(review, test):
            tested = Tested(test=test, result=result)
            said = f"do not fit what {test.subject} is to be"
            yield _certain(review, review.subject_of_test(test), tested, said)


def _is_told(review: Review, test: RowTest) -> bool:
    kinds = _TOLD.get(test.code, ())
    changes = review.changes_by_id.get(test.cause, ())
    return test.code == _IN_USE or any(isinstance(change, kinds) for change in changes)


def _unfit(review: Review, subject: Subject, code: str, clause: str) -> Iterator[Remark]:
    """Remark on rows that do not fit, or that may not when they were not asked."""
    tested = [
        each for each in review.tested(subject, RowTestKind.DOES_NOT_FIT) if each.test.code == code
    ]
    said = clause.format(subject.label)
    for each in tested:
        if each.result.count:
            yield _certain(review, subject, each, said)
    if not tested and subject.table_id is not None and review.has_rows(subject.table_id):
        message = f"Rows of {review.table_subject(subject.table_id).label} may {said}."
        yield about(review, subject, message, at_most=Level.WARN)


def _certain(review: Review, subject: Subject, tested: Tested, said: str) -> Remark:
    # Which rows they are is no part of a finding, as those are stored and keys may be personal.
    table = review.table_subject(tested.test.table_id).label
    return about(review, subject, f"{rows_text(tested.result.count)} of {table} {said}.")


RULES = (
    add_required_column,
    set_not_null,
    add_primary_key,
    add_unique,
    add_unique_index,
    index_made_unique,
    add_check,
    add_foreign_key,
    change_type,
    remove_enum_value,
    rows_do_not_fit,
)
"""The rules of this module."""
