"""Changes of one aspect of a column. Each carries the whole column of both states."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnType:
    """A column gets another type."""

    table: TableName
    """The table it belongs to."""
    before: Column
    """The whole column before."""
    after: Column
    """The whole column after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return True

    def inverse(self) -> ChangeColumnType:
        """Return the change that undoes it."""
        return ChangeColumnType(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnNullability:
    """A column allows NULL from now on, or does not any more."""

    table: TableName
    """The table it belongs to."""
    before: Column
    """The whole column before."""
    after: Column
    """The whole column after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeColumnNullability:
        """Return the change that undoes it."""
        return ChangeColumnNullability(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnDefault:
    """A column gets another default, its first, or none."""

    table: TableName
    """The table it belongs to."""
    before: Column
    """The whole column before."""
    after: Column
    """The whole column after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeColumnDefault:
        """Return the change that undoes it."""
        return ChangeColumnDefault(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnIdentity:
    """A column counts up by itself from now on, does not any more, or more or less strictly."""

    table: TableName
    """The table it belongs to."""
    before: Column
    """The whole column before."""
    after: Column
    """The whole column after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeColumnIdentity:
        """Return the change that undoes it."""
        return ChangeColumnIdentity(table=self.table, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnGenerated:
    """A column gets another generating expression, its first, or none."""

    table: TableName
    """The table it belongs to."""
    before: Column
    """The whole column before."""
    after: Column
    """The whole column after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return self.after.generated is not None

    def inverse(self) -> ChangeColumnGenerated:
        """Return the change that undoes it."""
        return ChangeColumnGenerated(table=self.table, before=self.after, after=self.before)
