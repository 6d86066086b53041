"""Keep the credentials of managed databases.

Revision ID: 0008_credentials
Revises: 0007_servers
Create Date: 2026-11-28 14:00:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_credentials"
down_revision = "0007_servers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. The schedule fills it for the databases that there are."""
    op.create_table(
        "credentials",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("schema_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("encrypted_password", sa.Text(), nullable=False),
        _time("created_at"),
        _time("in_service_at", nullable=True),
        _time("expires_at", nullable=True),
        sa.Column("ends_sessions", sa.Boolean(), nullable=False),
        _time("disabled_at", nullable=True),
        _time("look_again_at", nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'read-write', 'read-only')", name=op.f("ck_credentials_role")
        ),
        sa.ForeignKeyConstraint(
            ["schema_id"],
            ["schemas.id"],
            name=op.f("fk_credentials_schema_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    op.create_index(
        "uq_credentials_number", "credentials", ["schema_id", "role", "number"], unique=True
    )
    op.create_index(
        "uq_credentials_current",
        "credentials",
        ["schema_id", "role"],
        unique=True,
        postgresql_where=sa.text("in_service_at IS NOT NULL AND expires_at IS NULL"),
    )
    op.create_index(
        "ix_credentials_expires_at",
        "credentials",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the table. The login roles stay on their servers, where nobody knows their passwords."""
    op.drop_table("credentials")


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column that holds a point in time."""
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)
