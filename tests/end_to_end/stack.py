"""The product's real processes for tests: started, paused, killed, and never left behind.

The commands are those of the Procfile, so what is tested is what runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import psutil
import requests
from typing_extensions import override

from core.application import Application
from core.bootstrap import build
from core.jobs.model import JobId, JobKind
from core.jobs.queue import Announcer
from core.settings import Settings, given_environment
from embedded.ports import LOOPBACK, free_port
from embedded.postgresql import PROVISIONER, STORE
from embedded.processes import start_tethered, wait_until
from embedded.redis import EmbeddedRedis
from embedded.supervision import child_path, read_procfile
from tests.conftest import PostgresqlServer

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

PROCESSES = ("web", "worker", "schedule", "beat")
"""Those of the Procfile that carry the product."""

PACE = {
    "HEARTBEAT_SECONDS": "0.5",
    "LEASE_SECONDS": "6",
    "REPAIR_SECONDS": "0.5",
    "ANNOUNCE_GRACE_SECONDS": "1",
    "RETRY_BASE_SECONDS": "0.2",
    "WORKER_CONCURRENCY": "3",
    # Looks for drift make scratch databases at times of their own, which no claim about leftovers
    # could tell from what a job left.
    "DRIFT_CHECK_MINUTES": "0",
    # Nor could it tell the copy of the store, which comes once the stack has run for half an hour.
    "STORE_BACKUP_HOURS": "0",
}
"""Durations that make faults heal within moments, and no work that nobody asked for."""

START_SECONDS = 60.0
STOP_SECONDS = 15.0
CONSUMERS = ("worker", "schedule")
"""Those that take messages; they say when they are ready."""

SHOWN_BYTES = 4000
"""How much of each log a failed test shows."""


class SilentAnnouncer(Announcer):
    """Tells nobody: what it is given must be found by the repair."""

    @override
    def announce(self, kind: JobKind, job_id: JobId) -> None:
        """Say nothing."""


@contextlib.contextmanager
def own_stack(
    server: PostgresqlServer, template: str, folder: Path, **settings: str
) -> Iterator[Stack]:
    """Give a stack with a store of its own, of which only the broker runs yet.

    Args:
        server: Where the store and the databases are.
        template: A migrated, empty store.
        folder: Where data, logs and its own broker are kept.
        settings: Further settings.
    """
    store = f"store_{uuid4().hex}"
    server.create_database(store, template=template)
    with Stack(
        folder,
        database_url=server.url(STORE, store),
        server_url=server.url(PROVISIONER),
        bin_dir=server.bin_dir,
        **settings,
    ) as stack:
        yield stack
    server.drop_database(store)


class Stack:
    """Web, worker, schedule and beat over servers of the tests."""

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str,
        server_url: str,
        bin_dir: Path,
        **settings: str,
    ) -> None:
        """Describe the stack.

        Args:
            folder: Where data, logs and its own broker are kept.
            database_url: The store, migrated.
            server_url: An account that may create databases and roles.
            bin_dir: Client programs of that server.
            settings: Further settings.
        """
        self.folder = folder
        self.redis = EmbeddedRedis(folder / "redis")
        self._given = {
            "DATABASE_URL": database_url,
            "SERVERS": server_url,
            "POSTGRESQL_BIN_DIRS": str(bin_dir),
            "DATA_DIR": str(folder / "data"),
            "PYTHONUNBUFFERED": "1",
            **PACE,
            **settings,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._exits = ExitStack()

    @cached_property
    def environ(self) -> dict[str, str]:
        """What its processes get to see; complete once the broker runs."""
        outside = given_environment(self.folder)
        return {
            **{
                name: text for name, text in outside.items() if name not in {"HOST", "CORS_ORIGINS"}
            },
            "PATH": child_path(outside.get("PATH", "")),
            "PORT": str(free_port()),
            "REDIS_URL": self.redis.url(),
            **self._given,
        }

    @cached_property
    def settings(self) -> Settings:
        """The settings of its processes."""
        return Settings.from_environment(self.environ)

    @cached_property
    def application(self) -> Application:
        """The use cases over the same store, in this process; what they queue, nobody is told."""
        application = build(self.settings, announcer=SilentAnnouncer())
        self._exits.callback(application.close)
        return application

    @property
    def address(self) -> str:
        """Where the API answers."""
        return f"http://{LOOPBACK}:{self.settings.port}/api/v1"

    @property
    def archive(self) -> Path:
        """Folder of the backups."""
        return self.settings.archive_dir

    def process_id(self, name: str) -> int:
        """Return the id of a process, which is also its group's."""
        return self._processes[name].pid

    def log_file(self, name: str) -> Path:
        """Return where a process writes what it has to say."""
        return self.folder / "logs" / f"{name}.log"

    def logs(self) -> Iterator[tuple[str, str]]:
        """Yield the last words of every process that ever ran, by name."""
        for file in sorted((self.folder / "logs").glob("*.log")):
            yield file.stem, file.read_bytes()[-SHOWN_BYTES:].decode(errors="replace")

    def start(self, names: Iterable[str] = PROCESSES) -> None:
        """Start processes, each in a session of its own; logs go on where they were."""
        commands = read_procfile(ROOT / "Procfile")
        for name in names:
            self.spawn(name, ["/bin/sh", "-c", f"exec {commands[name]}"])

    def spawn(self, name: str, command: list[str]) -> None:
        """Start a command with this stack's settings, to be ended with it."""
        self.log_file(name).parent.mkdir(parents=True, exist_ok=True)
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_file(name).open("ab") as log:
            self._processes[name] = start_tethered(
                command,
                folder=ROOT,
                environ=self.environ,
                output=log,
                death_signal=signal.SIGKILL,
            )

    def wait_until_ready(self) -> None:
        """Wait until the API answers and the others have told that they are ready."""
        end = time.monotonic() + START_SECONDS
        self.wait_for_web()
        assert wait_until(self._has_begun, end - time.monotonic()), dict(self.logs())

    def wait_for_web(self) -> None:
        """Wait until the API answers."""
        assert wait_until(self._answers, START_SECONDS), self._last("web")

    def kill(self, name: str) -> None:
        """Kill a process with all its children, as a power cut would."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> int:
        """Tell a process to end, and return the exit status it ends with."""
        process = self._processes.pop(name)
        process.terminate()
        return process.wait(START_SECONDS)

    def is_running(self, name: str) -> bool:
        """Whether a process lives."""
        return name in self._processes and self._processes[name].poll() is None

    def kill_children(self, name: str) -> None:
        """Kill the children of a process alone, as the kernel does that runs out of memory."""
        for child in psutil.Process(self.process_id(name)).children():
            child.kill()

    def pause(self, name: str) -> None:
        """Freeze a process with its children."""
        os.killpg(self.process_id(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen process go on."""
        os.killpg(self.process_id(name), signal.SIGCONT)

    @contextlib.contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Keep a process frozen while inside."""
        self.pause(name)
        try:
            yield
        finally:
            if name in self._processes:
                self.resume(name)

    def __enter__(self) -> Self:
        """Start the broker and nothing else."""
        self.redis.start()
        self._exits.callback(self.redis.stop)
        self._exits.callback(self._end)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything, gently first, so that what was measured is written down."""
        self._exits.close()

    def _end(self) -> None:
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                process.terminate()
        wait_until(
            lambda: all(process.poll() is not None for process in self._processes.values()),
            STOP_SECONDS,
        )
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def _answers(self) -> bool:
        assert self._processes["web"].poll() is None, self._last("web")
        try:
            return requests.get(f"{self.address}/health/live", timeout=5).ok
        except requests.RequestException:
            return False

    def _has_begun(self) -> bool:
        for name, process in self._processes.items():
            assert process.poll() is None, self._last(name)
        are_ready = (
            " ready." in self.log_file(name).read_text(errors="replace")
            for name in CONSUMERS
            if name in self._processes
        )
        keeps_time = any(self.settings.data_dir.glob("beat*")) or "beat" not in self._processes
        return all(are_ready) and keeps_time

    def _last(self, name: str) -> str:
        return f"{name} said: …{dict(self.logs()).get(name, 'nothing')}"
