"""What the embedded servers have in common: one process of ours, started and stopped here."""

from __future__ import annotations

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from embedded.errors import ServerStartError
from embedded.processes import stop


class EmbeddedServer(ABC):
    """A server in a folder of ours that listens on loopback."""

    name: ClassVar[str]
    """What it is, for people."""
    stop_steps: ClassVar[Sequence[tuple[signal.Signals, float]]]
    """Signals that stop it, each with the seconds it gets to obey."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Describe a server without starting it.

        Args:
            folder: where everything of it is kept; made if absent.
            port: the port to use; the last one or a free one if absent.
        """
        self.folder = folder.absolute()
        self.port = 0
        self.notes: list[str] = []
        """What the user should know, such as that another folder had to be used."""
        self._wanted_port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """The running server's process id.

        Raises:
            ServerStartError: if it was not started.
        """
        if self._process is None:
            raise ServerStartError(server=self.name, reason="it was never started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether our server process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log_file(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder / f"{self.name.lower()}.log"

    def start(self) -> Self:
        """Start the server, clearing first what a killed launcher left of it.

        However this fails, no server is left running.

        Raises:
            ServerStartError: if it does not come up.
            ForeignServerError: if a former server of this folder cannot be stopped.
            PortTakenError: if the port asked for is in use.
            FolderUnreachableError: if the account that must run it cannot reach any folder.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def revive(self) -> bool:
        """Start the server again where it was, if it has ended by itself.

        Returns:
            Whether it had.

        Raises:
            ServerStartError: if it does not come up.
            PortTakenError: if somebody has taken its port, which others remember.
        """
        if self._process is None or self.is_running:
            return False
        wanted, self._wanted_port = self._wanted_port, self.port
        try:
            self.start()
        finally:
            self._wanted_port = wanted
        return True

    def stop(self) -> None:
        """Stop the server; nothing that was promised to be kept is lost."""
        if self._process is not None:
            stop(self._process, self.stop_steps)
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

    @abstractmethod
    def _start(self) -> None:
        """Start the server and return once it answers."""
