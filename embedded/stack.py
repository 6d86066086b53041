"""The whole product on one machine: servers, store, and every process of the Procfile."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from core.secrets import SecretBox
from core.setting_files import given_names
from core.settings import EMBEDDED_ADDRESSES_FILE, Settings
from embedded.console import Console
from embedded.errors import (
    PortTakenError,
    ProcessEndedError,
    ServerLostError,
    ServerStartError,
)
from embedded.files import write_private
from embedded.lock import FolderLock
from embedded.ports import LOOPBACK, choose_port, is_free
from embedded.postgresql import PROVISIONER, STORE, EmbeddedPostgresql
from embedded.redis import EmbeddedRedis
from embedded.server import EmbeddedServer
from embedded.supervision import Supervisor, child_path, read_procfile

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
MIGRATION_SECONDS = 120.0
REVIVALS = 5
REVIVAL_SECONDS = 60.0
"""Servers that ended are started again so often within these seconds."""
HEALTH_SECONDS = 90.0


class Stack:
    """Starts everything in order and stops it in the opposite one."""

    def __init__(
        self, given: Mapping[str, str], *, console: Console, has_log_files: bool = False
    ) -> None:
        """Describe the stack; settings are checked here.

        Args:
            given: what somebody set, without the addresses of embedded servers.
            console: where progress is told.
            has_log_files: whether the processes write to files rather than to the console.

        Raises:
            InvalidSettingsError: if a setting cannot be used.
        """
        self._given = dict(given)
        self._console = console
        self._has_log_files = has_log_files
        self._exits = contextlib.ExitStack()
        self._servers: list[EmbeddedServer] = []
        self._revivals: deque[float] = deque(maxlen=REVIVALS)
        self.settings = Settings.from_environment(self._given)
        self.environ: dict[str, str] = {}
        """What the processes get to see; complete once the servers run."""
        self.supervisor: Supervisor | None = None

    @property
    def address(self) -> str:
        """Where the API answers."""
        host = self.settings.host
        reachable = LOOPBACK if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
        return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{self.settings.port}"

    @property
    def commands(self) -> dict[str, str]:
        """The processes by name."""
        return read_procfile(ROOT / "Procfile")

    def start_servers(self) -> None:
        """Lock the data folder and start the servers that nobody replaced.

        Raises:
            FolderInUseError: if another launcher works on the folder.
            ServerStartError: if a server does not come up.
        """
        data_dir = self.settings.data_dir
        self._exits.enter_context(FolderLock(data_dir))
        addresses: dict[str, str] = {}
        given = given_names(self._given)
        missing = {"DATABASE_URL", "SERVERS"} - given
        if missing:
            began = time.monotonic()
            postgresql = self._exits.enter_context(
                EmbeddedPostgresql(
                    data_dir / "postgresql", bin_dirs=self.settings.postgresql_bin_dirs
                )
            )
            self._servers.append(postgresql)
            stores = {"DATABASE_URL": STORE, "SERVERS": PROVISIONER}
            addresses |= {name: postgresql.url(stores[name]) for name in sorted(missing)}
            self._tell("PostgreSQL", postgresql.port, began, postgresql.notes)
        if "REDIS_URL" not in given:
            began = time.monotonic()
            redis = self._exits.enter_context(EmbeddedRedis(data_dir / "redis"))
            self._servers.append(redis)
            addresses["REDIS_URL"] = redis.url()
            self._tell("Redis", redis.port, began, redis.notes)
        self._leave_addresses(addresses)
        self.environ = self._given | addresses | self._choose_ports()
        self.environ["DATA_DIR"] = str(data_dir)
        self.environ["PATH"] = child_path(self._given.get("PATH", ""))
        self.environ["PYTHONUNBUFFERED"] = "1"
        self.settings = Settings.from_environment(self.environ)
        if self.settings.secret_key_file.exists():
            SecretBox(self.settings.secret_key_file)  # refuses one that cannot be used at once

    def migrate(self) -> None:
        """Bring the store's tables to the newest version.

        Raises:
            ServerStartError: if that fails; with what it said.
        """
        began = time.monotonic()
        try:
            result = subprocess.run(
                [sys.executable, "-m", "flask", "--app", "web.wsgi", "db", "upgrade"],
                check=False,
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=MIGRATION_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise ServerStartError(
                server="store", reason=f"its migration took more than {MIGRATION_SECONDS:.0f} s."
            ) from error
        if result.returncode != 0:
            said = "".join(f"\n    {line}" for line in result.stdout.strip().splitlines()[-15:])
            raise ServerStartError(server="store", reason=f"its migration failed: {said}")
        self._console.done("the store's tables are up to date", _since(began))

    def start_processes(self) -> None:
        """Start every process of the Procfile and wait until the API is healthy.

        Raises:
            ProcessEndedError: if one ends at once.
            ServerStartError: if the API is not healthy in time.
        """
        began = time.monotonic()
        log_folder = self.settings.data_dir / "logs" if self._has_log_files else None
        self.supervisor = Supervisor(
            folder=ROOT, environ=self.environ, console=self._console, log_folder=log_folder
        )
        self._exits.callback(self.supervisor.stop)
        self.supervisor.start(self.commands)
        self._wait_for_health()
        self._console.done(f"{', '.join(self.commands)} run", _since(began))

    def check(self) -> None:
        """See whether all processes still run; servers that ended are started again.

        Raises:
            ProcessEndedError: if one of our processes has ended.
            ServerLostError: if servers end again and again.
            ServerStartError: if one does not come up again.
        """
        for server in self._servers:
            self._revive(server)
        ended = self.supervisor.ended() if self.supervisor is not None else None
        if ended is None or self.supervisor is None:
            return
        log = self.supervisor.log_file(ended.name)
        said = () if log is None else log.read_text(errors="replace").strip().splitlines()[-15:]
        raise ProcessEndedError(sentence=ended.sentence, last_lines=tuple(said))

    def restart_processes(self) -> None:
        """Stop and start what runs our code, so that it runs the present code."""
        if self.supervisor is None:
            return
        has_lost_one = self.supervisor.ended() is not None
        changing = {
            name: text for name, text in self.commands.items() if name != "flower" or has_lost_one
        }
        self.supervisor.stop(changing)
        self.supervisor.start(changing)

    def stop(self) -> None:
        """Stop everything that was started, last first."""
        self._exits.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _revive(self, server: EmbeddedServer) -> None:
        """Start a server that ended by itself again, where everybody looks for it."""
        if server.is_running:
            return
        now = time.monotonic()
        if len(self._revivals) == REVIVALS and now - self._revivals[0] < REVIVAL_SECONDS:
            raise ServerLostError(server=server.name, log=server.log_file)
        self._revivals.append(now)
        if server.revive():
            self._console.warn(f"{server.name} ended by itself and was started again.")

    def _tell(self, name: str, port: int, began: float, notes: list[str]) -> None:
        for note in notes:
            self._console.warn(note)
        self._console.done(f"{name} listens on {LOOPBACK}:{port}", _since(began))

    def _leave_addresses(self, addresses: Mapping[str, str]) -> None:
        """Leave the addresses where a second terminal's `flask` finds them, while we run."""
        file = self.settings.data_dir / EMBEDDED_ADDRESSES_FILE
        write_private(
            file, "".join(f"{name}={value}\n" for name, value in sorted(addresses.items()))
        )
        self._exits.callback(file.unlink, missing_ok=True)

    def _choose_ports(self) -> dict[str, str]:
        """Return free ports for the API and Flower; one that somebody set must be free."""
        chosen = {}
        for name, use, usual in (
            ("PORT", "the API", self.settings.port),
            ("FLOWER_PORT", "Flower", self.settings.flower_port),
        ):
            if name in self._given and not is_free(usual):
                raise PortTakenError(port=usual, use=f"{use} ({name})")
            port = usual
            if not is_free(usual):
                memory = self.settings.data_dir / f"{name.lower()}.port"
                port = choose_port(memory, wanted=None, use=use)
                self._console.warn(f"Port {usual} is in use; {use} takes {port}.")
            chosen[name] = str(port)
        return chosen

    def _wait_for_health(self) -> None:
        end = time.monotonic() + HEALTH_SECONDS
        last = "no answer"
        while time.monotonic() < end:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.address}/api/v1/health", timeout=5) as answer:  # noqa: S310 - our own address
                    json.load(answer)
                    return
            except urllib.error.HTTPError as error:
                last = f"HTTP {error.code}"
            except (OSError, ValueError) as error:
                last = str(error)
            time.sleep(0.1)
        raise ServerStartError(
            server="API", reason=f"not healthy in {HEALTH_SECONDS:.0f} s: {last}"
        )


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
