"""Changes of unique constraints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import added, dropped, edit_table, edited, require_columns
from core.definition.model import Definition, Table, Unique


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Unique constraint {self.subject.label} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """

        def extend(table: Table) -> Table:
            require_columns(table, self.unique.column_ids)
            return replace(table, uniques=added(ObjectKind.UNIQUE, table.uniques, self.unique))

        return edit_table(definition, self.table.id, extend)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Unique constraint {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_table(
            definition,
            self.table.id,
            lambda table: replace(
                table, uniques=dropped(ObjectKind.UNIQUE, table.uniques, self.unique.id)
            ),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before, after = self.before.name, self.after.name
        return f"Unique constraint {before} of {self.table.label} is renamed to {after}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_unique(
            definition,
            self.table,
            self.before,
            lambda unique: replace(unique, id=self.after.id, name=self.after.name),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Unique constraint {self.subject.label} is made anew over other columns."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_unique(definition, self.table, self.before, lambda _: self.after)


def _edit_unique(
    definition: Definition, table: TableName, unique: Unique, edit: Callable[[Unique], Unique]
) -> Definition:
    def change(owner: Table) -> Table:
        uniques = edited(ObjectKind.UNIQUE, owner.uniques, unique.id, edit)
        return replace(owner, uniques=uniques)

    return edit_table(definition, table.id, change)
