"""The port of a dialect: what every spelling of SQL can write. Ordering is `planning`."""

from __future__ import annotations

from typing import Protocol

from core.definition.model import Definition, Enum, ForeignKey, Index, Namespace, Table
from core.dialects.statement import Statement


class Speller(Protocol):
    """Writes the parts of one definition as statements.

    Made once per definition, so that looking up what a part refers to costs nothing. Every
    method raises `MissingThingError` when a part refers to something that is not there.
    """

    @property
    def definition(self) -> Definition:
        """The definition with every constraint and index named, whose parts may be written."""
        ...

    def create_namespaces(self) -> tuple[Statement, ...]:
        """Make the declared namespaces that do not come with every database."""
        ...

    def create_enum(self, enum: Enum) -> Statement:
        """Make an enumerated type."""
        ...

    def create_table(self, table: Table) -> Statement:
        """Make a table with its primary key, unique and check constraints."""
        ...

    def create_index(self, index: Index, table: Table) -> Statement:
        """Make an index of a table."""
        ...

    def add_foreign_key(self, foreign_key: ForeignKey) -> Statement:
        """Add a foreign key to a table that is there."""
        ...

    def comment_on_namespace(self, namespace: Namespace) -> tuple[Statement, ...]:
        """Write the description of a namespace, if it has one."""
        ...

    def comment_on_enum(self, enum: Enum) -> tuple[Statement, ...]:
        """Write the description of an enumerated type, if it has one."""
        ...

    def comment_on_table(self, table: Table) -> tuple[Statement, ...]:
        """Write the descriptions of a table and of its columns, as far as they have one."""
        ...
