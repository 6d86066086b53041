"""Schemas with live databases, and a worker within the test's own process that can die."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import psycopg2
from typing_extensions import override

from core.application import Application
from core.databases.engine import Credentials, Engine, Session
from core.databases.migrating import DatabaseMigration
from core.databases.reverting import MigrationRevert
from core.databases.servers import Servers
from core.dialects.statement import Line
from core.engines.postgresql import PostgresqlEngine
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import Job, JobId, JobKind
from core.jobs.repairing import repair
from core.jobs.running import Runner
from core.schemas.store import Store
from core.secrets import SecretBox
from tests.fakes.announcer import FakeAnnouncer

OWNER = "local"
LIMITS = Limits(heartbeat_seconds=5.0, lease_seconds=60.0, retry_base_seconds=0.01)


class KilledError(BaseException):
    """The process is gone: nothing that it would still have done happens."""


@dataclass(slots=True)
class Death:
    """When the worker dies: before or after a line, counted over all attempts."""

    before: int | None = None
    """The line, from 0, that is not run any more."""
    after: int | None = None
    """The line, from 0, that is the last to be run."""
    lines: int = 0
    """Lines run so far."""

    def run(self, act: Callable[[], None]) -> None:
        """Run a line, or die."""
        number, self.lines = self.lines, self.lines + 1
        if number == self.before:
            raise KilledError
        act()
        if number == self.after:
            raise KilledError


class MortalSession:
    """A session whose process dies around a line."""

    def __init__(self, session: Session, death: Death) -> None:
        self._session = session
        self._death = death

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed on
        """Pass everything else on."""
        return getattr(self._session, name)

    def run_line(
        self, line: Line, *, journal: str, progress: Callable[[str, float | None], None]
    ) -> None:
        """Run a line, or die."""
        self._death.run(lambda: self._session.run_line(line, journal=journal, progress=progress))


class MortalEngine(PostgresqlEngine):
    """An engine whose sessions die."""

    death = Death()

    @override
    @contextmanager
    def session(self, name: str, credentials: Credentials) -> Iterator[Session]:
        with super().session(name, credentials) as session:
            # It has every method of a session by passing it on.
            yield cast("Session", MortalSession(session, self.death))


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes schemas, edits them, runs their jobs and looks into their databases."""

    application: Application
    """The use cases."""
    announcer: FakeAnnouncer
    """Knows what was queued."""

    def create(self, document: Mapping[str, Any], rows: str = "") -> str:
        """Return the id of a schema whose database is there, with rows in it."""
        view = self.application.create_schema(document, owner=OWNER)
        assert view.job is not None
        self.finish(view.job)
        if rows:
            self.execute(view.schema.id, rows)
        return view.schema.id

    def edit(self, schema_id: str, document: Mapping[str, Any], **given: Any) -> Job:  # noqa: ANN401 - passed on
        """Store another version and return its job."""
        view = self.application.edit_schema(schema_id, document, owner=OWNER, **given)
        assert view.job is not None
        assert view.job.kind is JobKind.MIGRATE
        return view.job

    def finish(self, job: Job) -> Job:
        """Carry a job to its end, however many attempts it takes."""
        for _ in range(8):
            self.attempt(job)
            found = self.job(job)
            if found.state.is_final:
                return found
        return self.job(job)

    def attempt(self, job: Job, death: Death | None = None) -> None:
        """Make one attempt at a job, which may die."""
        application = self.application
        runners: Mapping[JobKind, Runner[Store]] = application.runners
        if death is not None:
            runners = self._mortal(death)
        try:
            execute(
                JobId(job.id),
                open_store=application.open_store,
                runners=runners,
                clock=application.clock,
                announcer=self.announcer,
                limits=LIMITS,
            )
        except KilledError:
            self._take_back()

    def job(self, job: Job) -> Job:
        """Return a job as it stands."""
        with self.application.open_store() as store:
            found = store.jobs.get(job.id)
        assert found is not None
        return found

    def execute(self, schema_id: str, sql: str) -> Sequence[tuple[Any, ...]]:
        """Run SQL as the owner of a schema's database; return the rows."""
        connection = self.connect(schema_id)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def connect(self, schema_id: str, *, autocommit: bool = True) -> Any:  # noqa: ANN401 - psycopg2
        """Open a session of a schema's database as its owner."""
        uri = self.application.look_at_database.connection_uri(schema_id, owner=OWNER)
        connection = psycopg2.connect(uri)
        connection.autocommit = autocommit
        return connection

    def columns(self, schema_id: str, table: str) -> list[str]:
        """Return the columns of a table that people see."""
        found = self.execute(
            schema_id,
            "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            f" AND attrelid = '{table}'::regclass AND attname NOT LIKE 'sb\\_aside\\_%'"
            " ORDER BY attname",
        )
        return [str(name) for (name,) in found]

    def version(self, schema_id: str) -> int | None:
        """Return the version that the database follows."""
        with self.application.open_store() as store:
            database = store.databases.get(schema_id)
        return None if database is None else database.version_number

    def _take_back(self) -> None:
        repair(
            open_store=self.application.open_store,
            announcer=self.announcer,
            clock=self.application.clock,
            lease_seconds=-1,
            announce_grace_seconds=3600,
        )

    def _mortal(self, death: Death) -> Mapping[JobKind, Runner[Store]]:
        application = self.application
        settings = application.settings

        class DyingEngine(MortalEngine):
            pass

        DyingEngine.death = death

        def make(url: str, application_name: str) -> Engine:
            return DyingEngine(
                url,
                application_name=application_name,
                lock_timeout_seconds=settings.lock_timeout_seconds,
                statement_timeout_seconds=settings.statement_timeout_seconds,
                bin_dirs=settings.postgresql_bin_dirs,
                line_patience_seconds=settings.lock_patience_seconds,
            )

        servers = Servers(
            settings.servers,
            engine_factory=make,
            open_store=application.open_store,
            clock=application.clock,
            secrets=SecretBox(settings.secret_key_file),
        )
        migrate = application.runners[JobKind.MIGRATE]
        revert = application.runners[JobKind.REVERT]
        assert isinstance(migrate, DatabaseMigration)
        assert isinstance(revert, MigrationRevert)
        return {
            JobKind.MIGRATE: replace(migrate, ports=replace(migrate.ports, servers=servers)),
            JobKind.REVERT: replace(revert, ports=replace(revert.ports, servers=servers)),
        }
