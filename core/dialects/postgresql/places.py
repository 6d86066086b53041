"""Where a thing is: a namespace and a name, as statements that change a database need it.

A definition knows its things by id; while a database changes, the same thing has several names one
after the other, so that who spells a change says which one holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.dialects.postgresql.quoting import quote_qualified


class Placed(Protocol):
    """A thing with a namespace and a name: a table, an enum, the name of a table."""

    @property
    def namespace(self) -> str:
        """The namespace it stands in."""
        ...

    @property
    def name(self) -> str:
        """The name in SQL."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """The namespace and the name by which a thing is found at one moment of a plan."""

    namespace: str
    """The namespace it stands in."""
    name: str
    """The name in SQL."""

    @classmethod
    def of(cls, thing: Placed) -> Place:
        """Return where a table, an enum or a named table is."""
        return cls(thing.namespace, thing.name)

    @property
    def sql(self) -> str:
        """The qualified name, quoted."""
        return quote_qualified(self.namespace, self.name)
