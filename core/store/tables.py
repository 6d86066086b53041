"""The tables of the store.

Rows become values in the repositories beside this file. Every change here needs a revision in
`migrations/`; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, UUID
from sqlalchemy.types import UserDefinedType
from typing_extensions import override

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""All tables of the store."""


class TransactionNumber(UserDefinedType[str]):
    """The engine's `xid8`: which transaction wrote a row.

    Source: PostgreSQL manual, 8.19 Object Identifier Types and 9.27.10 Transaction ID and Snapshot.
    """

    cache_ok = True

    @override
    def get_col_spec(self, **kw: Any) -> str:
        """Return the name of the type."""
        return "xid8"


class TransactionSnapshot(UserDefinedType[str]):
    """The engine's `pg_snapshot`: which transactions a reader saw. Source: as above."""

    cache_ok = True

    @override
    def get_col_spec(self, **kw: Any) -> str:
        """Return the name of the type."""
        return "pg_snapshot"


def _id(
    name: str, *target: ForeignKey, primary_key: bool = False, nullable: bool = False
) -> Column[str]:
    """Return a column that holds a UUID, as text on our side."""
    return Column(name, UUID(as_uuid=False), *target, primary_key=primary_key, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column that holds a point in time."""
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column that holds a JSON document; None is no document rather than JSON's null."""
    return Column(name, JSONB(none_as_null=True), nullable=nullable)


schemas = Table(
    "schemas",
    metadata,
    _id("id", primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version_number", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("table_count", Integer, nullable=False),
    Column("database_name", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    _time("deleted_at", nullable=True),
    _json("lint_policy", nullable=True),
    Column(
        "changed_by",
        TransactionNumber,
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="The transaction that wrote the row last; tells which remembered pages still hold.",
    ),
    Index(
        "uq_schemas_living_name",
        "owner",
        "name",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index(
        "ix_schemas_created_at",
        "owner",
        "created_at",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index(
        "ix_schemas_updated_at",
        "owner",
        "updated_at",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index("ix_schemas_changed_by", "owner", "changed_by"),
    Index(
        "ix_schemas_search",
        "name",
        "description",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops", "description": "gin_trgm_ops"},
        postgresql_where=text("deleted_at IS NULL"),
    ),
)
"""One row per schema, the deleted ones included."""

versions = Table(
    "versions",
    metadata,
    _id("schema_id", ForeignKey("schemas.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("label", Text, nullable=False),
    _json("document"),
    Column("structure_fingerprint", Text, nullable=False),
    Column("layout_fingerprint", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("message", Text, nullable=False),
    _time("created_at"),
)
"""One row per version; never changed."""

servers = Table(
    "servers",
    metadata,
    _id("id", primary_key=True),
    Column("system_identifier", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("version", Text, nullable=False),
    _time("last_seen_at"),
    _time("recorded_at"),
    UniqueConstraint("system_identifier"),
)
"""One row per server that databases stand on."""

databases = Table(
    "databases",
    metadata,
    _id("schema_id", ForeignKey("schemas.id", ondelete="CASCADE"), primary_key=True),
    _id("server_id", ForeignKey("servers.id")),
    Column("name", Text, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("encrypted_password", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version_number", Integer),
    Column("live_fingerprint", Text),
    Column("table_count", Integer, nullable=False),
    _time("checked_at", nullable=True),
    Column("drift_state", Text, nullable=False, server_default=text("'unknown'")),
    _time("drift_checked_at", nullable=True),
    _json("drift", nullable=True),
    Column("size_bytes", BigInteger),
    _time("measured_at", nullable=True),
    UniqueConstraint("server_id", "name"),
)
"""One row per managed database."""

normal_forms = Table(
    "normal_forms",
    metadata,
    Column("structure_fingerprint", Text, primary_key=True),
    Column("server_major", Integer, primary_key=True, autoincrement=False),
    _json("document"),
    _time("created_at"),
    Index("ix_normal_forms_created_at", "created_at"),
)
"""One row per definition of which is known how a server writes it."""

migrations = Table(
    "migrations",
    metadata,
    _id("id", primary_key=True),
    _id("schema_id", ForeignKey("schemas.id", ondelete="CASCADE")),
    Column("from_version", Integer),
    Column("to_version", Integer, nullable=False),
    _json("document", nullable=True),
    Column("state", Text, nullable=False),
    _json("plan"),
    Column("before_fingerprint", Text, nullable=False),
    Column("after_fingerprint", Text, nullable=False),
    _json("impact"),
    _json("findings"),
    _json("allowed_losses"),
    _json("set_aside"),
    _time("set_aside_until", nullable=True),
    _time("set_aside_removed_at", nullable=True),
    _id("job_id", nullable=True),
    _id("revert_job_id", nullable=True),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
    _time("created_at"),
    _time("applied_at", nullable=True),
    _time("reverted_at", nullable=True),
    CheckConstraint(
        "state IN ('planned', 'applying', 'applied', 'failed', 'reverting', 'reverted',"
        " 'discarded')",
        name="state",
    ),
    Index("ix_migrations_schema_id", "schema_id", "created_at", "id"),
    Index(
        "ix_migrations_set_aside_until",
        "set_aside_until",
        postgresql_where=text("set_aside_until IS NOT NULL AND set_aside_removed_at IS NULL"),
    ),
)
"""One row per plan of a database's change, with what became of it."""

backups = Table(
    "backups",
    metadata,
    _id("id", primary_key=True),
    _id("schema_id", ForeignKey("schemas.id", ondelete="CASCADE")),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("engine_version", Text),
    Column("tool_version", Text),
    Column("version_number", Integer, nullable=False),
    Column("live_fingerprint", Text),
    _json("rows_by_table"),
    Column("size_bytes", BigInteger),
    Column("sha256", Text),
    Column("duration_seconds", Double),
    Column("verification_state", Text, nullable=False),
    _time("verified_at", nullable=True),
    Column("verification_seconds", Double),
    Column("verification_failure_code", Text),
    Column("verification_failure", Text),
    _time("created_at"),
    _time("finished_at", nullable=True),
    Index("ix_backups_schema_id", "schema_id", "created_at", "id"),
)
"""One row per backup."""

jobs = Table(
    "jobs",
    metadata,
    _id("id", primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_exclusive", Boolean, nullable=False),
    Column("owner", Text, nullable=False),
    # No foreign key: the account of what was done may outlive what it was done to.
    _id("schema_id"),
    Column("state", Text, nullable=False),
    _json("arguments"),
    Column("attempt", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("waiting_code", Text),
    _id("waiting_for_job_id", nullable=True),
    _time("waiting_until", nullable=True),
    Column("percent", Integer, nullable=False),
    Column("message", Text, nullable=False),
    _json("result", nullable=True),
    _json("error", nullable=True),
    _time("created_at"),
    _time("started_at", nullable=True),
    _time("finished_at", nullable=True),
    _time("heartbeat_at", nullable=True),
    _time("cancel_requested_at", nullable=True),
    _time("run_after", nullable=True),
    Column("cleanup_only", Boolean, nullable=False),
    _id("retry_of", nullable=True),
    Column("request_id", Text),
    Column("lease_token", Text),
    Column("trace_parent", Text),
    _time("announced_at", nullable=True),
    Column("announcements", Integer, nullable=False),
    CheckConstraint(
        "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"
    ),
    CheckConstraint("(state = 'running') = (lease_token IS NOT NULL)", name="lease"),
    CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    UniqueConstraint("number"),
    Index(
        "uq_jobs_running_exclusive",
        "schema_id",
        unique=True,
        postgresql_where=text("state = 'running' AND is_exclusive"),
    ),
    Index("ix_jobs_schema_id", "schema_id", "number"),
    Index("ix_jobs_owner", "owner", "number"),
    Index(
        "ix_jobs_unfinished",
        "state",
        "number",
        postgresql_where=text("state IN ('queued', 'running')"),
    ),
    Index("ix_jobs_finished_at", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    # Heartbeats change no indexed column, so with room in its page a row is rewritten in place.
    postgresql_with={"fillfactor": 70},
)
"""One row per job: the truth about it."""

job_steps = Table(
    "job_steps",
    metadata,
    _id("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    _time("started_at", nullable=True),
    _time("finished_at", nullable=True),
    UniqueConstraint("job_id", "name"),
)
"""One row per step of a job, as it stands in the present attempt."""

job_events = Table(
    "job_events",
    metadata,
    _id("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    _time("at"),
    _json("payload"),
)
"""One row per event of a job, for streams."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_digest", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    _time("created_at"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)
"""One row per first request with a key."""

webhooks = Table(
    "webhooks",
    metadata,
    _id("id", primary_key=True),
    Column("owner", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("encrypted_secret", Text, nullable=False),
    _time("created_at"),
    _time("failing_since", nullable=True),
    _time("disabled_at", nullable=True),
    Column("disabled_reason", Text),
    Index("ix_webhooks_owner", "owner", "created_at", "id"),
)
"""One row per address that is told of events."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    _id("id", primary_key=True),
    _id("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE")),
    Column("event", Text, nullable=False),
    Column("body", Text, nullable=False),
    _time("created_at"),
    Column("attempts", Integer, nullable=False),
    _time("due_at", nullable=True),
    _time("delivered_at", nullable=True),
    _time("last_attempt_at", nullable=True),
    Column("last_status", Integer),
    Column("last_failure", Text),
    Index("ix_webhook_deliveries_webhook_id", "webhook_id", "created_at", "id"),
    Index("ix_webhook_deliveries_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_webhook_deliveries_ended", "created_at", postgresql_where=text("due_at IS NULL")),
)
"""One row per event and webhook: the outbox, and what became of it."""
