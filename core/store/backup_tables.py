"""The tables of backup schedules and of alerts, beside the others in `tables`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from core.store.tables import metadata


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column that holds a point in time."""
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable)


backup_schedules = Table(
    "backup_schedules",
    metadata,
    Column(
        "schema_id",
        UUID(as_uuid=False),
        ForeignKey("schemas.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("cron", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("verify", Text, nullable=False),
    Column("retention", JSONB, nullable=False),
    Column("max_age_seconds", BigInteger),
    _time("next_fire_at", nullable=True),
    _time("last_fired_at", nullable=True),
    Column("last_skipped_because", Text),
    _time("verified_through", nullable=True),
    _time("tended_at", nullable=True),
    _time("created_at"),
    _time("updated_at"),
    Index(
        "ix_backup_schedules_next_fire_at",
        "next_fire_at",
        postgresql_where=text("next_fire_at IS NOT NULL"),
    ),
)
"""One row per schema whose backups are taken by themselves."""

alerts = Table(
    "alerts",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("owner", Text, nullable=False),
    Column(
        "schema_id",
        UUID(as_uuid=False),
        ForeignKey("schemas.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    _time("raised_at"),
    _time("cleared_at", nullable=True),
    Index(
        "uq_alerts_standing",
        "schema_id",
        "code",
        unique=True,
        postgresql_where=text("cleared_at IS NULL"),
    ),
    Index("ix_alerts_owner", "owner", "raised_at"),
)
"""One row per alert, those that are over included."""
