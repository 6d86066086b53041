"""The tables of workspaces, members, API keys and the audit log, beside the others in `tables`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, UUID

from core.store.tables import metadata


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column that holds a point in time."""
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable)


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    _time("created_at"),
)
"""One row per workspace; its id is the owner of rows in other tables."""

workspace_members = Table(
    "workspace_members",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("role", Text, nullable=False),
    _time("created_at"),
    CheckConstraint("role IN ('viewer', 'editor', 'operator', 'admin')", name="role"),
    Index("ix_workspace_members_subject", "subject"),
)
"""One row per member of a workspace."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_by", Text, nullable=False),
    _time("created_at"),
    _time("expires_at", nullable=True),
    _time("last_used_at", nullable=True),
    _time("revoked_at", nullable=True),
    Index("ix_api_keys_workspace_id", "workspace_id", "created_at", "id"),
)
"""One row per API key, which is not in it: only its digest."""

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("workspace_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key_id", Text),
    Column("operation", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    _time("began_at"),
    Index("ix_audit_entries_workspace_id", "workspace_id", "began_at", "id"),
)
"""One row per request that may change or reveal something; a trigger refuses every change."""

audit_ends = Table(
    "audit_ends",
    metadata,
    Column("entry_id", UUID(as_uuid=False), ForeignKey("audit_entries.id"), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("made", Text),
    _time("ended_at"),
)
"""One row per entry whose request was answered; a trigger refuses every change."""
