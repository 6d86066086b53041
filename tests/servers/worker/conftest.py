"""A bench of real worker processes over a real store and a real Redis of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest

from core.clock import SystemClock
from core.jobs.broker import Broker
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import announce_job
from core.store import StoreFactory, make_engine
from embedded.postgresql import STORE
from embedded.redis import EmbeddedRedis
from tests.conftest import PostgresqlServer
from tests.servers.worker.bench import TABLES
from tests.store.builders import make_schema
from worker.announcing import CeleryAnnouncer

ROOT = Path(__file__).parents[3]
"""The checkout."""

PATIENCE_SECONDS = 120.0
"""How long a test waits for what must happen; generous, as machines differ."""


@dataclass(slots=True)
class Bench:
    """Jobs, the worker processes that run them, and the traces they leave."""

    store_url: str
    """The store, with the bench's tables in it."""
    redis: EmbeddedRedis
    """The broker."""
    folder: Path
    """Where the processes log."""
    open_store: StoreFactory
    """Begins a unit of work."""
    other_broker: Broker | None = None
    """Another broker than Redis, if there is one."""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """All that was started."""

    def start_worker(self, *, concurrency: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker of jobs."""
        name = f"jobs-{uuid4().hex[:6]}@bench"
        return self._celery(
            *("worker", "--queues", "jobs", "--pool", "prefork", "--without-mingle"),
            *("--concurrency", str(concurrency), "--hostname", name),
        )

    def start_schedule(self) -> None:
        """Start the repair: beat and the worker that runs what beat sends."""
        self._celery(
            *("worker", "--queues", "schedule", "--pool", "solo", "--without-mingle"),
            *("--hostname", f"schedule-{uuid4().hex[:6]}@bench"),
        )
        self._celery("beat", "--schedule", str(self.folder / "beat"), "--pidfile", "")

    def add(self, kind: JobKind = JobKind.CREATE, **arguments: object) -> Job:
        """Record a job of a schema of its own and tell nobody."""
        schema = make_schema(f"schema {uuid4()}", at=SystemClock().now())
        with self.open_store() as store:
            store.schemas.add(schema)
            store.commit()
        return self._add(kind, schema.id, arguments)

    def _add(self, kind: JobKind, schema_id: str, arguments: Mapping[str, object]) -> Job:
        with self.open_store() as store:
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=kind,
                    owner="local",
                    schema_id=schema_id,
                    arguments=arguments,
                    created_at=SystemClock().now(),
                    request_id="request-1",
                )
            )
            store.commit()
        return job

    def announce(self, job: Job) -> None:
        """Tell the broker of a job, as web does."""
        announcer = CeleryAnnouncer(self.other_broker or Broker(url=self.redis.url()))
        announce_job(job, open_store=self.open_store, announcer=announcer, clock=SystemClock())
        announcer.close()

    def post(self, kind: JobKind = JobKind.CREATE, **arguments: object) -> Job:
        """Record a job and tell the broker."""
        job = self.add(kind, **arguments)
        self.announce(job)
        return job

    def post_after(self, earlier: Job, kind: JobKind) -> Job:
        """Record one more job of the same schema and tell the broker."""
        job = self._add(kind, earlier.schema_id, {})
        self.announce(job)
        return job

    def get(self, job: Job) -> Job:
        """Return the job as it stands."""
        with self.open_store() as store:
            found = store.jobs.get(job.id)
        assert found is not None
        return found

    def request_cancel(self, job: Job) -> None:
        """Ask a job to stop."""
        with self.open_store() as store:
            store.jobs.request_cancel(job.id, SystemClock().now())
            store.commit()

    def wait_for_end(self, job: Job) -> Job:
        """Wait until the job has ended and return it."""
        self.wait(lambda: self.get(job).state.is_final, f"the end of {self.get(job)}")
        return self.get(job)

    def wait_for_step(self, job: Job, step: str, *, attempt: int = 1) -> int:
        """Wait until a worker is in a step; return the process that is."""
        statement = "select pid from bench.step where job_id = %s and step = %s and attempt = %s"
        self.wait(lambda: self.query(statement, job.id, step, attempt), f"step {step}")
        return int(str(self.query(statement, job.id, step, attempt)[0][0]))

    def wait(self, is_so: Callable[[], object], what: str) -> None:
        """Wait until something is so, or fail with the logs."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                pytest.fail(f"waited in vain for {what}\n{self.logs()[-6000:]}")
            time.sleep(0.05)

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the bench's tables."""
        connection = psycopg2.connect(self.store_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def effects(self, *jobs: Job) -> int:
        """Count the effects of jobs."""
        statement = "select count(*) from bench.effect where job_id = any(%s)"
        return int(str(self.query(statement, [job.id for job in jobs])[0][0]))

    def leftovers(self) -> list[tuple[object, ...]]:
        """Return what is left in the staging."""
        return self.query("select job_id from bench.staging")

    def logs(self) -> str:
        """Return everything the processes said."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(file.read_text(errors="replace") for file in files)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a worker with its children, without warning."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """Kill every process that was started."""
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)

    def _broker_settings(self) -> dict[str, str]:
        broker = self.other_broker
        if broker is None:
            return {}
        master = broker.sentinel_master
        named = {} if master is None else {"BROKER_SENTINEL_MASTER": master}
        return {"BROKER_URL": broker.url} | named

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        inherited = os.environ  # noqa: TID251 - the environment of a child is built here
        environ = {
            **inherited,
            "DATABASE_URL": self.store_url,
            "REDIS_URL": self.redis.url(),
            "DATA_DIR": str(self.folder),
            "HEARTBEAT_SECONDS": "0.5",
            "LEASE_SECONDS": "10",
            "REPAIR_SECONDS": "0.5",
            "ANNOUNCE_GRACE_SECONDS": "2",
            "RETRY_BASE_SECONDS": "0.2",
            **self._broker_settings(),
        }
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "tests.servers.worker.main", *arguments],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process


@pytest.fixture
def bench(postgresql_server: PostgresqlServer, store_url: str, tmp_path: Path) -> Iterator[Bench]:
    """Return a bench without any worker yet."""
    database = urlsplit(store_url).path.removeprefix("/")
    postgresql_server.execute(f'grant create on database "{database}" to {STORE}')
    connection = psycopg2.connect(store_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
    connection.close()
    engine = make_engine(store_url)
    with EmbeddedRedis(tmp_path / "redis") as redis:
        bench = Bench(
            store_url=store_url,
            redis=redis,
            folder=tmp_path,
            open_store=StoreFactory(engine, SystemClock()),
        )
        yield bench
        bench.close()
    engine.dispose()
