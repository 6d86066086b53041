"""Changes of check constraints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import added, dropped, edit_table, edited
from core.definition.model import Check, Definition, Table


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Check constraint {self.subject.label} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_table(
            definition,
            self.table.id,
            lambda table: replace(table, checks=added(ObjectKind.CHECK, table.checks, self.check)),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Check constraint {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_table(
            definition,
            self.table.id,
            lambda table: replace(
                table, checks=dropped(ObjectKind.CHECK, table.checks, self.check.id)
            ),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before, after = self.before.name, self.after.name
        return f"Check constraint {before} of {self.table.label} is renamed to {after}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_check(
            definition,
            self.table,
            self.before,
            lambda check: replace(check, id=self.after.id, name=self.after.name),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Check constraint {self.subject.label} gets another condition."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit_check(definition, self.table, self.before, lambda _: self.after)


def _edit_check(
    definition: Definition, table: TableName, check: Check, edit: Callable[[Check], Check]
) -> Definition:
    def change(owner: Table) -> Table:
        checks = edited(ObjectKind.CHECK, owner.checks, check.id, edit)
        return replace(owner, checks=checks)

    return edit_table(definition, table.id, change)
