"""Changes of tables as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import (
    added,
    dropped,
    edit_table,
    require,
    require_enum_of,
    require_namespace,
)
from core.definition.canonical import qualified
from core.definition.model import Definition, Table


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Table {self.subject.label} is made."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_namespace(definition, self.table.namespace)
        for column in self.table.columns:
            require_enum_of(definition, column)
        return replace(definition, tables=added(ObjectKind.TABLE, definition.tables, self.table))


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Table {self.subject.label} goes, with its rows."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        table_id = self.table.id
        is_used = any(
            table_id in {key.source_table_id, key.target_table_id}
            for key in definition.foreign_keys
        )
        require(not is_used, ObjectKind.TABLE, table_id, "has foreign keys")
        return replace(definition, tables=dropped(ObjectKind.TABLE, definition.tables, table_id))


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        if self.before.namespace == self.after.namespace:
            return f"Table {self.before.label} is renamed to {self.after.label}."
        return f"Table {self.before.label} moves to {self.after.label}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_namespace(definition, self.after.namespace)
        return edit_table(
            definition,
            self.before.id,
            lambda table: replace(table, namespace=self.after.namespace, name=self.after.name),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Table {self.subject.label} gets another comment."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_table(
            definition, self.table.id, lambda table: replace(table, description=self.after)
        )
