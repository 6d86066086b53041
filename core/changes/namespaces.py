"""Changes of namespaces."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject
from core.definition.canonical import qualified
from core.definition.model import Namespace


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
