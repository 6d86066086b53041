"""The schema: the stored, named, owned thing of the API, with its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SchemaStatus(StrEnum):
    """Where a schema and its database are, as the front end shows it. Source: DESIGN, section 5."""

    CREATING = "creating"
    """Its database is being made for the first time."""
    CREATED = "created"
    """The database stands as first made."""
    UPDATING = "updating"
    """A newer version is on its way to the database."""
    UPDATED = "updated"
    """The database follows a version after the first."""
    REGENERATING = "regenerating"
    """The database is being made anew."""
    REGENERATED = "regenerated"
    """The database was made anew."""
    ERROR = "error"
    """The last job failed; it says why."""
    DELETING = "deleting"
    """The database is being removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema as it is recorded, with the number of its newest version."""

    id: str
    """UUID in canonical text form."""
    owner: str
    """To whom it belongs."""
    name: str
    """Unique among the owner's living schemas, 1 to 100 characters."""
    description: str
    """Up to 500 characters."""
    status: SchemaStatus
    """Where it and its database are."""
    version_number: int
    """The newest version: 1, 2, 3 …"""
    version: str
    """The newest version as shown: `1.0`, `1.1`, `2.0` …"""
    table_count: int
    """Tables in the newest version."""
    database_name: str
    """`schema_<uuid with underscores>`."""
    revision: int
    """Rises with every change of the record."""
    created_at: datetime
    """When it was made."""
    updated_at: datetime
    """When it last changed."""
    deleted_at: datetime | None = None
    """When it was deleted, if it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaVersion:
    """One numbered immutable snapshot of a schema."""

    schema_id: str
    """Whose snapshot it is."""
    number: int
    """1, 2, 3 …"""
    label: str
    """`1.0`, `1.1`, `2.0` …"""
    document: Mapping[str, Any]
    """The whole document as JSON values, ids included; `definition.document` reads it."""
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


def database_name_of(schema_id: str) -> str:
    """Return the name of the schema's database: `schema_<uuid with underscores>`."""
    return f"schema_{schema_id.replace('-', '_')}"
