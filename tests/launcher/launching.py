"""A launcher as a child process, with all that it started."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from core.settings import given_environment
from embedded.api import Api
from embedded.demo import FINAL_STATES
from embedded.ports import free_port
from embedded.processes import is_alive, wait_until

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "blog.json"
START_SECONDS = 120.0
STOP_SECONDS = 60.0


class Launched:
    """One launcher with everything it started."""

    def __init__(
        self,
        data_dir: Path,
        command: str = "run",
        *,
        log_name: str = "first",
        shell: str = 'exec "$@"',
        **settings: str,
    ) -> None:
        self.data_dir = data_dir
        replaced = {"DATABASE_URL", "REDIS_URL", "SERVERS", "HOST"}
        kept = {key: text for key, text in given_environment().items() if key not in replaced}
        self.port = int(settings.get("PORT", free_port()))
        ports = {"PORT": str(self.port), "FLOWER_PORT": str(free_port())}
        self.log_file = data_dir.parent / f"{log_name}.out"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", shell, "sh", sys.executable, "-m", "embedded", command],
                cwd=ROOT,
                env=kept | {"DATA_DIR": str(data_dir)} | ports | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.log_file.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return all processes below the launcher."""
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def api(self) -> Api:
        """Its API."""
        return Api(f"http://127.0.0.1:{self.port}")

    def wait_until_running(self, sign: str = "is running") -> None:
        """Wait until it has printed that it came up."""
        came_up = wait_until(
            lambda: sign in self.said or self.process.poll() is not None, START_SECONDS
        )
        assert came_up, self.said
        assert self.process.poll() is None, self.said

    def make_schema(self) -> str:
        """Post a design, wait until its database is there, and return the schema's id."""
        answer = self.api.post("/schemas", json.loads(EXAMPLE.read_text()))
        path = f"/jobs/{answer['job']['id']}"
        assert wait_until(lambda: self.api.get(path)["state"] in FINAL_STATES, 60)
        assert self.api.get(path)["state"] == "succeeded"
        return str(answer["id"])

    def end(self) -> None:
        """Stop it if it still runs; nothing of it stays."""
        family = self.family() if is_alive(self.process.pid) else []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for process in family:
            if process.is_running():
                process.kill()


@contextmanager
def new_data_dir() -> Iterator[Path]:
    """Make room for a data folder that the unprivileged account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="schema-builder-launcher-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


def all_end(family: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether all of these processes end within the seconds."""
    return wait_until(lambda: not any(is_alive(process.pid) for process in family), seconds)
