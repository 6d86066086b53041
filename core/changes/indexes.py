"""Changes of indexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import added, dropped, edit_table, edited, index_columns, require_columns
from core.definition.model import Definition, Index, Table


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Index {self.subject.label} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """

        def extend(table: Table) -> Table:
            require_columns(table, index_columns(self.index))
            return replace(table, indexes=added(ObjectKind.INDEX, table.indexes, self.index))

        return edit_table(definition, self.table.id, extend)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Index {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_table(
            definition,
            self.table.id,
            lambda table: replace(
                table, indexes=dropped(ObjectKind.INDEX, table.indexes, self.index.id)
            ),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before, after = self.before.name, self.after.name
        return f"Index {before} of {self.table.label} is renamed to {after}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_index(
            definition,
            self.table,
            self.before,
            lambda index: replace(index, id=self.after.id, name=self.after.name),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Index {self.subject.label} is made anew with other content."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_index(definition, self.table, self.before, lambda _: self.after)


def _edit_index(
    definition: Definition, table: TableName, index: Index, edit: Callable[[Index], Index]
) -> Definition:
    def change(owner: Table) -> Table:
        indexes = edited(ObjectKind.INDEX, owner.indexes, index.id, edit)
        return replace(owner, indexes=indexes)

    return edit_table(definition, table.id, change)
