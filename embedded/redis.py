"""The embedded Redis: a broker on loopback with a password, started and stopped here.

It keeps nothing on disk: what a job is stands in the store, and announcements that are lost with
it are repaired from there.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis
from typing_extensions import override

from core.secrets import make_password
from embedded.errors import ServerStartError
from embedded.files import open_log, read_or_make, write_private
from embedded.ports import LOOPBACK, choose_port, remembered_port
from embedded.processes import PROC, is_alive, start_tethered, wait_until, works_in
from embedded.programs import RedisProgram, find_redis
from embedded.server import EmbeddedServer

START_SECONDS = 20.0
START_ATTEMPTS = 3
"""Another program can take a free port before the server does."""
STOP_STEPS = ((signal.SIGTERM, 10.0),)


class EmbeddedRedis(EmbeddedServer):
    """One Redis-compatible server that listens on loopback with a password."""

    name = "Redis"
    stop_steps = STOP_STEPS

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Describe a server without starting it.

        Args:
            folder: where its configuration and log are kept; made if absent.
            port: the port to use; the last one or a free one if absent.
        """
        super().__init__(folder, port)
        self._password = ""

    def url(self, database: int = 0) -> str:
        """Return the address with the password."""
        return self._url(self.port, database)

    @override
    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._password = read_or_make(self.folder / "password", make_password).strip()
        self._clear_leftovers()
        program = find_redis()
        for _ in range(START_ATTEMPTS):
            self.port = choose_port(self.folder / "port", wanted=self._wanted_port, use="Redis")
            if self._launch(program):
                return
        said = self.log_file.read_text(errors="replace").strip().splitlines()[-3:]
        raise ServerStartError(server="Redis", reason=" | ".join(said), log=self.log_file)

    def _launch(self, program: RedisProgram) -> bool:
        """Start the server process and return whether it answers."""
        with open_log(self.log_file) as log:
            self._process = start_tethered(
                [*program.command, str(self._write_configuration())],
                folder=self.folder,
                environ={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": _root()},
                output=log,
                death_signal=signal.SIGTERM,
            )
        wait_until(lambda: not self.is_running or self._answers(), START_SECONDS)
        if self.is_running and self._answers():
            return True
        self.stop()
        return False

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    def _url(self, port: int, database: int = 0) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{port}/{database}"

    def _write_configuration(self) -> Path:
        """Write the server's configuration for its owner's eyes only; it holds the password."""
        file = self._configuration
        write_private(
            file,
            f"bind {LOOPBACK}\n"
            f"port {self.port}\n"
            f"requirepass {self._password}\n"
            'save ""\n'
            "appendonly no\n"
            "daemonize no\n"
            "maxmemory-policy noeviction\n",
        )
        return file

    def _clear_leftovers(self) -> None:
        """Stop a server that a killed launcher left of ours on the remembered port.

        It is ours only if it accepts our password and works in our folder: the server of a folder
        of which ours is a copy knows the password too.
        """
        port = remembered_port(self.folder / "port")
        facts = {} if port is None else self._facts_of(port)
        if port is None or not self._is_ours(facts):
            return
        pid = int(facts["process_id"])
        client = redis.Redis.from_url(self._url(port), socket_timeout=5)
        try:
            client.shutdown(nosave=True)
        except redis.RedisError:
            pass
        finally:
            client.close()
        wait_until(lambda: not is_alive(pid), 10.0)
        self.notes.append("A Redis server left by a killed launcher was stopped.")

    def _is_ours(self, facts: Mapping[str, Any]) -> bool:
        """Whether a server says that it runs in our folder, and does."""
        if "process_id" not in facts:
            return False
        if PROC.exists():
            return works_in(int(facts["process_id"]), self.folder)
        # Redis writes over its command line, so elsewhere only its own word can be asked for.
        return Path(facts.get("config_file", "/")).resolve() == self._configuration.resolve()

    def _answers(self) -> bool:
        """Whether our process, and nobody else on its port, accepts our password."""
        facts = self._facts_of(self.port)
        return bool(facts) and facts.get("process_id", self.process_id) == self.process_id

    def _facts_of(self, port: int) -> dict[str, Any]:
        """Return what a server that accepts our password says of itself; empty without one."""
        client = redis.Redis.from_url(
            self._url(port), socket_timeout=2, socket_connect_timeout=2, retry=None
        )
        try:
            facts: Any = client.info("server")
        except redis.RedisError:
            return {}
        finally:
            client.close()
        return {"answers": True} | dict(facts)


def _root() -> str:
    """Return the folder that holds the packages of the product."""
    return str(Path(__file__).resolve().parent.parent)
