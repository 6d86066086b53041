"""The table of credentials; it belongs to the same metadata as all others."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from core.store.tables import metadata

credentials = Table(
    "credentials",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column(
        "schema_id",
        UUID(as_uuid=False),
        ForeignKey("schemas.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("role", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("login", Text, nullable=False),
    Column("encrypted_password", Text, nullable=False),
    Column("created_at", TIMESTAMP(timezone=True), nullable=False),
    Column("in_service_at", TIMESTAMP(timezone=True)),
    Column("expires_at", TIMESTAMP(timezone=True)),
    Column("ends_sessions", Boolean, nullable=False),
    Column("disabled_at", TIMESTAMP(timezone=True)),
    Column("look_again_at", TIMESTAMP(timezone=True)),
    CheckConstraint("role IN ('owner', 'read-write', 'read-only')", name="role"),
    Index("uq_credentials_number", "schema_id", "role", "number", unique=True),
    Index(
        "uq_credentials_current",
        "schema_id",
        "role",
        unique=True,
        postgresql_where=sql("in_service_at IS NOT NULL AND expires_at IS NULL"),
    ),
    Index(
        "ix_credentials_expires_at",
        "expires_at",
        postgresql_where=sql("expires_at IS NOT NULL"),
    ),
)
"""One row per login role of a managed database."""
