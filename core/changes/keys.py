"""Changes of primary keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import edit_table, require, require_columns
from core.definition.model import Definition, PrimaryKey, Table

_KIND = ObjectKind.PRIMARY_KEY


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Primary key {self.subject.label} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _replace_key(definition, self.table.id, None, self.key)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Primary key {self.subject.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _replace_key(definition, self.table.id, self.key, None)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return (
            f"Primary key {self.before.name} of {self.table.label} is renamed to {self.after.name}."
        )

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _replace_key(definition, self.table.id, self.before, self.after)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Primary key {self.subject.label} is made anew over other columns."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _replace_key(definition, self.table.id, self.before, self.after)


def _replace_key(
    definition: Definition, table_id: str, before: PrimaryKey | None, after: PrimaryKey | None
) -> Definition:
    def change(table: Table) -> Table:
        is_there = table.primary_key is not None
        require(not is_there or before is not None, _KIND, table_id, "is there already")
        require(is_there or before is None, _KIND, table_id, "is not there")
        nullable = {column.id for column in table.columns if column.nullable}
        key_ids = after.column_ids if after is not None else ()
        require_columns(table, key_ids)
        for column_id in key_ids:
            require(column_id not in nullable, ObjectKind.COLUMN, column_id, "allows NULL")
        return replace(table, primary_key=after)

    return edit_table(definition, table_id, change)
