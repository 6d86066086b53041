"""Changes of tables as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from core.changes.base import ObjectKind, Subject, TableName
from core.definition.canonical import qualified
from core.definition.model import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTable:
    """A table is made with all its parts, save foreign keys."""

    table: Table
    """The new table."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.TABLE,
            id=self.table.id,
            label=qualified(self.table.namespace, self.table.name),
            table_id=self.table.id,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropTable:
        """Return the change that undoes it."""
        return DropTable(table=self.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable:
    """A table goes with its rows and parts; its foreign keys went before."""

    table: Table
    """The table as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.TABLE,
            id=self.table.id,
            label=qualified(self.table.namespace, self.table.name),
            table_id=self.table.id,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return True

    def inverse(self) -> AddTable:
        """Return the change that undoes it."""
        return AddTable(table=self.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable:
    """A table gets another name or moves to another namespace."""

    before: TableName
    """The name before."""
    after: TableName
    """The name after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.TABLE,
            id=self.after.id,
            label=qualified(self.after.namespace, self.after.name),
            table_id=self.after.id,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameTable:
        """Return the change that undoes it."""
        return RenameTable(before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeTable:
    """A table gets another comment."""

    table: TableName
    """The table."""
    before: str
    """The comment before."""
    after: str
    """The comment after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return Subject(
            kind=ObjectKind.TABLE,
            id=self.table.id,
            label=qualified(self.table.namespace, self.table.name),
            table_id=self.table.id,
        )

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DescribeTable:
        """Return the change that undoes it."""
        return DescribeTable(table=self.table, before=self.after, after=self.before)
