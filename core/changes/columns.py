"""Changes of columns as a whole; those of one aspect are in `column_aspects`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import (
    added,
    dropped,
    edit_column,
    edit_table,
    index_columns,
    require,
    require_enum_of,
)
from core.changes.words import type_words
from core.definition.model import Column, Definition, Table


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Column {self.subject.label} of type {type_words(self.column.type)} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_enum_of(definition, self.column)
        return edit_table(
            definition,
            self.table.id,
            lambda table: replace(
                table, columns=added(ObjectKind.COLUMN, table.columns, self.column)
            ),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        loss = "" if self.column.generated is not None else ", with its values"
        return f"Column {self.subject.label} goes{loss}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        column_id = self.column.id
        is_referred_to = any(
            column_id in key.source_column_ids
            if key.source_table_id == self.table.id
            else column_id in key.target_column_ids and key.target_table_id == self.table.id
            for key in definition.foreign_keys
        )
        require(not is_referred_to, ObjectKind.COLUMN, column_id, "has foreign keys")

        def without(table: Table) -> Table:
            key_ids = table.primary_key.column_ids if table.primary_key else ()
            used = {
                *key_ids,
                *(each for unique in table.uniques for each in unique.column_ids),
                *(each for index in table.indexes for each in index_columns(index)),
            }
            require(
                column_id not in used, ObjectKind.COLUMN, column_id, "is part of a key or index"
            )
            return replace(table, columns=dropped(ObjectKind.COLUMN, table.columns, column_id))

        return edit_table(definition, self.table.id, without)


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Column {self.before} of {self.table.label} is renamed to {self.after}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_column(
            definition,
            self.table.id,
            self.column_id,
            lambda column: replace(column, name=self.after),
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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Column {self.subject.label} gets another comment."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_column(
            definition,
            self.table.id,
            self.column.id,
            lambda column: replace(column, description=self.after),
        )
