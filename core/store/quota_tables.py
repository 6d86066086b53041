"""The table of workspaces' own quotas, beside the others in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Table, Text

from core.store.tables import metadata

workspace_quotas = Table(
    "workspace_quotas",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("quota", Text, primary_key=True),
    Column("granted", BigInteger),
    Column("chosen", BigInteger),
    CheckConstraint("granted >= 0 AND chosen >= 1", name="limits"),
)
"""One row per quota of a workspace that is not the installation's default."""
