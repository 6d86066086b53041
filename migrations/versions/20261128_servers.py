"""Register servers with labels, capacity and health, and keep where schemas want to stand.

Revision ID: 0007_servers
Revises: 0006_traces
Create Date: 2026-11-28 14:20:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_servers"
down_revision = "0006_traces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; older code goes on with `servers` as it is."""
    op.create_table(
        "registrations",
        sa.Column("server_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("encrypted_url", sa.Text(), nullable=True),
        sa.Column(
            "labels", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")
        ),
        sa.Column("most_databases", sa.Integer(), nullable=True),
        sa.Column("most_bytes", sa.BigInteger(), nullable=True),
        sa.Column("most_connections", sa.Integer(), nullable=True),
        _time("drained_at"),
        _time("removed_at"),
        sa.Column("is_reachable", sa.Boolean(), nullable=True),
        sa.Column("may_provision", sa.Boolean(), nullable=True),
        _time("checked_at"),
        _time("unreachable_since"),
        _time("hangs_since"),
        _time("tried_at"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        _time("measured_at"),
        sa.Column("connections", sa.Integer(), nullable=True),
        sa.Column("free_connections", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["server_id"],
            ["servers.id"],
            name=op.f("fk_registrations_server_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("name", name=op.f("uq_registrations_name")),
    )
    op.create_table(
        "placements",
        sa.Column("schema_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schema_id"], ["schemas.id"], name=op.f("fk_placements_schema_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schema_id", name=op.f("pk_placements")),
    )
    op.create_index("ix_databases_server_id", "databases", ["server_id", "state"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_databases_server_id", "databases")
    op.drop_table("placements")
    op.drop_table("registrations")


def _time(name: str) -> sa.Column[object]:
    """Return a column that holds a point in time, or none."""
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True)
