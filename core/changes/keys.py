"""Changes of primary keys."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import PrimaryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPrimaryKey:
    """A primary key is added."""

    table: TableName
    """The table it belongs to."""
    key: PrimaryKey
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.PRIMARY_KEY, self.table.id, self.key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropPrimaryKey:
        """Return the change that undoes it."""
        return DropPrimaryKey(table=self.table, key=self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPrimaryKey:
    """A primary key goes."""

    table: TableName
    """The table it belongs to."""
    key: PrimaryKey
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.PRIMARY_KEY, self.table.id, self.key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddPrimaryKey:
        """Return the change that undoes it."""
        return AddPrimaryKey(table=self.table, key=self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamePrimaryKey:
    """A primary key gets another name and stays the same otherwise."""

    table: TableName
    """The table it belongs to."""
    before: PrimaryKey
    """It before."""
    after: PrimaryKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.PRIMARY_KEY, self.table.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenamePrimaryKey:
        """Return the change that undoes it."""
        return RenamePrimaryKey(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePrimaryKey:
    """A primary key says something else, perhaps under another name."""

    table: TableName
    """The table it belongs to."""
    before: PrimaryKey
    """It before."""
    after: PrimaryKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.PRIMARY_KEY, self.table.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangePrimaryKey:
        """Return the change that undoes it."""
        return ChangePrimaryKey(table=self.table, before=self.after, after=self.before)
