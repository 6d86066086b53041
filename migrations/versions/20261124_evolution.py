"""Keep plans, drift, lint policies and what servers make of definitions.

Revision ID: 0002_evolution
Revises: 0001_initial
Create Date: 2026-11-23 03:20:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_evolution"
down_revision = "0001_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns."""
    op.add_column("schemas", _json("lint_policy", nullable=True))
    op.add_column(
        "databases",
        sa.Column("drift_state", sa.Text(), nullable=False, server_default=sa.text("'unknown'")),
    )
    op.add_column("databases", _time("drift_checked_at", nullable=True))
    op.add_column("databases", _json("drift", nullable=True))
    op.create_table(
        "normal_forms",
        sa.Column("structure_fingerprint", sa.Text(), nullable=False),
        sa.Column("server_major", sa.Integer(), autoincrement=False, nullable=False),
        _json("document"),
        _time("created_at"),
        sa.PrimaryKeyConstraint(
            "structure_fingerprint", "server_major", name=op.f("pk_normal_forms")
        ),
    )
    op.create_index("ix_normal_forms_created_at", "normal_forms", ["created_at"])
    op.create_table(
        "migrations",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("schema_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("to_version", sa.Integer(), nullable=False),
        _json("document", nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        _json("plan"),
        sa.Column("before_fingerprint", sa.Text(), nullable=False),
        sa.Column("after_fingerprint", sa.Text(), nullable=False),
        _json("impact"),
        _json("findings"),
        _json("allowed_losses"),
        _json("set_aside"),
        _time("set_aside_until", nullable=True),
        _time("set_aside_removed_at", nullable=True),
        sa.Column("job_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("revert_job_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _time("created_at"),
        _time("applied_at", nullable=True),
        _time("reverted_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'applying', 'applied', 'failed', 'reverting', 'reverted',"
            " 'discarded')",
            name=op.f("ck_migrations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["schema_id"], ["schemas.id"], name=op.f("fk_migrations_schema_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migrations")),
    )
    op.create_index("ix_migrations_schema_id", "migrations", ["schema_id", "created_at", "id"])
    op.create_index(
        "ix_migrations_set_aside_until",
        "migrations",
        ["set_aside_until"],
        postgresql_where=sa.text("set_aside_until IS NOT NULL AND set_aside_removed_at IS NULL"),
    )


def downgrade() -> None:
    """Drop the tables and columns."""
    op.drop_table("migrations")
    op.drop_table("normal_forms")
    op.drop_column("databases", "drift")
    op.drop_column("databases", "drift_checked_at")
    op.drop_column("databases", "drift_state")
    op.drop_column("schemas", "lint_policy")


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column that holds a JSON document."""
    return sa.Column(
        name, postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=nullable
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column that holds a point in time."""
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)
