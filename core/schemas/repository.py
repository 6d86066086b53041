"""The ports through which schemas and their versions are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.schemas.model import Schema, SchemaStatus, SchemaVersion


class SchemaSort(StrEnum):
    """Orders of the list; a leading minus is descending."""

    NEWEST = "-createdAt"
    """Last made first; the default."""
    OLDEST = "createdAt"
    """First made first."""
    LATELY_UPDATED = "-updatedAt"
    """Last changed first."""
    LONG_UNCHANGED = "updatedAt"
    """Longest unchanged first."""
    NAME = "name"
    """By name."""
    NAME_REVERSED = "-name"
    """By name, backwards."""


class SchemaRepository(Protocol):
    """Collection-like access to schemas; the deleted ones are out of reach except where said."""

    def add(self, schema: Schema) -> None:
        """Record a new schema.

        Raises:
            DuplicateNameError: the owner has a living schema of that name.
        """
        ...

    def get(
        self, schema_id: str, *, owner: str | None = None, include_deleted: bool = False
    ) -> Schema | None:
        """Return the living schema (of that owner), or None; a deleted one only if asked for."""
        ...

    def get_for_update(self, schema_id: str, *, owner: str | None = None) -> Schema | None:
        """Return it and hold its row until the transaction ends; deleted ones are found too."""
        ...

    def list_page(
        self,
        owner: str,
        *,
        search: str | None,
        status: SchemaStatus | None,
        sort: SchemaSort,
        page: int,
        limit: int,
    ) -> tuple[Sequence[Schema], int]:
        """Return one page and the number of all that match.

        Args:
            owner: Whose schemas.
            search: Text found anywhere in name or description, case aside.
            status: Only those with it.
            sort: The order.
            page: From 1. The cost does not grow with it.
            limit: Schemas per page, 1 to 100.
        """
        ...

    def save(self, schema: Schema) -> Schema:
        """Write the record and raise its revision; return it as it stands now.

        Raises:
            DuplicateNameError: the owner has another living schema of that name.
        """
        ...

    def set_status(self, schema_id: str, status: SchemaStatus, now: datetime) -> None:
        """Change the status alone, which raises the revision."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHead:
    """What a list says of one version: everything but its document."""

    schema_id: str
    """Whose snapshot it is."""
    number: int
    """1, 2, 3 …"""
    label: str
    """`1.0`, `1.1`, `2.0` …"""
    structure_fingerprint: str
    """Digest of the definition apart from layout."""
    layout_fingerprint: str
    """Digest of positions and colours."""
    author: str
    """Who wrote it."""
    message: str
    """Why, in their words; may be empty."""
    created_at: datetime
    """When."""


class VersionRepository(Protocol):
    """Collection-like access to versions."""

    def add(self, version: SchemaVersion) -> None:
        """Record a version."""
        ...

    def get(self, schema_id: str, number: int) -> SchemaVersion | None:
        """Return that version, or None."""
        ...

    def number_of(self, schema_id: str, label: str) -> int | None:
        """Return the number of the version that is shown so, or None."""
        ...

    def list_page(
        self, schema_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[VersionHead], int]:
        """Return one page, newest first, and the number of all."""
        ...
