"""Changes of indexes."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIndex:
    """An index is added."""

    table: TableName
    """The table it belongs to."""
    index: Index
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.INDEX, self.index.id, self.index.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropIndex:
        """Return the change that undoes it."""
        return DropIndex(table=self.table, index=self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """An index goes."""

    table: TableName
    """The table it belongs to."""
    index: Index
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.INDEX, self.index.id, self.index.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddIndex:
        """Return the change that undoes it."""
        return AddIndex(table=self.table, index=self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameIndex:
    """An index gets another name and stays the same otherwise."""

    table: TableName
    """The table it belongs to."""
    before: Index
    """It before."""
    after: Index
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.INDEX, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameIndex:
        """Return the change that undoes it."""
        return RenameIndex(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeIndex:
    """An index says something else, perhaps under another name."""

    table: TableName
    """The table it belongs to."""
    before: Index
    """It before."""
    after: Index
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.INDEX, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeIndex:
        """Return the change that undoes it."""
        return ChangeIndex(table=self.table, before=self.after, after=self.before)
