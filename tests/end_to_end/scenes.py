"""Schemas made ready for a job of each kind, and what must be true when that job has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, assert_never

from core.application import Application
from core.backups.model import BackupState, VerificationState
from core.databases.credential import AccessRole
from core.databases.model import DatabaseState
from core.databases.retiring import queue_retirements
from core.databases.tidying import queue_removals
from core.dialects.postgresql.set_aside import COLUMN_PREFIX
from core.jobs.model import Job, JobKind, JobState
from core.schemas.model import SchemaStatus
from tests.end_to_end.client import Api
from tests.end_to_end.designs import ROW_COUNTS, ROWS, migrated_design, small_design
from tests.end_to_end.watching import OWNER, Watch

EMPTY = dict.fromkeys(ROW_COUNTS, 0)
"""Rows of a database that was made anew."""

LATER_ROW = "INSERT INTO customers VALUES (3, 'later')"
"""A row that is not in the backup."""

LATER_COUNTS = {**ROW_COUNTS, "public.customers": 3}
"""Rows together with it."""

CLIENTS = 4
SETTLE_SECONDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One schema and one job that is queued for it, of which nobody was told."""

    kind: JobKind
    """The sort of job."""
    schema_id: str
    """The schema."""
    database_name: str
    """Its database."""
    job_id: str
    """The job."""
    backup_id: str | None = None
    """The backup that the job is about, or that was there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Prepares scenes, many at a time, and judges how they ended."""

    api: Api
    """Makes what a scene begins with."""
    watch: Watch
    """Sees how it ends."""

    @property
    def _application(self) -> Application:
        return self.watch.stack.application

    def prepare(self, kind: JobKind, count: int) -> Sequence[Any]:
        """Return so many schemas as jobs of a kind find them, made by the real worker."""
        if kind is JobKind.CREATE:
            return [None] * count
        with ThreadPoolExecutor(CLIENTS) as clients:
            return list(clients.map(lambda _: self._schema(kind), range(count)))

    def queue(self, kind: JobKind, schemas: Iterable[Any]) -> list[Scene]:
        """Queue a job for each schema; nobody is told of it."""
        return [self._queue(kind, schema) for schema in schemas]

    def ended_well(self, scene: Scene, job: Job) -> list[str]:
        """Return what is not as it must be after success, exactly once in effect."""
        seen = [*_unlike("state", JobState.SUCCEEDED, job.state)]
        seen += _unlike("events", 1, self.watch.events(job.id).count("succeeded"))
        if job.state is not JobState.SUCCEEDED:
            return [*seen, f"error: {job.error}"]
        match scene.kind:
            case JobKind.CREATE:
                seen += self._is_database(scene, EMPTY, SchemaStatus.CREATED, version=1)
                seen += self._has_backups(scene, ())
            case JobKind.REGENERATE:
                seen += self._is_database(scene, EMPTY, SchemaStatus.REGENERATED, version=1)
                seen += self._has_backups(scene, (("before_regenerate", ROW_COUNTS),))
            case JobKind.MIGRATE | JobKind.TIDY:
                seen += self._is_migrated(scene, version=2)
                seen += _unlike("kept", int(scene.kind is JobKind.MIGRATE), self._kept(scene))
            case JobKind.REVERT:
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.UPDATED, version=3)
                seen += self._has_columns(scene, is_migrated=False)
                seen += self._has_backups(scene, (("before_migrate", ROW_COUNTS),))
            case JobKind.ROTATE | JobKind.RETIRE:
                is_rotated = scene.kind is JobKind.ROTATE
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.CREATED, version=1)
                seen += self._has_owners(scene, ("owner_1",) * is_rotated + ("owner_2",))
            case JobKind.DROP:
                seen += self._is_gone(scene)
                seen += _unlike("schema", None, self.watch.schema(scene.schema_id))
                seen += self._is_recorded(scene, DatabaseState.DROPPED)
                seen += self._has_backups(scene, (("before_drop", ROW_COUNTS),))
            case JobKind.BACKUP | JobKind.VERIFY:
                seen += self._is_backed_up(scene)
            case JobKind.RESTORE:
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.UPDATED, version=1)
                saved = (("requested", ROW_COUNTS), ("before_restore", LATER_COUNTS))
                seen += self._has_backups(scene, saved)
            case _:
                assert_never(scene.kind)
        return seen

    def ended_without(self, scene: Scene, job: Job, state: JobState) -> list[str]:
        """Return what is not as it must be after a job that failed or was cancelled."""
        seen = [*_unlike("state", state, job.state)]
        match scene.kind:
            case JobKind.CREATE:
                seen += self._is_gone(scene)
                seen += _unlike("status", SchemaStatus.ERROR, self._status(scene))
                seen += self._has_backups(scene, ())
            case JobKind.MIGRATE:
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.ERROR, version=1)
                seen += self._has_columns(scene, is_migrated=False)
                seen += self._has_at_most_backups(scene, ROW_COUNTS, 1)
            case JobKind.REVERT:
                is_cancelled = state is JobState.CANCELLED
                wanted = SchemaStatus.UPDATED if is_cancelled else SchemaStatus.ERROR
                seen += self._is_migrated(scene, version=2, status=wanted)
            case JobKind.TIDY:
                seen += self._is_migrated(scene, version=2)
            case JobKind.ROTATE | JobKind.RETIRE:
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.CREATED, version=1)
                # What has expired is removed sooner or later, whatever became of one attempt.
                is_rotation = scene.kind is JobKind.ROTATE
                seen += self._has_owners(scene, ("owner_1",)) if is_rotation else []
            case JobKind.REGENERATE | JobKind.DROP:
                is_whole = scene.kind is JobKind.REGENERATE and state is JobState.CANCELLED
                wanted = SchemaStatus.CREATED if is_whole else SchemaStatus.ERROR
                seen += self._is_database(scene, ROW_COUNTS, wanted, version=1)
                columns = self.watch.columns(scene.schema_id, "orders")
                seen += _unlike("columns", ["id", "customer_id"], columns)
                seen += self._has_at_most_backups(scene, ROW_COUNTS, 1)
            case JobKind.BACKUP:
                seen += self._is_database(scene, ROW_COUNTS, SchemaStatus.CREATED, version=1)
                states = [backup.state for backup in self.watch.backups(scene.schema_id)]
                seen += _unlike("backups", [BackupState.FAILED], states)
            case JobKind.RESTORE:
                wanted = SchemaStatus.CREATED if state is JobState.CANCELLED else SchemaStatus.ERROR
                seen += self._is_database(scene, LATER_COUNTS, wanted, version=1)
                seen += self._has_at_most_backups(scene, LATER_COUNTS, 2)
            case JobKind.VERIFY:
                seen += self._is_database(scene, LATER_COUNTS, SchemaStatus.CREATED, version=1)
                (backup,) = self.watch.backups(scene.schema_id)
                seen += _unlike("proof", VerificationState.NEVER, backup.verification.state)
            case _:
                assert_never(scene.kind)
        return seen

    def _schema(self, kind: JobKind) -> Any:  # noqa: ANN401 - JSON
        schema = self.api.send("POST", "/schemas", small_design(), wait=SETTLE_SECONDS)
        assert schema["job"]["state"] == "succeeded", schema["job"]
        self.watch.ask(schema["id"], ROWS)
        if kind in {JobKind.REVERT, JobKind.TIDY}:
            changed = migrated_design(name=schema["name"])
            path = f"/schemas/{schema['id']}?allowDataLoss=true"
            schema = self.api.send("PUT", path, changed, wait=SETTLE_SECONDS)
            assert schema["job"]["state"] == "succeeded", schema["job"]
        if kind is JobKind.RETIRE:
            path = f"/schemas/{schema['id']}/credentials/owner/rotate"
            rotation = self.api.send("POST", path, wait=SETTLE_SECONDS)
            assert rotation["state"] == "succeeded", rotation
        if kind in {JobKind.RESTORE, JobKind.VERIFY}:
            path = f"/schemas/{schema['id']}/backups"
            schema["backup"] = self.api.send("POST", path, wait=SETTLE_SECONDS)
            assert schema["backup"]["state"] == "available", schema["backup"]
            self.watch.ask(schema["id"], LATER_ROW)
        return schema

    def _queue(self, kind: JobKind, schema: Any) -> Scene:  # noqa: ANN401 - JSON
        app = self._application
        if kind is JobKind.CREATE:
            view = app.create_schema(small_design(), owner=OWNER)
            return _scene(kind, view.schema.id, view.schema.database_name, view.job)
        job: Job | None
        backup_id = schema.get("backup", {}).get("id")
        match kind:
            case JobKind.REGENERATE:
                job = app.regenerate_database(schema["id"], owner=OWNER, allow_data_loss=True)
            case JobKind.MIGRATE:
                changed = migrated_design(name=schema["name"])
                job = app.edit_schema(schema["id"], changed, owner=OWNER, allow_data_loss=True).job
            case JobKind.REVERT:
                (migration,), _ = app.migrations.list_page(schema["id"], owner=OWNER)
                job = app.migrations.revert(schema["id"], migration.id, owner=OWNER)
            case JobKind.TIDY | JobKind.RETIRE:
                is_removal = kind is JobKind.TIDY
                queue = self._queue_removal if is_removal else self._queue_retirement
                job = queue(schema["id"])
            case JobKind.ROTATE:
                job = app.rotate_credential(
                    schema["id"], "owner", owner=OWNER, overlap_seconds=3600, ends_sessions=False
                )
            case JobKind.DROP:
                job = app.delete_schema(schema["id"], owner=OWNER, drop_database=True).job
            case JobKind.BACKUP:
                backup, job = app.backups.take(schema["id"], owner=OWNER)
                backup_id = backup.id
            case JobKind.RESTORE | JobKind.VERIFY:
                is_restore = kind is JobKind.RESTORE
                act = app.backups.restore if is_restore else app.backups.verify
                job = act(schema["id"], backup_id, owner=OWNER)
            case _:
                assert_never(kind)
        return _scene(kind, schema["id"], schema["databaseName"], job, backup_id)

    def _queue_removal(self, schema_id: str) -> Job:
        """Close the window of the schema's migration, and queue what the schedule would."""
        app = self._application
        (migration,), _ = app.migrations.list_page(schema_id, owner=OWNER)
        with app.open_store() as store:
            closed = app.clock.now() - timedelta(seconds=1)
            applied = closed - timedelta(hours=24)
            store.migrations.put(replace(migration, applied_at=applied, set_aside_until=closed))
            store.commit()
        queue_removals(open_store=app.open_store, announcer=app.announcer, clock=app.clock)
        with app.open_store() as store:
            (job,) = store.jobs.unfinished_of_schema(schema_id)
        return job

    def _is_backed_up(self, scene: Scene) -> list[str]:
        """See that a backup is there, and proven where that was the job."""
        is_proof = scene.kind is JobKind.VERIFY
        rows = LATER_COUNTS if is_proof else ROW_COUNTS
        backups = self.watch.backups(scene.schema_id)
        wanted = VerificationState.PASSED if is_proof else VerificationState.NEVER
        return [
            *self._is_database(scene, rows, SchemaStatus.CREATED, version=1),
            *self._has_backups(scene, (("requested", ROW_COUNTS),)),
            *_unlike("proofs", [wanted], [backup.verification.state for backup in backups]),
        ]

    def _queue_retirement(self, schema_id: str) -> Job:
        """Let the schema's replaced credential expire, and queue what the schedule would."""
        app = self._application
        with app.open_store() as store:
            (old,) = [each for each in store.credentials.of_schema(schema_id) if each.expires_at]
            store.credentials.put(replace(old, expires_at=app.clock.now()))
            store.commit()
        queue_retirements(open_store=app.open_store, announcer=app.announcer, clock=app.clock)
        with app.open_store() as store:
            (job,) = store.jobs.unfinished_of_schema(schema_id)
        return job

    def _has_owners(self, scene: Scene, suffixes: Sequence[str]) -> list[str]:
        """See that the owner has these logins and no others, and that all of them work."""
        app = self._application
        with app.open_store() as store:
            credentials = store.credentials.of_schema(scene.schema_id)
        recorded = [
            each.login.removeprefix(f"{scene.database_name}_")
            for each in credentials
            if each.role is AccessRole.OWNER
        ]
        known = app.credentials.test(scene.schema_id, "owner", owner=OWNER)
        _, roles = self.watch.databases_and_roles()
        present = sorted(
            str(role).removeprefix(f"{scene.database_name}_")
            for role in roles
            if str(role).startswith(f"{scene.database_name}_owner_")
        )
        return [
            *_unlike("recorded logins", list(suffixes), recorded),
            *_unlike("logins", list(suffixes), present),
            *_unlike("login", None, known.failure),
        ]

    def _is_migrated(
        self, scene: Scene, *, version: int, status: SchemaStatus = SchemaStatus.UPDATED
    ) -> list[str]:
        return [
            *self._is_database(scene, ROW_COUNTS, status, version=version),
            *self._has_columns(scene, is_migrated=True),
            *self._has_backups(scene, (("before_migrate", ROW_COUNTS),)),
        ]

    def _has_columns(self, scene: Scene, *, is_migrated: bool) -> list[str]:
        """See that tables have the columns of one design, aside from what is kept out of sight."""
        found = {
            table: sorted(
                name
                for name in self.watch.columns(scene.schema_id, table)
                if not name.startswith(COLUMN_PREFIX)
            )
            for table in ("customers", "orders")
        }
        wanted = {"customers": ["id", "name"], "orders": ["customer_id", "id"]}
        if is_migrated:
            wanted = {"customers": ["id"], "orders": ["customer_id", "extra_0", "id"]}
        return _unlike("columns", wanted, found)

    def _kept(self, scene: Scene) -> int:
        """Count the columns that are kept out of sight."""
        columns = self.watch.columns(scene.schema_id, "customers")
        return sum(name.startswith(COLUMN_PREFIX) for name in columns)

    def _status(self, scene: Scene) -> SchemaStatus | None:
        schema = self.watch.schema(scene.schema_id)
        return None if schema is None else schema.status

    def _is_database(
        self, scene: Scene, rows: dict[str, int], status: SchemaStatus, *, version: int
    ) -> list[str]:
        database = self.watch.database(scene.schema_id)
        if database is None or database.state is not DatabaseState.READY:
            return [f"database: {database}"]
        return [
            *_unlike("rows", rows, self.watch.rows(scene.schema_id)),
            *_unlike("status", status, self._status(scene)),
            *_unlike("version", version, database.version_number),
        ]

    def _is_gone(self, scene: Scene) -> list[str]:
        return ["the database or its role exists"] if self.watch.exists(scene.database_name) else []

    def _is_recorded(self, scene: Scene, state: DatabaseState) -> list[str]:
        database = self.watch.database(scene.schema_id)
        return _unlike("record", state, None if database is None else database.state)

    def _has_backups(self, scene: Scene, wanted: Sequence[tuple[str, dict[str, int]]]) -> list[str]:
        found = [
            (backup.reason, dict(backup.rows_by_table), backup.state)
            for backup in self.watch.backups(scene.schema_id)
        ]
        whole = [(reason, rows, BackupState.AVAILABLE) for reason, rows in wanted]
        return _unlike("backups", whole, found)

    def _has_at_most_backups(self, scene: Scene, rows: dict[str, int], most: int) -> list[str]:
        """See that whatever was saved before the end is whole."""
        found = self.watch.backups(scene.schema_id)
        broken = [backup for backup in found if backup.state is not BackupState.AVAILABLE]
        last = found[-1] if len(found) == most else None
        return [
            *_unlike("broken backups", [], broken),
            *_unlike("backups too many", [], found[most:]),
            *(_unlike("saved rows", rows, dict(last.rows_by_table)) if last is not None else ()),
        ]


def _scene(
    kind: JobKind, schema_id: str, database_name: str, job: Job | None, backup_id: str | None = None
) -> Scene:
    assert job is not None
    return Scene(
        kind=kind,
        schema_id=schema_id,
        database_name=database_name,
        job_id=job.id,
        backup_id=backup_id,
    )


def _unlike(what: str, wanted: object, found: object) -> list[str]:
    return [] if wanted == found else [f"{what}: {found!r}, not {wanted!r}"]
