"""Rules about names and promises that running code relies on and does not find any more.

What running code may write and what it reads is `compatibility_of_values`.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.changes import (
    ChangeColumnType,
    ChangeEnumValues,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropPrimaryKey,
    DropTable,
    DropUnique,
    RenameColumn,
    RenameEnum,
    RenameTable,
    Subject,
)
from core.definition.canonical import qualified
from core.lint.finding import Level
from core.lint.review import Review
from core.lint.rule import Remark, about, rule


@rule(
    code="BC_RENAME_TABLE",
    level=Level.WARN,
    remedy="Put a view with the old name in its place, or deploy code that knows both names first.",
    elsewhere="squawk renaming-table; Atlas BC101; strong_migrations",
)
def rename_table(review: Review) -> Iterator[Remark]:
    """A table gets another name.

    Running code fails from the moment of the rename until it speaks the new name.

    *Example:* `users` becomes `accounts`.

    *Source:* PostgreSQL manual, section 5.7.8 Renaming a Table.
    """
    for change in review.changes(RenameTable):
        if change.before.namespace == change.after.namespace:
            message = f"{change.before.label} becomes {change.after.label}."
            yield about(review, change.subject, f"Table {message}")


@rule(
    code="BC_MOVE_TABLE",
    level=Level.WARN,
    remedy="Put the new namespace on the search path of those who name the table without one.",
    elsewhere="squawk renaming-table; Atlas BC101",
)
def move_table(review: Review) -> Iterator[Remark]:
    """A table moves to another namespace.

    Code that writes the namespace out fails, and other code finds the table only when its search
    path has the new one.

    *Example:* `public.invoices` becomes `billing.invoices`.

    *Source:* PostgreSQL manual, section 5.10.3 The Schema Search Path.
    """
    for change in review.changes(RenameTable):
        if change.before.namespace != change.after.namespace:
            message = f"Table {change.before.label} becomes {change.after.label}."
            yield about(review, change.subject, message)


@rule(
    code="BC_RENAME_COLUMN",
    level=Level.WARN,
    remedy="Add the new column, keep both in step, move the code over, then drop the old one.",
    elsewhere="squawk renaming-column; Atlas BC102; strong_migrations",
)
def rename_column(review: Review) -> Iterator[Remark]:
    """A column gets another name.

    Running code fails from the moment of the rename until it speaks the new name.

    *Example:* `users.mail` becomes `users.email`.

    *Source:* PostgreSQL manual, section 5.7.7 Renaming a Column.
    """
    for change in review.changes(RenameColumn):
        message = f"Column {qualified(change.before)} becomes {change.subject.label}."
        yield about(review, change.subject, message)


@rule(
    code="BC_RENAME_ENUM",
    level=Level.NOTICE,
    remedy="Look for casts to the type in running code.",
    elsewhere="Atlas BC",
)
def rename_enum(review: Review) -> Iterator[Remark]:
    """An enumerated type gets another name or namespace.

    Columns follow by themselves. Casts such as `'happy'::mood` in running code fail.

    *Example:* the enum `mood` becomes `feeling`.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TYPE.
    """
    for change in review.changes(RenameEnum):
        before = qualified(change.before.namespace, change.before.name)
        yield about(review, change.subject, f"Enum {before} becomes {change.subject.label}.")


@rule(
    code="BC_RENAME_ENUM_VALUE",
    level=Level.WARN,
    remedy="Add the new value, move code and rows over, and remove the old one later.",
    elsewhere="Atlas BC",
)
def rename_enum_value(review: Review) -> Iterator[Remark]:
    """A value of an enum gets another name.

    Running code that writes or looks for the old one fails, as it is no value of the type.

    *Example:* `cancelled` becomes `canceled`.

    *Source:* PostgreSQL manual, SQL Commands, ALTER TYPE, RENAME VALUE.
    """
    for change in review.changes(ChangeEnumValues):
        for old, new in change.renamed:
            message = f'Value "{old}" of enum {change.subject.label} becomes "{new}".'
            yield about(review, change.subject, message)


@rule(
    code="BC_DROP_TABLE",
    level=Level.WARN,
    remedy="Deploy code that does not use the table first, and drop it in a later plan.",
    elsewhere="GitLab: drops belong after the deployment; squawk ban-drop-table",
)
def drop_table(review: Review) -> Iterator[Remark]:
    """A table goes, with or without rows, and running code that names it fails.

    *Example:* a report still reads `old_orders`, which is left out of the design.

    *Source:* GitLab, Avoiding downtime in migrations.
    """
    for change in review.changes(DropTable):
        message = f"Running code does not find table {change.subject.label} any more."
        yield about(review, change.subject, message)


@rule(
    code="BC_DROP_COLUMN",
    level=Level.WARN,
    remedy="Deploy code that does not use the column first, and drop it in a later plan.",
    elsewhere="GitLab: drops belong after the deployment; strong_migrations; squawk",
)
def drop_column(review: Review) -> Iterator[Remark]:
    """A column goes, with or without values, and running code that names it fails.

    Object mappers name every column they saw when they started, used or not.

    *Example:* a running process inserts into `users (name, nickname)` after `nickname` went.

    *Source:* strong_migrations, Removing a column.
    """
    for change in review.changes(DropColumn):
        message = f"Running code does not find column {change.subject.label} any more."
        yield about(review, change.subject, message)


@rule(
    code="BC_DROP_FOREIGN_KEY",
    level=Level.NOTICE,
    remedy="Make sure that code keeps the references right which the database kept until now.",
    elsewhere="Atlas CD101",
)
def drop_foreign_key(review: Review) -> Iterator[Remark]:
    """A foreign key goes, and nobody refuses rows that refer to nothing any more.

    Deletes that cascaded leave rows behind.

    *Example:* the key from `orders` to `users` is left out of the design.

    *Source:* PostgreSQL manual, section 5.5.5 Foreign Keys.
    """
    gone = {change.subject.table_id for change in review.changes(DropTable)}
    for change in review.changes(DropForeignKey):
        if not gone & {change.table.id, change.target.id}:
            yield about(review, change.subject, f"Foreign key {change.subject.label} goes.")


@rule(
    code="BC_DROP_UNIQUE",
    level=Level.WARN,
    remedy="Look for INSERT … ON CONFLICT on these columns, and for code that expects one row.",
)
def drop_unique(review: Review) -> Iterator[Remark]:
    """A primary key, unique constraint or unique index goes.

    `INSERT … ON CONFLICT` over its columns fails from then on, and rows can repeat.

    *Example:* `users.email` need not be unique any more while code upserts users by it.

    *Source:* PostgreSQL manual, SQL Commands, INSERT, ON CONFLICT Clause: an error is raised when
    no arbiter constraint or index can be inferred.
    """
    for key in review.changes(DropPrimaryKey, DropUnique):
        yield about(review, key.subject, f"Nothing keeps {key.subject.label} unique any more.")
    for change in review.changes(DropIndex):
        if change.index.unique:
            label = change.subject.label
            yield about(review, change.subject, f"Unique index {label} goes.")


@rule(
    code="BC_DROP_CHECK",
    level=Level.NOTICE,
    remedy="Make sure that readers can bear what the check refused.",
)
def drop_check(review: Review) -> Iterator[Remark]:
    """A check goes, and rows can hold what it refused.

    *Example:* prices may be negative from now on.

    *Source:* PostgreSQL manual, section 5.5.1 Check Constraints.
    """
    for change in review.changes(DropCheck):
        yield about(review, change.subject, f"Check {change.subject.label} goes.")


@rule(
    code="BC_DROP_INDEX",
    level=Level.NOTICE,
    remedy="See in the metrics of the database that nothing uses the index any more.",
    elsewhere="pg-schema-diff INDEX_DROPPED",
)
def drop_index(review: Review) -> Iterator[Remark]:
    """An index of a large table goes, and queries that used it read the whole table.

    *Example:* the index on `events.user_id` of a 4 GB table is left out of the design.

    *Source:* PostgreSQL manual, section 11.12 Examining Index Usage.
    """
    for change in review.changes(DropIndex):
        if review.is_large(change.table.id):
            message = f"Queries that use index {change.subject.label} become slow."
            yield about(review, change.subject, message)


@rule(
    code="BC_DEPENDENT_REMADE",
    level=Level.WARN,
    remedy="Read what is made again; queries on it wait or fail while the plan runs.",
    elsewhere="pg-schema-diff: views made again with other columns",
)
def dependent_remade(review: Review) -> Iterator[Remark]:
    """A view or another thing outside the design stands in the way of a change.

    It is taken away and made again as it was. Between different lines of the plan it is not there,
    and one that names what has gone cannot be made again.

    *Example:* the view `active_users` reads `users.email`, which becomes VARCHAR(200).

    *Source:* PostgreSQL manual, section 5.15 Dependency Tracking.
    """
    for change in review.changes(DropTable):
        for each in review.table_facts(change.table.id).dependents:
            message = f"The {each.kind} {each.name} depends on table {change.subject.label}."
            yield about(review, change.subject, message)
    for part in review.changes(DropColumn, ChangeColumnType):
        for each in review.table_facts(part.table.id).dependents:
            if each.column == _name_before(review, part.subject):
                message = f"The {each.kind} {each.name} uses column {part.subject.label}."
                yield about(review, part.subject, message)


def _name_before(review: Review, subject: Subject) -> str | None:
    table = review.before.table(subject.table_id or "")
    column = None if table is None else table.column(subject.id)
    return None if column is None else column.name


RULES = (
    rename_table,
    move_table,
    rename_column,
    rename_enum,
    rename_enum_value,
    drop_table,
    drop_column,
    drop_foreign_key,
    drop_unique,
    drop_check,
    drop_index,
    dependent_remade,
)
"""The rules of this module."""
