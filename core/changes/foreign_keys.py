"""Changes of foreign keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.changes.base import ChangeDoesNotApplyError, ObjectKind, Subject, TableName
from core.changes.editing import added, dropped, edited, require_columns
from core.definition.model import Definition, ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForeignKey:
    """A foreign key is added."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    foreign_key: ForeignKey
    """The new one."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.foreign_key.id, self.foreign_key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> DropForeignKey:
        """Return the change that undoes it."""
        return DropForeignKey(table=self.table, target=self.target, foreign_key=self.foreign_key)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Foreign key {self.subject.label} to {self.target.label} is added."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        _require_ends(definition, self.foreign_key)
        return replace(
            definition,
            foreign_keys=added(ObjectKind.FOREIGN_KEY, definition.foreign_keys, self.foreign_key),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DropForeignKey:
    """A foreign key goes."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    foreign_key: ForeignKey
    """It as it was."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.foreign_key.id, self.foreign_key.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> AddForeignKey:
        """Return the change that undoes it."""
        return AddForeignKey(table=self.table, target=self.target, foreign_key=self.foreign_key)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Foreign key {self.subject.label} to {self.target.label} goes."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return replace(
            definition,
            foreign_keys=dropped(
                ObjectKind.FOREIGN_KEY, definition.foreign_keys, self.foreign_key.id
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameForeignKey:
    """A foreign key gets another name and stays the same otherwise."""

    table: TableName
    """The table that refers."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> RenameForeignKey:
        """Return the change that undoes it."""
        return RenameForeignKey(table=self.table, before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return (
            f"Foreign key {self.before.name} of {self.table.label} is renamed to {self.after.name}."
        )

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit(
            definition,
            self.before,
            lambda key: replace(key, id=self.after.id, name=self.after.name),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForeignKey:
    """A foreign key says something else, perhaps under another name."""

    table: TableName
    """The table that refers."""
    target: TableName
    """The table referred to."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeForeignKey:
        """Return the change that undoes it."""
        return ChangeForeignKey(
            table=self.table, target=self.target, before=self.after, after=self.before
        )

    def summary(self) -> str:
        """Say in a sentence what changes."""
        return f"Foreign key {self.subject.label} to {self.target.label} is made anew."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        _require_ends(definition, self.after)
        return _edit(definition, self.before, lambda _: self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForeignKeyTiming:
    """A foreign key is checked at another time, perhaps under another name."""

    table: TableName
    """The table that refers."""
    before: ForeignKey
    """It before."""
    after: ForeignKey
    """It after."""

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        return self.table.part(ObjectKind.FOREIGN_KEY, self.after.id, self.after.name)

    @property
    def data_loss(self) -> bool:
        """Whether values may go."""
        return False

    def inverse(self) -> ChangeForeignKeyTiming:
        """Return the change that undoes it."""
        return ChangeForeignKeyTiming(table=self.table, before=self.after, after=self.before)

    def summary(self) -> str:
        """Say in a sentence what changes."""
        if self.after.initially_deferred:
            when = "at the end of a transaction"
        elif self.after.deferrable:
            when = "at once, unless a transaction defers it"
        else:
            when = "at once"
        return f"Foreign key {self.subject.label} is checked {when}."

    def apply(self, definition: Definition) -> Definition:
        """Return the definition after the change.

        Raises:
            ChangeDoesNotApplyError: the definition is not one that it fits.
        """
        return _edit(
            definition,
            self.before,
            lambda key: replace(
                key,
                id=self.after.id,
                name=self.after.name,
                deferrable=self.after.deferrable,
                initially_deferred=self.after.initially_deferred,
            ),
        )


def _edit(
    definition: Definition, key: ForeignKey, edit: Callable[[ForeignKey], ForeignKey]
) -> Definition:
    return replace(
        definition,
        foreign_keys=edited(ObjectKind.FOREIGN_KEY, definition.foreign_keys, key.id, edit),
    )


def _require_ends(definition: Definition, key: ForeignKey) -> None:
    for table_id, column_ids in (
        (key.source_table_id, key.source_column_ids),
        (key.target_table_id, key.target_column_ids),
    ):
        table = definition.table(table_id)
        if table is None:
            raise ChangeDoesNotApplyError(
                kind=ObjectKind.TABLE, thing=table_id, reason="is not there"
            )
        require_columns(table, column_ids)
