"""Changes of one aspect of a column. Each carries the whole column of both states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from core.changes.base import ObjectKind, Subject, TableName
from core.changes.editing import edit_column, require, require_enum_of
from core.changes.widening import keeps_values
from core.changes.words import default_words, type_words
from core.definition.model import Column, Definition, IdentityKind


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
        return not keeps_values(self.before.type, self.after.type)

    def inverse(self) -> ChangeColumnType:
        """Return the change that undoes it."""
        return ChangeColumnType(table=self.table, before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before, after = type_words(self.before.type), type_words(self.after.type)
        return f"Column {self.subject.label} changes its type from {before} to {after}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        require_enum_of(definition, self.after)
        return edit_column(
            definition,
            self.table.id,
            self.before.id,
            lambda column: replace(column, type=self.after.type),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        what = "allows NULL from now on" if self.after.nullable else "becomes NOT NULL"
        return f"Column {self.subject.label} {what}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        table = definition.table(self.table.id)
        key = table.primary_key if table is not None else None
        is_key = key is not None and self.before.id in key.column_ids
        require(
            not (is_key and self.after.nullable),
            ObjectKind.COLUMN,
            self.before.id,
            "is part of a primary key",
        )
        return edit_column(
            definition,
            self.table.id,
            self.before.id,
            lambda column: replace(column, nullable=self.after.nullable),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        before, after = default_words(self.before.default), default_words(self.after.default)
        return f"Column {self.subject.label} has {after} instead of {before}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_column(
            definition,
            self.table.id,
            self.before.id,
            lambda column: replace(column, default=self.after.default),
        )


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

    def summary(self) -> str:
        """Say in a sentence what changes."""
        match self.after.identity:
            case None:
                what = "does not count up by itself any more"
            case IdentityKind.BY_DEFAULT:
                what = "counts up by itself unless a value is given"
            case IdentityKind.ALWAYS:
                what = "always counts up by itself"
            case _:
                assert_never(self.after.identity)
        return f"Column {self.subject.label} {what}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_column(
            definition,
            self.table.id,
            self.before.id,
            lambda column: replace(column, identity=self.after.identity),
        )


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
        return self.before.generated is None and self.after.generated is not None

    def inverse(self) -> ChangeColumnGenerated:
        """Return the change that undoes it."""
        return ChangeColumnGenerated(table=self.table, before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        if self.after.generated is None:
            return f"Column {self.subject.label} is not generated any more and keeps its values."
        if self.before.generated is None:
            return f"Column {self.subject.label} is generated from now on; its values are replaced."
        return f"Column {self.subject.label} is generated in another way."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return edit_column(
            definition,
            self.table.id,
            self.before.id,
            lambda column: replace(column, generated=self.after.generated),
        )
