"""Rules about what goes for good: values first of all, and things that others may count on."""

from __future__ import annotations

from collections.abc import Container, Iterator

from core.changes import (
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnType,
    ChangeEnumValues,
    DropColumn,
    DropEnum,
    DropNamespace,
    DropTable,
    Subject,
)
from core.dialects.facts import RowTest, RowTestKind
from core.lint.finding import Level
from core.lint.review import Review, rows_text
from core.lint.rule import Remark, about, rule

_ROWS = frozenset({"ROWS_LOST"})
_VALUES = frozenset({"VALUES_LOST"})
_REPLACED = frozenset({"VALUES_REPLACED"})
_CONVERTED = frozenset({"VALUES_LOST", "CAST_CHANGES_VALUES"})
_COPY = "Copy what is still wanted to another place first."


@rule(
    code="DS_DROP_TABLE",
    level=Level.WARN,
    remedy=f"{_COPY} Stop all use of the table, wait, and drop it in a plan of its own.",
    elsewhere="squawk ban-drop-table; Atlas DS102; pg-schema-diff DELETES_DATA",
)
def drop_table(review: Review) -> Iterator[Remark]:
    """A table goes that has rows.

    The rows go with it. Dropping an empty table loses nothing and is not told here.

    *Example:* a table `old_orders` with 12,000 rows is left out of the design.

    *Source:* PostgreSQL manual, SQL Commands, DROP TABLE.
    """
    for change in review.changes(DropTable):
        yield from _losing(review, change.subject, _ROWS, "Table {} goes{}.", " with {}")


@rule(
    code="DS_DROP_COLUMN",
    level=Level.WARN,
    remedy=f"{_COPY} Stop all use of the column, wait, and drop it in a plan of its own.",
    elsewhere="squawk ban-drop-column; Atlas DS103; strong_migrations; pg-schema-diff DELETES_DATA",
)
def drop_column(review: Review) -> Iterator[Remark]:
    """A column goes that has values.

    The values go with it. A column that is NULL everywhere, one that is computed from others, and
    one of an empty table lose nothing and are not told here.

    *Example:* the column `users.nickname`, filled in 300 rows, is left out of the design.

    *Source:* PostgreSQL manual, section 5.7.2 Removing a Column.
    """
    for change in review.changes(DropColumn):
        if change.data_loss:
            yield from _losing(
                review, change.subject, _VALUES, "Column {} goes{}.", " with its values in {}"
            )


@rule(
    code="DS_DROP_NAMESPACE",
    level=Level.WARN,
    remedy="Look for things in it that the design does not know, and move them away first.",
    elsewhere="Atlas DS101; Bytebase",
)
def drop_namespace(review: Review) -> Iterator[Remark]:
    """A namespace goes.

    What the design knows in it has gone or moved before. What it does not know, such as a function
    somebody made by hand, makes the plan fail rather than go with it: nothing here cascades.

    *Example:* the namespace `archive` is left out of the design.

    *Source:* PostgreSQL manual, SQL Commands, DROP SCHEMA.
    """
    for change in review.changes(DropNamespace):
        yield about(review, change.subject, f"Namespace {change.subject.label} goes.")


@rule(
    code="DS_DROP_ENUM",
    level=Level.NOTICE,
    remedy="Make sure that no function and no client names the type.",
    elsewhere="pg-schema-diff DELETES_DATA",
)
def drop_enum(review: Review) -> Iterator[Remark]:
    """An enumerated type goes.

    No column of the design has it any more. Functions and clients may still name it.

    *Example:* the last column of type `mood` becomes TEXT and the enum is left out.

    *Source:* PostgreSQL manual, SQL Commands, DROP TYPE.
    """
    for change in review.changes(DropEnum):
        yield about(review, change.subject, f"Enum {change.subject.label} goes.")


@rule(
    code="DS_DROP_ENUM_VALUE",
    level=Level.WARN,
    remedy="Give rows with the value another one first, and stop running code from writing it.",
    elsewhere="Atlas MY110; pg-schema-diff DELETES_DATA",
)
def drop_enum_value(review: Review) -> Iterator[Remark]:
    """An enum loses a value.

    PostgreSQL cannot remove a value from a type, so a new type takes the place of the old one and
    every column of it is converted. Running code that writes the value fails from then on.

    *Example:* the enum `mood` with `happy`, `sad`, `angry` becomes `happy`, `sad`.

    *Source:* PostgreSQL manual, section 8.7.4: existing values cannot be removed from an enum type.
    """
    for change in review.changes(ChangeEnumValues):
        renamed = dict(change.renamed)
        gone = [
            value
            for value in change.before.values
            if renamed.get(value, value) not in change.after.values
        ]
        if gone:
            values = ", ".join(f'"{value}"' for value in gone)
            yield about(review, change.subject, f"Enum {change.subject.label} loses {values}.")


