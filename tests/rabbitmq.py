"""A private RabbitMQ for tests: its own folder, ports, cookie and name daemon, on loopback.

Its programs come from the system (Debian's package `rabbitmq-server`); the service that the
package may run is neither used nor touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from embedded.errors import ServerStartError
from embedded.files import open_log, write_private
from embedded.ports import LOOPBACK, free_port
from embedded.processes import start_tethered, stop, wait_until
from embedded.server import EmbeddedServer

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Where Debian has the server itself; what is on the path there only runs the system's."""

START_SECONDS = 90.0
PASSWORD = "guest"


def is_installed() -> bool:
    """Whether the programs are there."""
    return SERVER.exists() and shutil.which("epmd") is not None


class PrivateRabbitmq(EmbeddedServer):
    """One RabbitMQ server with the account `guest`, which only loopback may use."""

    name: ClassVar[str] = "RabbitMQ"
    stop_steps = ((signal.SIGTERM, 30.0),)

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Describe a server without starting it."""
        super().__init__(folder, port)
        self._names: subprocess.Popen[bytes] | None = None
        self._names_port = 0

    def url(self) -> str:
        """Return the address with the password."""
        return f"amqp://guest:{PASSWORD}@{LOOPBACK}:{self.port}//"

    @override
    def kill(self) -> None:
        """Kill the server with the shell that started it and the programs that it started."""
        if self._process is not None:
            os.killpg(self.process_id, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @override
    def stop(self) -> None:
        """Stop the server and its name daemon."""
        if self._process is not None:
            group = self.process_id
            stop(self._process, self.stop_steps, whole_group=True)
            # The shell can be gone before the server is.
            wait_until(lambda: not _has_members(group), 30.0)
            self._process = None
        if self._names is not None:
            stop(self._names, ((signal.SIGTERM, 5.0),))
            self._names = None

    @override
    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or self._wanted_port or free_port()
        if self._names is None:
            self._names_port = free_port()
            self._names = self._run(
                ["epmd", "-address", LOOPBACK, "-port", str(self._names_port)], "names.log"
            )
        write_private(self.folder / "enabled_plugins", "[].\n")
        write_private(
            self.folder / "rabbitmq.conf",
            # As docs/servers.md asks for where RabbitMQ is older than 3.12.
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}\nconsumer_timeout = 50400000\n",
        )
        self._process = self._run([str(SERVER)], self.log_file.name)
        if not wait_until(lambda: not self.is_running or self._answers(), START_SECONDS):
            raise ServerStartError(server=self.name, reason="it did not answer in time.")
        if not self.is_running:
            raise ServerStartError(server=self.name, reason="it ended.", log=self.log_file)

    def _run(self, command: list[str], log_name: str) -> subprocess.Popen[bytes]:
        environ = {
            "PATH": f"{SERVER.parent}:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": f"tests{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        with open_log(self.folder / log_name) as log:
            return start_tethered(
                command,
                folder=self.folder,
                environ=environ,
                output=log,
                death_signal=signal.SIGTERM,
            )

    def _answers(self) -> bool:
        """Whether something speaks AMQP at the port."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"
        except OSError:
            return False


def _has_members(group: int) -> bool:
    """Whether a process group still has processes."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
