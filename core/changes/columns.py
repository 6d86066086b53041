"""Changes of columns as a whole; those of one aspect are in `column_aspects`."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.model import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """A column is added."""

    table: TableName
    """The table it belongs to."""
    column: Column
    """The new column."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.column.id, self.column.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropColumn:
        """Return the change that undoes it."""
        return DropColumn(table=self.table, column=self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """A column goes with its values; keys and indexes over it changed before."""

    table: TableName
    """The table it belongs to."""
    column: Column
    """The column as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.column.id, self.column.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return self.column.generated is None

    def inverse(self) -> AddColumn:
        """Return the change that undoes it."""
        return AddColumn(table=self.table, column=self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn:
    """A column gets another name."""

    table: TableName
    """The table it belongs to."""
    column_id: str
    """The column."""
    before: str
    """The name before."""
    after: str
    """The name after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.column_id, self.after)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameColumn:
        """Return the change that undoes it."""
        return RenameColumn(
            table=self.table, column_id=self.column_id, before=self.after, after=self.before
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeColumn:
    """A column gets another comment."""

    table: TableName
    """The table it belongs to."""
    column: Column
    """The column as it is after."""
    before: str
    """The comment before."""
    after: str
    """The comment after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.COLUMN, self.column.id, self.column.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DescribeColumn:
        """Return the change that undoes it."""
        return DescribeColumn(
            table=self.table, column=self.column, before=self.after, after=self.before
        )
