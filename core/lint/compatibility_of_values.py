"""Rules about what running code writes and reads: values refused, missing or other than before.

Names that it does not find any more are `compatibility`.
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
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    Subject,
)
from core.definition.model import IdentityKind
from core.lint.finding import Level
from core.lint.review import Review, is_required
from core.lint.rule import Remark, about, rule
from core.lint.widening import widens


@rule(
    code="BC_ADD_REQUIRED_COLUMN",
    level=Level.WARN,
    remedy="Give the column a default, at least until all code fills it.",
    elsewhere="squawk adding-required-field",
)
def add_required_column(review: Review) -> Iterator[Remark]:
    """A NOT NULL column without a default is added, and inserts that do not know it fail.

    *Example:* `users` gets `country TEXT NOT NULL` while code inserts names alone.

    *Source:* PostgreSQL manual, section 5.5.2 Not-Null Constraints.
    """
    for change in review.changes(AddColumn):
        if is_required(change.column):
            message = f"Inserts that do not fill {change.subject.label} fail."
            yield about(review, change.subject, message)


@rule(
    code="BC_SET_NOT_NULL",
    level=Level.NOTICE,
    remedy="Deploy code that always fills the column first.",
    elsewhere="strong_migrations",
)
def set_not_null(review: Review) -> Iterator[Remark]:
    """A column refuses NULL from now on, and running code that writes it fails.

    *Example:* `users.email` becomes NOT NULL while a form still leaves it out.

    *Source:* PostgreSQL manual, section 5.5.2 Not-Null Constraints.
    """
    for change in review.changes(ChangeColumnNullability):
        if not change.after.nullable:
            message = f"Writes of NULL into {change.subject.label} fail."
            yield about(review, change.subject, message)


@rule(
    code="BC_DROP_NOT_NULL",
    level=Level.WARN,
    remedy="Deploy code that can bear NULL in the column first.",
    elsewhere="squawk ban-drop-not-null",
)
def drop_not_null(review: Review) -> Iterator[Remark]:
    """A column may hold NULL from now on, for which running readers may not be ready.

    *Example:* `users.email` becomes nullable while code sends mail to every one.

    *Source:* squawk, ban-drop-not-null.
    """
    for change in review.changes(ChangeColumnNullability):
        if change.after.nullable:
            message = f"Readers of {change.subject.label} can meet NULL."
            yield about(review, change.subject, message)


@rule(
    code="BC_CHANGE_TYPE",
    level=Level.WARN,
    remedy="Add a column of the new type, keep both in step, move the code over, drop the old one.",
    elsewhere="squawk changing-column-type; strong_migrations; Bytebase",
)
def change_type(review: Review) -> Iterator[Remark]:
    """A column gets another type.

    Running code sends and expects the one before; prepared statements with the column fail once. A
    type that holds all values of the one before is only noticed.

    *Example:* `orders.number` becomes TEXT while code adds 1 to it.

    *Source:* PostgreSQL manual, SQL Commands, PREPARE: the result type of a cached plan must not
    change.
    """
    for change in review.changes(ChangeColumnType):
        is_wider = widens(change.before.type, change.after.type)
        yield about(
            review,
            change.subject,
            f"Running code meets another type in {change.subject.label}.",
            at_most=Level.NOTICE if is_wider else Level.BLOCK,
        )


@rule(
    code="BC_CHANGE_DEFAULT",
    level=Level.NOTICE,
    remedy="Let code that counts on the default write the value itself first.",
    elsewhere="strong_migrations: changing the default of a column",
)
def change_default(review: Review) -> Iterator[Remark]:
    """A default changes or goes, and running code that leaves the column out stores otherwise.

    When a NOT NULL column loses its default, such inserts fail.

    *Example:* `orders.state` defaults to `draft` instead of `open`.

    *Source:* strong_migrations, Changing the default value of a column.
    """
    for change in review.changes(ChangeColumnDefault):
        if change.before.default is not None:
            fails = is_required(change.after)
            said = "fail" if fails else "store something else than before"
            message = f"Inserts that leave out {change.subject.label} {said}."
            yield about(review, change.subject, message)


@rule(
    code="BC_COLUMN_COMPUTED",
    level=Level.WARN,
    remedy="Deploy code that does not write the column first.",
)
def column_computed(review: Review) -> Iterator[Remark]:
    """A column becomes a generated one, or one that always counts up; writing it fails.

    *Example:* `orders.total` is computed from now on while code still writes it.

    *Source:* PostgreSQL manual, section 5.4 Generated Columns; section 5.3 Identity Columns.
    """
    for change in review.changes(ChangeColumnGenerated, ChangeColumnIdentity):
        was_computed = change.before.generated, change.before.identity is IdentityKind.ALWAYS
        is_computed = change.after.generated, change.after.identity is IdentityKind.ALWAYS
        if any(is_computed) and not any(was_computed):
            message = f"Running code that writes {change.subject.label} fails."
            yield about(review, change.subject, message)


@rule(
    code="BC_NEW_CONSTRAINT",
    level=Level.NOTICE,
    remedy="Make sure that running code writes only what the constraint allows.",
    elsewhere="strong_migrations",
)
def new_constraint(review: Review) -> Iterator[Remark]:
    """A constraint is new or another, and refuses writes that running code may still make.

    Rows that are there are tested before; this is about those that come.

    *Example:* a check keeps prices above 0 while an import still writes 0.

    *Source:* PostgreSQL manual, section 5.5 Constraints.
    """
    for check in review.changes(AddCheck, ChangeCheck):
        yield _refusing(review, check.subject, "check")
    for unique in review.changes(AddUnique, ChangeUnique):
        yield _refusing(review, unique.subject, "unique constraint")
    for key in review.changes(AddPrimaryKey, ChangePrimaryKey):
        yield _refusing(review, key.subject, "primary key")
    for foreign_key in review.changes(AddForeignKey, ChangeForeignKey):
        if review.before.table(foreign_key.table.id) is not None:
            yield _refusing(review, foreign_key.subject, "foreign key")
    for index in review.changes(AddIndex, ChangeIndex):
        wanted = index.index if isinstance(index, AddIndex) else index.after
        if wanted.unique:
            yield _refusing(review, index.subject, "unique index")


@rule(
    code="BC_ADD_ENUM_VALUE",
    level=Level.NOTICE,
    remedy="Deploy code that knows the value before anything writes it.",
    elsewhere="Atlas MY11x",
)
def add_enum_value(review: Review) -> Iterator[Remark]:
    """An enum gets a value, which running readers may meet without knowing it.

    *Example:* the enum `state` gets `archived` while a client maps each value to a picture.

    *Source:* PostgreSQL manual, section 8.7 Enumerated Types.
    """
    for change in review.changes(ChangeEnumValues):
        known = {*change.before.values, *(new for _, new in change.renamed)}
        added = [value for value in change.after.values if value not in known]
        if added:
            values = ", ".join(f'"{value}"' for value in added)
            message = f"Enum {change.subject.label} gets {values}."
            yield about(review, change.subject, message)


@rule(
    code="BC_REORDER_ENUM",
    level=Level.WARN,
    remedy="Keep the order of the values, or sort by another column.",
    elsewhere="Atlas MY111",
)
def reorder_enum(review: Review) -> Iterator[Remark]:
    """Values of an enum change places, and comparisons and sorting give other results.

    *Example:* `low, high, medium` becomes `low, medium, high`.

    *Source:* PostgreSQL manual, section 8.7.2 Ordering.
    """
    for change in review.changes(ChangeEnumValues):
        renamed = dict(change.renamed)
        names = [renamed.get(value, value) for value in change.before.values]
        kept = [value for value in names if value in change.after.values]
        if kept != [value for value in change.after.values if value in names]:
            message = f"Values of enum {change.subject.label} change places."
            yield about(review, change.subject, message)


def _refusing(review: Review, subject: Subject, kind: str) -> Remark:
    return about(review, subject, f"Writes that the {kind} {subject.label} refuses fail.")


RULES = (
    add_required_column,
    set_not_null,
    drop_not_null,
    change_type,
    change_default,
    column_computed,
    new_constraint,
    add_enum_value,
    reorder_enum,
)
"""The rules of this module."""
