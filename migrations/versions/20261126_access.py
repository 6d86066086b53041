"""Keep workspaces, members, API keys and the audit log.

Revision ID: 0005_access
Revises: 0004_backup_schedules
Create Date: 2026-11-23 04:30:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_access"
down_revision = "0004_backup_schedules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, the first workspace, and what keeps the audit log as it was written."""
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    # Everything that was stored before there were workspaces has this owner.
    op.execute("INSERT INTO workspaces (id, name, created_at) VALUES ('local', 'Local', now())")
    op.create_table(
        "workspace_members",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        _time("created_at"),
        sa.CheckConstraint(
            "role IN ('viewer', 'editor', 'operator', 'admin')",
            name=op.f("ck_workspace_members_role"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_workspace_members_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "subject", name=op.f("pk_workspace_members")),
    )
    op.create_index("ix_workspace_members_subject", "workspace_members", ["subject"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        _time("created_at"),
        _time("expires_at", nullable=True),
        _time("last_used_at", nullable=True),
        _time("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_api_keys_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("ix_api_keys_workspace_id", "api_keys", ["workspace_id", "created_at", "id"])
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        _time("began_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        "ix_audit_entries_workspace_id", "audit_entries", ["workspace_id", "began_at", "id"]
    )
    op.create_table(
        "audit_ends",
        sa.Column("entry_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("made", sa.Text(), nullable=True),
        _time("ended_at"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_ends_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_ends")),
    )
    op.execute(
        "CREATE FUNCTION refuse_changes_of_the_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '55000'; END $$"
    )
    for table in ("audit_entries", "audit_ends"):
        op.execute(
            f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes_of_the_audit_log()"
        )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("audit_ends", "audit_entries"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_changes_of_the_audit_log()")
    for table in ("api_keys", "workspace_members", "workspaces"):
        op.drop_table(table)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column that holds a point in time."""
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)
