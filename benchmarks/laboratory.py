"""The real product for measuring: durable servers and the processes of the Procfile.

They live in a folder of their own that is removed afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import psutil
import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise
from rich.console import Console as RichConsole

from benchmarks.client import Client
from core.settings import given_environment
from embedded.console import Console
from embedded.ports import free_port
from embedded.processes import wait_until
from embedded.programs import find_postgresql
from embedded.stack import ROOT, Stack
from embedded.supervision import Supervisor, read_procfile

PROCESSES = ("web", "worker", "schedule", "beat")
"""Those of the Procfile that carry the product; Flower only watches."""

START_SECONDS = 60.0
JOB_SECONDS = 900.0
LOOK_SECONDS = 0.01
"""Time between two looks at the record of a job; small against what is measured."""

_STATE = "SELECT state, error::text FROM jobs WHERE id = %s"


class LaboratoryError(Exception):
    """What was to be measured did not happen."""


class Laboratory:
    """Servers at once, processes when asked for."""

    def __init__(self, *, concurrency: int = 4) -> None:
        """Describe it; nothing runs yet.

        Args:
            concurrency: Processes of the worker.
        """
        self._exits = ExitStack()
        self._concurrency = concurrency
        self._quiet = Console(RichConsole(quiet=True))
        self._supervisors: list[Supervisor] = []
        self.programs = find_postgresql()

    @property
    def settings_path(self) -> Path:
        """Folder of the product's data here."""
        return self._stack.settings.data_dir

    @property
    def server_url(self) -> str:
        """The account that makes databases."""
        return self._stack.environ["SERVERS"]

    @property
    def environ(self) -> Mapping[str, str]:
        """What the processes get to see."""
        return self._stack.environ

    def __enter__(self) -> Self:
        """Start the servers and migrate the store."""
        with ExitStack() as exits:
            folder = Path(tempfile.mkdtemp(prefix="schema-builder-bench-"))
            folder.chmod(0o711)  # the account of the embedded server must pass
            exits.callback(shutil.rmtree, folder, ignore_errors=True)
            given = {
                "PATH": given_environment(folder).get("PATH", os.defpath),
                "DATA_DIR": str(folder / "data"),
                "PORT": str(free_port()),
                "FLOWER_PORT": str(free_port()),
                "WORKER_CONCURRENCY": str(self._concurrency),
            }
            self._stack = exits.enter_context(Stack(given, console=self._quiet, has_log_files=True))
            self._stack.start_servers()
            self._stack.migrate()
            self._store = psycopg2.connect(self._stack.environ["DATABASE_URL"])
            self._store.autocommit = True
            exits.callback(self._store.close)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything and remove what was made."""
        self._exits.close()

    def start(
        self,
        names: Iterable[str] = PROCESSES,
        *,
        commands: Mapping[str, str] | None = None,
        **settings: str,
    ) -> None:
        """Start processes beside those that run and wait until they answer.

        Args:
            names: Which of the Procfile.
            commands: Others in place of the Procfile's.
            settings: Settings beside those of all.
        """
        self._exits.enter_context(self.running(names, commands=commands, **settings))

    @contextmanager
    def running(
        self,
        names: Iterable[str] = PROCESSES,
        *,
        commands: Mapping[str, str] | None = None,
        **settings: str,
    ) -> Iterator[None]:
        """Run processes while inside; see `start`."""
        known = {**read_procfile(ROOT / "Procfile"), **(commands or {})}
        supervisor = Supervisor(
            folder=ROOT,
            environ={**self._stack.environ, **settings},
            console=self._quiet,
            log_folder=self.settings_path / "logs",
        )
        chosen = {name: known[name] for name in names}
        with ExitStack() as exits:
            exits.callback(supervisor.stop)
            supervisor.start(chosen)
            self._supervisors.append(supervisor)
            exits.callback(self._supervisors.remove, supervisor)
            for name in chosen:
                self._wait_until_ready(name, supervisor)
            yield

    def client(self) -> Client:
        """Return a client of the API with a connection of its own, which it keeps."""
        return Client("127.0.0.1", self._stack.settings.port)

    def processes(self, name: str) -> list[psutil.Process]:
        """Return a process of the Procfile with all its children."""
        for supervisor in self._supervisors:
            if name in supervisor.process_ids:
                first = psutil.Process(supervisor.process_ids[name])
                return [first, *first.children(recursive=True)]
        raise LaboratoryError(f"{name} does not run")

    def wait_for(self, job_id: str, *, seconds: float = JOB_SECONDS) -> None:
        """Wait until the store says that a job has succeeded.

        Raises:
            LaboratoryError: it ended otherwise or not in time.
        """
        end = time.monotonic() + seconds
        while True:
            ((state, error),) = self.ask(_STATE, (job_id,))
            if state == "succeeded":
                return
            if state in {"failed", "cancelled"} or time.monotonic() > end:
                raise LaboratoryError(f"job {job_id} is {state}: {error}")
            time.sleep(LOOK_SECONDS)

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the store."""
        with self._store.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def connect(self, database: str | None = None) -> Connection:
        """Connect to the server of databases, in autocommit mode, as who makes them."""
        address = self.server_url if database is None else self.address_of(database)
        connection: Connection = psycopg2.connect(address)
        connection.autocommit = True
        return connection

    def address_of(self, database: str) -> str:
        """Return the address of a database for who makes them."""
        return f"{self.server_url.rpartition('/')[0]}/{database}"

    def run(self, program: str, *arguments: str) -> None:
        """Run a client program of the server as who makes databases.

        Raises:
            LaboratoryError: it failed.
        """
        result = subprocess.run(
            [str(self.programs / program), *arguments],
            check=False,
            env={"PATH": self._stack.environ["PATH"], **self._address_variables()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise LaboratoryError(f"{program}: {result.stderr.strip()}")

    def _address_variables(self) -> dict[str, str]:
        """Return how libpq's programs find the server; createdb takes no address."""
        parts = urlsplit(self.server_url)
        return {
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": parts.path.lstrip("/"),
        }

    def _wait_until_ready(self, name: str, supervisor: Supervisor) -> None:
        def is_ready() -> bool:
            if supervisor.ended() is not None:
                raise LaboratoryError(f"{name} ended: {self._said(name)}")
            if name == "web":
                with self.client() as client:
                    return client.is_alive()
            return name == "beat" or " ready." in self._said(name)

        if not wait_until(is_ready, START_SECONDS):
            raise LaboratoryError(f"{name} did not start: {self._said(name)}")

    def _said(self, name: str) -> str:
        return (self.settings_path / "logs" / f"{name}.log").read_text(errors="replace")
