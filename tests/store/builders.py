"""Values for the store's tests that mention only what matters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from core.backups.model import Backup, BackupState, Verification, VerificationState
from core.databases.migration import Migration, MigrationState
from core.databases.model import Database, DatabaseState, Server
from core.dialects.moves import SetAside
from core.schemas.model import Schema, SchemaStatus, SchemaVersion, database_name_of
from tests.fakes.clock import START


def later(seconds: float) -> datetime:
    """Return the time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def make_schema(
    name: str = "blog",
    *,
    owner: str = "local",
    description: str = "",
    status: SchemaStatus = SchemaStatus.CREATING,
    at: datetime = START,
) -> Schema:
    """Return a schema in its first version."""
    schema_id = str(uuid4())
    return Schema(
        id=schema_id,
        owner=owner,
        name=name,
        description=description,
        status=status,
        version_number=1,
        version="1.0",
        table_count=3,
        database_name=database_name_of(schema_id),
        revision=1,
        created_at=at,
        updated_at=at,
    )


def make_version(schema: Schema, document: dict[str, Any]) -> SchemaVersion:
    """Return the first version of a schema."""
    return SchemaVersion(
        schema_id=schema.id,
        number=1,
        label="1.0",
        document=document,
        structure_fingerprint="a" * 64,
        layout_fingerprint="b" * 64,
        author="local",
        message="",
        created_at=START,
    )


def make_server(*, system_identifier: str = "7", port: int = 5432) -> Server:
    """Return a server on this machine."""
    return Server(
        id=str(uuid4()),
        system_identifier=system_identifier,
        host="127.0.0.1",
        port=port,
        version="18.6",
        last_seen_at=START,
    )


def make_database(schema: Schema, server: Server) -> Database:
    """Return the schema's database before it is made."""
    return Database(
        schema_id=schema.id,
        server_id=server.id,
        name=schema.database_name,
        owner_role=f"{schema.database_name}_owner",
        encrypted_password="v1:secret",
        state=DatabaseState.ABSENT,
        version_number=None,
        live_fingerprint=None,
        table_count=0,
        checked_at=None,
    )


def make_backup(schema: Schema, *, at: datetime = START) -> Backup:
    """Return a backup that is being taken."""
    backup_id = str(uuid4())
    return Backup(
        id=backup_id,
        schema_id=schema.id,
        state=BackupState.PENDING,
        reason="requested",
        location=f"{schema.id}/{backup_id}.dump",
        format="pg_dump custom",
        engine_version=None,
        tool_version=None,
        version_number=1,
        live_fingerprint=None,
        rows_by_table={},
        size_bytes=None,
        sha256=None,
        duration_seconds=None,
        verification=Verification(state=VerificationState.NEVER),
        created_at=at,
    )


def make_migration(schema: Schema, *, at: datetime = START) -> Migration:
    """Return a plan from the first version to the second."""
    return Migration(
        id=str(uuid4()),
        schema_id=schema.id,
        from_version=1,
        to_version=2,
        document=None,
        state=MigrationState.PLANNED,
        plan={"up": [], "down": []},
        before_fingerprint="a" * 64,
        after_fingerprint="b" * 64,
        impact={"sentences": ["The column email goes."]},
        findings=({"code": "DS103"},),
        allowed_losses=("public.users.email",),
        set_aside=(
            SetAside(
                kind="column",
                subject="public.users.email",
                namespace="public",
                name="users",
                column="sb_aside_1",
            ),
        ),
        author="local",
        note="",
        created_at=at,
    )
