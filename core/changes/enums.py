"""Changes of enumerated types."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject
from core.definition.canonical import qualified
from core.definition.model import Enum


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
