"""Changes of enumerated types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject
from core.changes.editing import added, dropped, edited, require, require_namespace
from core.definition.canonical import qualified
from core.definition.model import Definition, Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEnum:
    """An enum is made."""

    enum: Enum
    """The new enum."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.ENUM,
            id=self.enum.id,
            label=qualified(self.enum.namespace, self.enum.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropEnum:
        """Return the change that undoes it."""
        return DropEnum(enum=self.enum)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Enum {self.subject.label} is made."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_namespace(definition, self.enum.namespace)
        return replace(definition, enums=added(ObjectKind.ENUM, definition.enums, self.enum))


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEnum:
    """An enum goes."""

    enum: Enum
    """The enum as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.ENUM,
            id=self.enum.id,
            label=qualified(self.enum.namespace, self.enum.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddEnum:
        """Return the change that undoes it."""
        return AddEnum(enum=self.enum)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Enum {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        is_used = any(
            column.type.enum_id == self.enum.id
            for table in definition.tables
            for column in table.columns
        )
        require(not is_used, ObjectKind.ENUM, self.enum.id, "is the type of a column")
        return replace(definition, enums=dropped(ObjectKind.ENUM, definition.enums, self.enum.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameEnum:
    """An enum gets another name or moves to another namespace."""

    before: Enum
    """The enum before."""
    after: Enum
    """The enum after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.ENUM,
            id=self.after.id,
            label=qualified(self.after.namespace, self.after.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameEnum:
        """Return the change that undoes it."""
        return RenameEnum(before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before = qualified(self.before.namespace, self.before.name)
        return f"Enum {before} is called {self.subject.label} from now on."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_namespace(definition, self.after.namespace)
        return _edit(
            definition,
            self.before,
            lambda enum: replace(enum, name=self.after.name, namespace=self.after.namespace),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEnumValues:
    """An enum gets other values, or its values another order."""

    before: Enum
    """The enum before."""
    after: Enum
    """The enum after."""
    renamed: tuple[tuple[str, str], ...]
    """Pairs of an old and a new value that the user said are the same one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.ENUM,
            id=self.after.id,
            label=qualified(self.after.namespace, self.after.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        kept = {*self.after.values, *(old for old, _ in self.renamed)}
        return not kept.issuperset(self.before.values)

    def inverse(self) -> ChangeEnumValues:
        """Return the change that undoes it."""
        return ChangeEnumValues(
            before=self.after,
            after=self.before,
            renamed=tuple((new, old) for old, new in self.renamed),
        )

    def summary(self) -> str:
        """Say in a sentence what changes."""
        old = {before for before, _ in self.renamed}
        new = {after for _, after in self.renamed}
        gone = [each for each in self.before.values if each not in {*self.after.values, *old}]
        come = [each for each in self.after.values if each not in {*self.before.values, *new}]
        parts = [f"{before!r} becomes {after!r}" for before, after in self.renamed]
        if come:
            parts.append(f"gains {', '.join(map(repr, come))}")
        if gone:
            parts.append(f"loses {', '.join(map(repr, gone))}")
        what = ", ".join(parts) or "gets its values in another order"
        return f"Enum {self.subject.label}: {what}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit(definition, self.before, lambda enum: replace(enum, values=self.after.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeEnum:
    """An enum gets another comment."""

    before: Enum
    """The enum before."""
    after: Enum
    """The enum after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.ENUM,
            id=self.after.id,
            label=qualified(self.after.namespace, self.after.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DescribeEnum:
        """Return the change that undoes it."""
        return DescribeEnum(before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Enum {self.subject.label} gets another comment."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit(
            definition, self.before, lambda enum: replace(enum, description=self.after.description)
        )


def _edit(definition: Definition, enum: Enum, edit: Callable[[Enum], Enum]) -> Definition:
    return replace(definition, enums=edited(ObjectKind.ENUM, definition.enums, enum.id, edit))