@rule(
    code="DS_NARROW_TYPE",
    level=Level.WARN,
    remedy="Keep the wider type, or shorten the values on purpose first.",
    elsewhere="pg-schema-diff DELETES_DATA and CORRECTNESS; Atlas DS",
)
def narrow_type(review: Review) -> Iterator[Remark]:
    """A column gets a type that does not hold all its values as they are.

    Digits are rounded, texts cut off, times of day lost. The rows were asked where they could be:
    a conversion that changes no value there is not told.

    *Example:* `NUMERIC(10,4)` becomes `NUMERIC(10,2)` while some row holds `1.2345`.

    *Source:* PostgreSQL manual, section 5.7.6 Changing a Column's Data Type.
    """
    for change in review.changes(ChangeColumnType):
        if review.tested(change.subject, RowTestKind.LOSES):
            yield from _losing(
                review,
                change.subject,
                _CONVERTED,
                "Column {} gets a narrower type{}.",
                ", which alters {}",
            )


@rule(
    code="DS_OVERWRITE_COLUMN",
    level=Level.WARN,
    remedy="Add a generated column under another name and keep the one with the values.",
)
def overwrite_column(review: Review) -> Iterator[Remark]:
    """A column with values becomes a generated one, and computed values take their place.

    *Example:* `orders.total`, written by clients until now, becomes `price * amount`.

    *Source:* PostgreSQL manual, section 5.4 Generated Columns.
    """
    for change in review.changes(ChangeColumnGenerated):
        if change.before.generated is None:
            yield from _losing(
                review,
                change.subject,
                _REPLACED,
                "Computed values replace those of {}{}.",
                " in {}",
            )


@rule(
    code="DS_DROP_IDENTITY",
    level=Level.NOTICE,
    remedy="Make sure that whoever adds rows gives the column a value from now on.",
    elsewhere="DBDiff: sequence dropped silently",
)
def drop_identity(review: Review) -> Iterator[Remark]:
    """A column stops counting up, and its sequence goes with the number it had reached.

    On the way back counting goes on behind the largest value in the column, which can be a number
    that was given out before.

    *Example:* `users.id` stops being an identity column because clients send UUIDs now.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TABLE, DROP IDENTITY.
    """
    for change in review.changes(ChangeColumnIdentity):
        if change.after.identity is None:
            yield about(review, change.subject, f"Column {change.subject.label} stops counting up.")


@rule(
    code="DS_VALUES_LOST",
    level=Level.WARN,
    remedy=_COPY,
)
def values_lost(review: Review) -> Iterator[Remark]:
    """Rows were found that lose a value to a change that no other rule of this group speaks of.

    *Example:* rows hold a value of an enum that is to go.

    *Source:* PostgreSQL manual, section 5.7 Modifying Tables.
    """
    for test, result in review.facts.rows.items():
        if test.kind is RowTestKind.LOSES and result.count and not _is_told(review, test):
            subject = review.subject_of_test(test)
            message = f"{rows_text(result.count)} of {test.subject} would lose a value."
            yield about(review, subject, message)


_TOLD = (DropTable, DropColumn, ChangeColumnType, ChangeColumnGenerated)


def _is_told(review: Review, test: RowTest) -> bool:
    return any(isinstance(each, _TOLD) for each in review.changes_by_id.get(test.cause, ()))


def _losing(
    review: Review, subject: Subject, codes: Container[str], sentence: str, extent: str
) -> Iterator[Remark]:
    """Remark on what goes, unless the rows were asked and none of them loses anything."""
    tested = [each for each in review.tested(subject, RowTestKind.LOSES) if each.test.code in codes]
    count = max((each.result.count for each in tested), default=None)
    has_rows = subject.table_id is not None and review.has_rows(subject.table_id)
    if count == 0 or (count is None and not has_rows):
        return
    lost = "" if count is None else extent.format(rows_text(count))
    message = sentence.format(subject.label, lost)
    kept = " It can come back until the set-aside window closes."
    yield about(review, subject, message + (kept if review.is_set_aside(subject) else ""))


RULES = (
    drop_table,
    drop_column,
    drop_namespace,
    drop_enum,
    drop_enum_value,
    narrow_type,
    overwrite_column,
    drop_identity,
    values_lost,
)
"""The rules of this module."""
