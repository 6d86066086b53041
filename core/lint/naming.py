"""Rules about names that a plan gives: in one style, and not to be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.changes import (
    AddCheck,
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddPrimaryKey,
    AddTable,
    AddUnique,
    Change,
    ObjectKind,
    RenameCheck,
    RenameColumn,
    RenameEnum,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
    RenameUnique,
    Subject,
    TableName,
)
from core.lint.finding import Level
from core.lint.review import Review
from core.lint.rule import Remark, about, rule

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_QUOTED = 'Such a name has to be quoted wherever SQL is written by hand: use "snake_case".'


@rule(
    code="NM_NAMESPACE",
    level=Level.NOTICE,
    remedy=_QUOTED,
    elsewhere="Atlas NM101; Bytebase",
)
def namespace(review: Review) -> Iterator[Remark]:
    """A namespace is made whose name is not in lower snake case.

    *Example:* `Billing`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words: unquoted names are folded
    to lower case.
    """
    for change in review.changes(AddNamespace):
        yield from _unless_plain(review, change.subject, change.namespace.name)


@rule(
    code="NM_TABLE",
    level=Level.NOTICE,
    remedy=_QUOTED,
    elsewhere="Atlas NM102; Bytebase; skeema",
)
def table(review: Review) -> Iterator[Remark]:
    """A table gets a name that is not in lower snake case.

    *Example:* `OrderItems`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words.
    """
    for added in review.changes(AddTable):
        yield from _unless_plain(review, added.subject, added.table.name)
    for renamed in review.changes(RenameTable):
        yield from _unless_plain(review, renamed.subject, renamed.after.name)


@rule(
    code="NM_COLUMN",
    level=Level.NOTICE,
    remedy=_QUOTED,
    elsewhere="Atlas NM103; Bytebase; skeema",
)
def column(review: Review) -> Iterator[Remark]:
    """A column gets a name that is not in lower snake case.

    *Example:* `createdAt`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words.
    """
    for made in review.changes(AddTable):
        for each in made.table.columns:
            part = TableName.of(made.table).part(ObjectKind.COLUMN, each.id, each.name)
            yield from _unless_plain(review, part, each.name)
    for added in review.changes(AddColumn):
        yield from _unless_plain(review, added.subject, added.column.name)
    for renamed in review.changes(RenameColumn):
        yield from _unless_plain(review, renamed.subject, renamed.after)


@rule(
    code="NM_ENUM",
    level=Level.NOTICE,
    remedy=_QUOTED,
    elsewhere="Bytebase",
)
def enum(review: Review) -> Iterator[Remark]:
    """An enum gets a name that is not in lower snake case.

    *Example:* `OrderState`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words.
    """
    for change in review.changes(AddEnum, RenameEnum):
        named = change.enum if isinstance(change, AddEnum) else change.after
        yield from _unless_plain(review, change.subject, named.name)


@rule(
    code="NM_INDEX",
    level=None,
    remedy=_QUOTED,
    elsewhere="Atlas NM104; Bytebase",
)
def index(review: Review) -> Iterator[Remark]:
    """An index gets a name that is not in lower snake case.

    *Example:* `IX_Users_Email`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words.
    """
    for made in review.changes(AddTable):
        for each in made.table.indexes:
            part = TableName.of(made.table).part(ObjectKind.INDEX, each.id, each.name)
            yield from _unless_plain(review, part, each.name)
    for change in review.changes(AddIndex, RenameIndex):
        named = change.index if isinstance(change, AddIndex) else change.after
        yield from _unless_plain(review, change.subject, named.name)


@rule(
    code="NM_CONSTRAINT",
    level=None,
    remedy=_QUOTED,
    elsewhere="Atlas NM105 and NM106; Bytebase",
)
def constraint(review: Review) -> Iterator[Remark]:
    """A key, check or foreign key gets a name that is not in lower snake case.

    *Example:* `FK_Orders_Users`.

    *Source:* PostgreSQL manual, section 4.1.1 Identifiers and Key Words.
    """
    for subject, name in _constraints(review):
        yield from _unless_plain(review, subject, name)


@rule(
    code="NM_RESERVED",
    level=Level.NOTICE,
    remedy="Choose another name if SQL is written by hand.",
    elsewhere="skeema; Bytebase",
)
def reserved(review: Review) -> Iterator[Remark]:
    """A table or column gets a name that is a reserved word and has to be quoted.

    *Example:* a table `user`.

    *Source:* PostgreSQL manual, appendix C SQL Key Words.
    """
    for diagnostic, subject in review.introduced("NAME_RESERVED"):
        yield about(review, subject, diagnostic.message)


def _constraints(review: Review) -> Iterator[tuple[Subject, str | None]]:
    for change in review.plan.changes:
        match change:
            case AddTable():
                yield from _constraints_of(change)
            case AddPrimaryKey():
                yield change.subject, change.key.name
            case AddUnique():
                yield change.subject, change.unique.name
            case AddCheck():
                yield change.subject, change.check.name
            case AddForeignKey():
                yield change.subject, change.foreign_key.name
            case _:
                yield from _renamed(change)


def _renamed(change: Change) -> Iterator[tuple[Subject, str | None]]:
    if isinstance(change, RenamePrimaryKey | RenameUnique | RenameCheck | RenameForeignKey):
        yield change.subject, change.after.name


def _constraints_of(change: AddTable) -> Iterator[tuple[Subject, str | None]]:
    name, added = TableName.of(change.table), change.table
    if added.primary_key is not None:
        key = added.primary_key.name
        yield name.part(ObjectKind.PRIMARY_KEY, added.id, key), key
    for unique in added.uniques:
        yield name.part(ObjectKind.UNIQUE, unique.id, unique.name), unique.name
    for check in added.checks:
        yield name.part(ObjectKind.CHECK, check.id, check.name), check.name


def _unless_plain(review: Review, subject: Subject, name: str | None) -> Iterator[Remark]:
    if name is not None and not _PLAIN.fullmatch(name):
        yield about(review, subject, f"The name {subject.label} is not in lower snake case.")


RULES = (
    namespace,
    table,
    column,
    enum,
    index,
    constraint,
    reserved,
)
"""The rules of this module."""
