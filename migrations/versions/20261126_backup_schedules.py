"""Keep backup schedules and alerts.

Revision ID: 0004_backup_schedules
Revises: 0003_webhooks
Create Date: 2026-11-23 04:20:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_backup_schedules"
down_revision = "0003_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "backup_schedules",
        sa.Column("schema_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("verify", sa.Text(), nullable=False),
        sa.Column("retention", postgresql.JSONB(), nullable=False),
        sa.Column("max_age_seconds", sa.BigInteger(), nullable=True),
        _time("next_fire_at", nullable=True),
        _time("last_fired_at", nullable=True),
        sa.Column("last_skipped_because", sa.Text(), nullable=True),
        _time("verified_through", nullable=True),
        _time("tended_at", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.ForeignKeyConstraint(
            ["schema_id"],
            ["schemas.id"],
            name=op.f("fk_backup_schedules_schema_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schema_id", name=op.f("pk_backup_schedules")),
    )
    op.create_index(
        "ix_backup_schedules_next_fire_at",
        "backup_schedules",
        ["next_fire_at"],
        postgresql_where=sa.text("next_fire_at IS NOT NULL"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("schema_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        _time("raised_at"),
        _time("cleared_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["schema_id"],
            ["schemas.id"],
            name=op.f("fk_alerts_schema_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "uq_alerts_standing",
        "alerts",
        ["schema_id", "code"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_index("ix_alerts_owner", "alerts", ["owner", "raised_at"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("alerts")
    op.drop_table("backup_schedules")


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column that holds a point in time."""
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)
