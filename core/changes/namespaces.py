"""Changes of namespaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject
from core.changes.editing import require
from core.definition.canonical import qualified
from core.definition.model import DEFAULT_NAMESPACE, Definition, Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNamespace:
    """A namespace is made."""

    namespace: Namespace
    """The new namespace."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.NAMESPACE,
            id=self.namespace.name,
            label=qualified(self.namespace.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropNamespace:
        """Return the change that undoes it."""
        return DropNamespace(namespace=self.namespace)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Namespace {self.subject.label} is made."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        is_there = any(each.name == self.namespace.name for each in definition.namespaces)
        require(not is_there, ObjectKind.NAMESPACE, self.namespace.name, "is there already")
        return replace(definition, namespaces=(*definition.namespaces, self.namespace))


@dataclass(frozen=True, slots=True, kw_only=True)
class DropNamespace:
    """A namespace goes."""

    namespace: Namespace
    """The namespace as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.NAMESPACE,
            id=self.namespace.name,
            label=qualified(self.namespace.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddNamespace:
        """Return the change that undoes it."""
        return AddNamespace(namespace=self.namespace)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Namespace {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        name = self.namespace.name
        kept = tuple(each for each in definition.namespaces if each.name != name)
        require(len(kept) < len(definition.namespaces), ObjectKind.NAMESPACE, name, "is not there")
        is_used = any(table.namespace == name for table in definition.tables) or any(
            enum.namespace == name for enum in definition.enums
        )
        require(not is_used, ObjectKind.NAMESPACE, name, "is not empty")
        return replace(definition, namespaces=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeNamespace:
    """A namespace gets another comment."""

    before: Namespace
    """The namespace before."""
    after: Namespace
    """The namespace after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.NAMESPACE,
            id=self.after.name,
            label=qualified(self.after.name),
            table_id=None,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DescribeNamespace:
        """Return the change that undoes it."""
        return DescribeNamespace(before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Namespace {self.subject.label} gets another comment."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        name = self.after.name
        if any(each.name == name for each in definition.namespaces):
            described = tuple(
                self.after if each.name == name else each for each in definition.namespaces
            )
        else:
            require(name == DEFAULT_NAMESPACE, ObjectKind.NAMESPACE, name, "is not there")
            described = (*definition.namespaces, self.after)
        return replace(definition, namespaces=described)
