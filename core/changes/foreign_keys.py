"""Changes of foreign keys."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForeignKey:
    """A foreign key is added."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    foreign_key: ForeignKey
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.foreign_key.id, self.foreign_key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropForeignKey:
        """Return the change that undoes it."""
        return DropForeignKey(table=self.table, target=self.target, foreign_key=self.foreign_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropForeignKey:
    """A foreign key goes."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    foreign_key: ForeignKey
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.foreign_key.id, self.foreign_key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddForeignKey:
        """Return the change that undoes it."""
        return AddForeignKey(table=self.table, target=self.target, foreign_key=self.foreign_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameForeignKey:
    """A foreign key gets another name and stays the same otherwise."""

    table: TableName
    """The table that refers."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameForeignKey:
        """Return the change that undoes it."""
        return RenameForeignKey(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForeignKey:
    """A foreign key says something else, perhaps under another name."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeForeignKey:
        """Return the change that undoes it."""
        return ChangeForeignKey(
            table=self.table, target=self.target, before=self.after, after=self.before
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForeignKeyTiming:
    """A foreign key is checked at another time, perhaps under another name."""

    table: TableName
    """The table that refers."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeForeignKeyTiming:
        """Return the change that undoes it."""
        return ChangeForeignKeyTiming(table=self.table, before=self.after, after=self.before)
