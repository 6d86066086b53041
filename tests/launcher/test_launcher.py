"""`python -m embedded` as people and machines run it: real processes, real signals."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.settings import given_environment
from embedded.ports import free_port
from embedded.processes import is_alive, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.xdist_group("launcher")]

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 60.0


class Launched:
    """One launcher with everything it started."""

    def __init__(
        self, data_dir: Path, command: str = "run", *, log_name: str = "first", **settings: str
    ) -> None:
        self.data_dir = data_dir
        replaced = {"DATABASE_URL", "REDIS_URL", "SERVERS", "HOST"}
        kept = {key: text for key, text in given_environment().items() if key not in replaced}
        self.port = int(settings.get("PORT", free_port()))
        ports = {"PORT": str(self.port), "FLOWER_PORT": str(free_port())}
        self.log_file = data_dir.parent / f"{log_name}.out"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded", command],
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

    def wait_until_running(self) -> None:
        """Wait until it has printed its addresses."""
        came_up = wait_until(
            lambda: "is running" in self.said or self.process.poll() is not None, START_SECONDS
        )
        assert came_up, self.said
        assert self.process.poll() is None, self.said

    def health(self) -> Any:  # noqa: ANN401 - JSON
        """Return what the API says about itself."""
        address = f"http://127.0.0.1:{self.port}/api/v1/health"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return json.load(answer)

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


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that the unprivileged account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="schema-builder-launcher-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def launched(data_dir: Path) -> Iterator[Launched]:
    """A launcher that has come up."""
    launched = Launched(data_dir)
    try:
        launched.wait_until_running()
        yield launched
    finally:
        launched.end()


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Launched]:
    """A launcher that has come up, for tests that leave it alone."""
    folder = Path(tempfile.mkdtemp(prefix="schema-builder-launcher-"))
    folder.chmod(0o711)
    launched = Launched(folder / "data")
    try:
        launched.wait_until_running()
        yield launched
    finally:
        launched.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_signal_stops_all_of_it(launched: Launched, number: signal.Signals) -> None:
    """No process is left, and it ends as one that was asked to."""
    assert launched.health()
    family = launched.family()
    assert len(family) >= 7
    launched.process.send_signal(number)
    assert launched.process.wait(STOP_SECONDS) == 0, launched.said
    assert wait_until(lambda: not any(is_alive(process.pid) for process in family), 5)
    assert "everything has stopped" in launched.said


def test_killing_the_launcher_leaves_nothing_and_the_next_start_works(
    launched: Launched, data_dir: Path
) -> None:
    """The same port, the same data, and nobody cleans up by hand."""
    family = launched.family()
    launched.process.kill()
    launched.process.wait()
    again = Launched(data_dir)
    try:
        again.wait_until_running()
        assert again.health()
        assert wait_until(lambda: not any(is_alive(process.pid) for process in family), 60)
    finally:
        again.end()


def test_a_process_that_dies_takes_everything_with_it_and_is_named(launched: Launched) -> None:
    """Half a product is worse than none, and the reason is plain."""
    family = launched.family()
    beat = next(process for process in family if "beat" in process.cmdline())
    beat.kill()
    assert launched.process.wait(STOP_SECONDS) == 1
    assert "beat was ended by SIGKILL" in launched.said
    assert wait_until(lambda: not any(is_alive(process.pid) for process in family), 5)


def test_a_second_launcher_on_the_folder_is_refused(neighbour: Launched) -> None:
    """It names the first and leaves it alone."""
    second = Launched(neighbour.data_dir, log_name="second")
    assert second.process.wait(START_SECONDS) == 1
    assert f"process {neighbour.process.pid}" in second.said
    assert neighbour.health()


def test_two_folders_run_side_by_side(neighbour: Launched, launched: Launched) -> None:
    """Two checkouts do not meet."""
    assert launched.health()
    assert neighbour.health()


def test_a_port_that_somebody_set_must_be_free(neighbour: Launched, data_dir: Path) -> None:
    """The reason names the port and the setting."""
    other = Launched(data_dir, PORT=str(neighbour.port))
    assert other.process.wait(START_SECONDS) == 1
    assert f"Port {neighbour.port} for the API (PORT) is in use" in other.said


def test_settings_that_cannot_be_used_are_said_before_anything_starts(data_dir: Path) -> None:
    """An address others can reach is refused while there is no authentication."""
    launched = Launched(data_dir, HOST="0.0.0.0")
    assert launched.process.wait(START_SECONDS) == 1
    assert "TRUST_NETWORK" in launched.said
    assert not data_dir.exists()


def test_the_demonstration_goes_all_the_way_twice(data_dir: Path) -> None:
    """From a design to a proven backup, and again beside what is there."""
    for _ in range(2):
        launched = Launched(data_dir, "demo")
        try:
            assert launched.process.wait(2 * START_SECONDS) == 0, launched.said
        finally:
            launched.end()
        assert "came back equal" in launched.said
        assert "public.post_tags" in launched.said
        assert "everything has stopped" in launched.said
