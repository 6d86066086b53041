"""The tables of registrations of servers and of placements, beside the others in `tables`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from core.store.tables import databases, metadata


def _time(name: str) -> Column[Any]:
    """Return a column that holds a point in time, or none."""
    return Column(name, TIMESTAMP(timezone=True))


registrations = Table(
    "registrations",
    metadata,
    Column(
        "server_id",
        UUID(as_uuid=False),
        ForeignKey("servers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("name", Text),
    Column("encrypted_url", Text),
    Column("labels", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("most_databases", Integer),
    Column("most_bytes", BigInteger),
    Column("most_connections", Integer),
    _time("drained_at"),
    _time("removed_at"),
    Column("is_reachable", Boolean),
    Column("may_provision", Boolean),
    _time("checked_at"),
    _time("unreachable_since"),
    _time("hangs_since"),
    _time("tried_at"),
    Column("size_bytes", BigInteger),
    _time("measured_at"),
    Column("connections", Integer),
    Column("free_connections", Integer),
    UniqueConstraint("name"),
)
"""One row per server of which something was decided or found out."""

placements = Table(
    "placements",
    metadata,
    Column(
        "schema_id",
        UUID(as_uuid=False),
        ForeignKey("schemas.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("labels", JSONB, nullable=False),
)
"""One row per schema that asks for labels of the server its database is put on."""

Index("ix_databases_server_id", databases.c.server_id, databases.c.state)
