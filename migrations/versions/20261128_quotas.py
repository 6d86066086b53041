"""Keep workspaces' own quotas, and the size of databases.

Revision ID: 0009_quotas
Revises: 0008_credentials
Create Date: 2026-11-28 14:20:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_quotas"
down_revision = "0008_credentials"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns; these are empty until somebody measures."""
    op.create_table(
        "workspace_quotas",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("quota", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=True),
        sa.Column("chosen", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("granted >= 0 AND chosen >= 1", name=op.f("ck_workspace_quotas_limits")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_workspace_quotas_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "quota", name=op.f("pk_workspace_quotas")),
    )
    op.add_column("databases", sa.Column("size_bytes", sa.BigInteger(), nullable=True))
    op.add_column(
        "databases",
        sa.Column("measured_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("databases", "measured_at")
    op.drop_column("databases", "size_bytes")
    op.drop_table("workspace_quotas")
