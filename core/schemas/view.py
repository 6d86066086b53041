"""A schema as clients see it: record, document of the newest version, newest job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.jobs.model import Job
from core.schemas.model import Schema
from core.schemas.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaView:
    """Everything the API says of one schema."""

    schema: Schema
    """The record."""
    document: Mapping[str, Any]
    """The document of its newest version, JSON values."""
    job: Job | None
    """Its newest job."""


BeforeCommit = Callable[[Store, SchemaView], None]
"""Called inside the transaction of a use case, to record the answer together with the change."""


def nothing(_store: Store, _outcome: object) -> None:
    """Do nothing before a commit."""
