"""The processes of the Procfile: started together, watched, and stopped without an orphan."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from honcho.environ import parse_procfile

from embedded.console import Console
from embedded.files import open_log
from embedded.processes import start_tethered, wait_until

STOP_SECONDS = 40.0
"""Time to finish what is being done after SIGTERM; SIGKILL follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that ended by itself."""

    name: str
    """Its name in the Procfile."""
    status: int
    """Its exit status; the negative number of a signal that ended it."""

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        if self.status < 0:
            return f"{self.name} was ended by {signal.Signals(-self.status).name}"
        return f"{self.name} ended with exit status {self.status}"


class Supervisor:
    """Runs named commands, each in a session of its own."""

    def __init__(
        self,
        *,
        folder: Path,
        environ: Mapping[str, str],
        console: Console,
        log_folder: Path | None,
    ) -> None:
        """Describe the surroundings of the processes.

        Args:
            folder: their working folder.
            environ: their environment.
            console: gets their output, each line with the name in front.
            log_folder: gets their output instead, one file for each.
        """
        self._folder = folder
        self._environ = dict(environ)
        self._console = console
        self._log_folder = log_folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def process_ids(self) -> dict[str, int]:
        """The processes' ids by name."""
        return {name: process.pid for name, process in self._processes.items()}

    def log_file(self, name: str) -> Path | None:
        """Return where a process's output goes, None if it goes to the console."""
        return None if self._log_folder is None else self._log_folder / f"{name}.log"

    def start(self, commands: Mapping[str, str]) -> None:
        """Start commands, written for a shell, by their names."""
        for name, command in commands.items():
            file = self.log_file(name)
            with contextlib.ExitStack() as stack:
                output: int | IO[bytes] = subprocess.PIPE
                if file is not None:
                    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    output = stack.enter_context(open_log(file, is_new=True))
                process = start_tethered(
                    ["/bin/sh", "-c", f"exec {command}"],
                    folder=self._folder,
                    environ=self._environ,
                    output=output,
                    death_signal=signal.SIGTERM,
                )
            self._processes[name] = process
            if process.stdout is not None:
                threading.Thread(
                    target=self._pass_on, args=(name, process.stdout), daemon=True
                ).start()

    def ended(self) -> Ended | None:
        """Return the first process found to have ended by itself, None if all run."""
        for name, process in self._processes.items():
            status = process.poll()
            if status is not None:
                return Ended(name=name, status=status)
        return None

    def stop(self, names: Iterable[str] | None = None) -> None:
        """Stop processes together, all if no names are given, and whatever they left behind.

        Each gets SIGTERM and time to finish; then its whole group is killed.
        """
        chosen = list(self._processes if names is None else names)
        stopping = {name: self._processes.pop(name) for name in chosen if name in self._processes}
        for process in stopping.values():
            if process.poll() is None:
                process.terminate()
        wait_until(
            lambda: all(process.poll() is not None for process in stopping.values()), STOP_SECONDS
        )
        for name, process in stopping.items():
            if process.poll() is None:
                self._console.warn(f"{name} did not stop in {STOP_SECONDS:.0f} s and was killed.")
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _pass_on(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._console.output_of(name, line.decode(errors="replace").rstrip())


def read_procfile(file: Path) -> dict[str, str]:
    """Return the commands of a Procfile by name."""
    return dict(parse_procfile(file.read_text()).processes)


def child_path(path: str) -> str:
    """Return the search path of a child: our own virtual environment's programs come first."""
    own = str(Path(sys.executable).parent)
    return own if not path else f"{own}{os.pathsep}{path}"
