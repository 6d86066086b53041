"""Processes started together are stopped together."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from embedded.console import Console
from embedded.processes import is_alive, wait_until
from embedded.supervision import Ended, Supervisor, child_path, read_procfile

ROOT = Path(__file__).resolve().parents[3]
ENVIRON = {"PATH": "/usr/bin:/bin"}
PARENT_OF_TWO = "sh -c 'sleep 600 & sleep 600 & echo $!; wait'"

LAUNCHER = """
import sys, time
from pathlib import Path
from embedded.console import Console
from embedded.supervision import Supervisor
supervisor = Supervisor(folder=Path("/"), environ={"PATH": "/usr/bin:/bin"}, console=Console(),
                        log_folder=Path(sys.argv[1]))
supervisor.start({"one": "sleep 600", "two": "sleep 600"})
print(*supervisor.process_ids.values(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def output() -> io.StringIO:
    """What the console was told."""
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, output: io.StringIO) -> Iterator[Supervisor]:
    """A supervisor whose processes write to the console."""
    supervisor = Supervisor(
        folder=tmp_path,
        environ=ENVIRON,
        console=Console(RichConsole(file=output, width=200)),
        log_folder=None,
    )
    yield supervisor
    supervisor.stop()


def test_output_is_passed_on_with_the_name_in_front(
    supervisor: Supervisor, output: io.StringIO
) -> None:
    """One sees who said what."""
    supervisor.start({"speaker": "echo hello"})
    assert wait_until(lambda: "speaker  | hello" in output.getvalue(), 10)


def test_a_process_that_ends_is_reported(supervisor: Supervisor) -> None:
    """Its name and exit status are known."""
    supervisor.start({"good": "sleep 600", "bad": "sh -c 'exit 3'"})
    assert wait_until(lambda: supervisor.ended() is not None, 10)
    assert supervisor.ended() == Ended(name="bad", status=3)


def test_the_sentence_names_a_signal() -> None:
    """Numbers of signals mean nothing to people."""
    assert Ended(name="web", status=-9).sentence == "web was ended by SIGKILL"
    assert Ended(name="web", status=2).sentence == "web ended with exit status 2"


def test_stopping_leaves_no_grandchild(supervisor: Supervisor, output: io.StringIO) -> None:
    """What a process started goes with it."""
    supervisor.start({"family": PARENT_OF_TWO})
    assert wait_until(lambda: "|" in output.getvalue(), 10)
    grandchild = int(output.getvalue().rpartition("| ")[2])
    assert is_alive(grandchild)
    supervisor.stop()
    assert wait_until(lambda: not is_alive(grandchild), 5)


def test_some_can_be_stopped_and_the_others_kept(supervisor: Supervisor) -> None:
    """Restarting on a change spares what need not restart."""
    supervisor.start({"one": "sleep 600", "two": "sleep 600"})
    before = supervisor.process_ids
    supervisor.stop(["one"])
    assert supervisor.process_ids == {"two": before["two"]}
    assert not is_alive(before["one"])
    assert is_alive(before["two"])


def test_log_files_take_the_output_instead(tmp_path: Path) -> None:
    """The demonstration's screen stays readable."""
    supervisor = Supervisor(
        folder=tmp_path, environ=ENVIRON, console=Console(), log_folder=tmp_path / "logs"
    )
    supervisor.start({"speaker": "echo hello"})
    assert wait_until(lambda: supervisor.ended() is not None, 10)
    supervisor.stop()
    file = supervisor.log_file("speaker")
    assert file is not None
    assert file.read_text() == "hello\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties children to their parent")
def test_killing_the_launcher_ends_its_processes(tmp_path: Path) -> None:
    """Even SIGKILL leaves no orphan."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert launcher.stdout is not None
    pids = [int(word) for word in launcher.stdout.readline().split()]
    assert len(pids) == 2
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids), 10)


def test_the_procfile_names_the_five_processes() -> None:
    """Web, worker, schedule, beat and Flower are run."""
    commands = read_procfile(ROOT / "Procfile")
    assert list(commands) == ["web", "worker", "schedule", "beat", "flower"]
    assert "--read_only" in commands["flower"]
    assert "--address=127.0.0.1" in commands["flower"]


def test_our_own_programs_come_first_on_the_path() -> None:
    """Another celery on the machine is not started by mistake."""
    assert child_path("/usr/bin").startswith(str(Path(sys.executable).parent))
    assert child_path("") == str(Path(sys.executable).parent)
