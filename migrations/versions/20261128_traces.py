"""Keep with each job the span that asked for it.

Revision ID: 0006_traces
Revises: 0005_access
Create Date: 2026-11-28 14:40:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_traces"
down_revision = "0005_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; code that does not know it leaves it empty."""
    op.add_column("jobs", sa.Column("trace_parent", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("jobs", "trace_parent")
