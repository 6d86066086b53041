"""What every change speaks of: the thing it is about and how that is called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.definition.canonical import qualified
from core.definition.model import Table
from core.errors import InvalidInputError


class ObjectKind(StrEnum):
    """The kinds of things that changes are about."""

    NAMESPACE = "namespace"
    """A namespace; its id is its name."""
    ENUM = "enum"
    """An enumerated type."""
    TABLE = "table"
    """A table."""
    COLUMN = "column"
    """A column."""
    PRIMARY_KEY = "primary_key"
    """A primary key; its id is that of its table."""
    UNIQUE = "unique"
    """A unique constraint."""
    CHECK = "check"
    """A check constraint."""
    INDEX = "index"
    """An index."""
    FOREIGN_KEY = "foreign_key"
    """A foreign key."""

    @property
    def words(self) -> str:
        """What people call the kind."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The thing that a change is about."""

    kind: ObjectKind
    """What it is."""
    id: str
    """Its id in the definition."""
    label: str
    """What people call it: the qualified name, that of after where there is one."""
    table_id: str | None
    """The table it belongs to or is; None for namespaces and enums."""

    @property
    def key(self) -> str:
        """The key of the thing, unique among all kinds."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableName:
    """The table that a part belongs to, named as after the change, or as before if it goes."""

    id: str
    """The id of the table."""
    namespace: str
    """The namespace it stands in."""
    name: str
    """Its name."""

    @classmethod
    def of(cls, table: Table) -> TableName:
        """Name a table."""
        return cls(id=table.id, namespace=table.namespace, name=table.name)

    @property
    def label(self) -> str:
        """The qualified name."""
        return qualified(self.namespace, self.name)

    def part(self, kind: ObjectKind, part_id: str, name: str | None) -> Subject:
        """Name a part of the table as the subject of a change."""
        label = qualified(self.namespace, self.name, name or part_id)
        return Subject(kind=kind, id=part_id, label=label, table_id=self.id)


class ChangeDoesNotApplyError(InvalidInputError):
    """A change was applied to a definition that it does not fit."""

    code = "CHANGE_DOES_NOT_APPLY"

    def __init__(self, *, kind: ObjectKind, thing: str, reason: str) -> None:
        super().__init__(f"The {kind.words} {thing} {reason}.")
