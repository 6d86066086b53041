"""Changes of unique and check constraints."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import Check, Unique


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUnique:
    """A unique constraint is added."""

    table: TableName
    """The table it belongs to."""
    unique: Unique
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.UNIQUE, self.unique.id, self.unique.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropUnique:
        """Return the change that undoes it."""
        return DropUnique(table=self.table, unique=self.unique)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropUnique:
    """A unique constraint goes."""

    table: TableName
    """The table it belongs to."""
    unique: Unique
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.UNIQUE, self.unique.id, self.unique.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddUnique:
        """Return the change that undoes it."""
        return AddUnique(table=self.table, unique=self.unique)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameUnique:
    """A unique constraint gets another name and stays the same otherwise."""

    table: TableName
    """The table it belongs to."""
    before: Unique
    """It before."""
    after: Unique
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.UNIQUE, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameUnique:
        """Return the change that undoes it."""
        return RenameUnique(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUnique:
    """A unique constraint says something else, perhaps under another name."""

    table: TableName
    """The table it belongs to."""
    before: Unique
    """It before."""
    after: Unique
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.UNIQUE, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeUnique:
        """Return the change that undoes it."""
        return ChangeUnique(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheck:
    """A check constraint is added."""

    table: TableName
    """The table it belongs to."""
    check: Check
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.CHECK, self.check.id, self.check.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropCheck:
        """Return the change that undoes it."""
        return DropCheck(table=self.table, check=self.check)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCheck:
    """A check constraint goes."""

    table: TableName
    """The table it belongs to."""
    check: Check
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.CHECK, self.check.id, self.check.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddCheck:
        """Return the change that undoes it."""
        return AddCheck(table=self.table, check=self.check)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameCheck:
    """A check constraint gets another name and stays the same otherwise."""

    table: TableName
    """The table it belongs to."""
    before: Check
    """It before."""
    after: Check
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.CHECK, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameCheck:
        """Return the change that undoes it."""
        return RenameCheck(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCheck:
    """A check constraint says something else, perhaps under another name."""

    table: TableName
    """The table it belongs to."""
    before: Check
    """It before."""
    after: Check
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.CHECK, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeCheck:
        """Return the change that undoes it."""
        return ChangeCheck(table=self.table, before=self.after, after=self.before)
