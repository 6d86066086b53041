"""The embedded Redis: a broker on loopback with a password, started and stopped here.

It keeps nothing on disk: what a job is stands in the store, and announcements that are lost with
it are repaired from there.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from core.secrets import make_password
from embedded.errors import ServerStartError
from embedded.ports import LOOPBACK, choose_port, remembered_port
from embedded.processes import is_alive, start_tethered, stop, wait_until
from embedded.programs import RedisProgram, find_redis

START_SECONDS = 20.0
START_ATTEMPTS = 3
"""Another program can take a free port before the server does."""
STOP_STEPS = ((signal.SIGTERM, 10.0),)


class EmbeddedRedis:
    """One Redis-compatible server that listens on loopback with a password."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Describe a server without starting it.

        Args:
            folder: where its configuration and log are kept; made if absent.
            port: the port to use; the last one or a free one if absent.
        """
        self.folder = folder.absolute()
        self.port = 0
        self.notes: list[str] = []
        """What the user should know."""
        self._wanted_port = port
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """The running server's process id.

        Raises:
            ServerStartError: if it was not started.
        """
        if self._process is None:
            raise ServerStartError(server="Redis", reason="it was never started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether our server process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log_file(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder / "redis.log"

    def url(self, database: int = 0) -> str:
        """Return the address with the password."""
        return self._url(self.port, database)

    def start(self) -> Self:
        """Start the server, stopping first what a killed launcher left of it.

        Raises:
            ServerStartError: if it does not come up.
            PortTakenError: if the port asked for is in use.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._password = _read_password(self.folder / "password")
        self._clear_leftovers()
        program = find_redis()
        for _ in range(START_ATTEMPTS):
            self.port = choose_port(self.folder / "port", wanted=self._wanted_port, use="Redis")
            if self._launch(program):
                return self
        said = self.log_file.read_text(errors="replace").strip().splitlines()[-3:]
        raise ServerStartError(server="Redis", reason=" | ".join(said), log=self.log_file)

    def _launch(self, program: RedisProgram) -> bool:
        """Start the server process and return whether it answers."""
        with self.log_file.open("ab") as log:
            self._process = start_tethered(
                [*program.command, str(self._write_configuration())],
                folder=self.folder,
                environ={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": _root()},
                output=log,
                death_signal=signal.SIGTERM,
            )
        wait_until(lambda: not self.is_running or self._pid_behind(self.port) > 0, START_SECONDS)
        if self.is_running and self._pid_behind(self.port) > 0:
            return True
        self.stop()
        return False

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            stop(self._process, STOP_STEPS)
            self._process = None

    def kill(self) -> None:
        """Kill the server without warning, as a crash would. For tests."""
        os.kill(self.process_id, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _url(self, port: int, database: int = 0) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{port}/{database}"

    def _write_configuration(self) -> Path:
        """Write the server's configuration for its owner's eyes only; it holds the password."""
        file = self.folder / "redis.conf"
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(
                f"bind {LOOPBACK}\n"
                f"port {self.port}\n"
                f"requirepass {self._password}\n"
                'save ""\n'
                "appendonly no\n"
                "daemonize no\n"
                "maxmemory-policy noeviction\n"
            )
        return file

    def _clear_leftovers(self) -> None:
        """Stop a server of ours on the remembered port: it alone accepts our password."""
        port = remembered_port(self.folder / "port")
        pid = 0 if port is None else self._pid_behind(port)
        if port is None or pid == 0:
            return
        client = redis.Redis.from_url(self._url(port), socket_timeout=5)
        try:
            client.shutdown(nosave=True)
        except redis.RedisError:
            pass
        finally:
            client.close()
        wait_until(lambda: not is_alive(pid), 10.0)
        self.notes.append("A Redis server left by a killed launcher was stopped.")

    def _pid_behind(self, port: int) -> int:
        """Return the process id of a server that accepts our password, 0 if there is none."""
        client = redis.Redis.from_url(
            self._url(port), socket_timeout=2, socket_connect_timeout=2, retry=None
        )
        try:
            facts: Any = client.info("server")
        except redis.RedisError:
            return 0
        finally:
            client.close()
        return int(facts.get("process_id", 1))


def _read_password(file: Path) -> str:
    """Return the password, made on first use and kept for its owner's eyes only."""
    if file.exists():
        return file.read_text().strip()
    password = make_password()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(password)
    return password


def _root() -> str:
    """Return the folder that holds the packages of the product."""
    return str(Path(__file__).resolve().parent.parent)
