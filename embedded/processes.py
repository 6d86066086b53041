"""Child processes: started so that none outlives us, stopped gently and then firmly.

On Linux the kernel itself stops a child whose launcher vanished (PR_SET_PDEATHSIG); elsewhere the
next start finds what was left.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from embedded.accounts import Account

PR_SET_PDEATHSIG = 1
"""Source: prctl(2), linux/prctl.h."""

POLL_SECONDS = 0.02

OWNER_ONLY_MASK = 0o077
"""What children leave behind, logs and backups above all, is for our account alone."""

PROC = Path("/proc")
"""Processes as Linux shows them; macOS has no such folder."""


def start_tethered(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    output: int | IO[bytes] | None,
    death_signal: signal.Signals,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that gets a signal when this thread's process dies.

    Args:
        command: program and arguments.
        folder: working folder of the child.
        environ: its whole environment.
        output: where its standard output and error go, as `subprocess.Popen` takes it.
        death_signal: what the kernel sends it when we vanish (Linux only).
        account: whom to run it as; ourselves if absent.
    """
    return subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_tether(death_signal),  # noqa: PLW1509 - it only calls prctl, loaded before
        user=None if account is None else account.user_id,
        group=None if account is None else account.group_id,
        extra_groups=None if account is None else [],
        umask=OWNER_ONLY_MASK,
    )


def stop(
    process: subprocess.Popen[bytes],
    steps: Sequence[tuple[signal.Signals, float]],
    *,
    whole_group: bool = False,
) -> None:
    """Send signals one after the other, each with a time to obey, until the child has ended.

    Args:
        process: the child.
        steps: signal and seconds to wait after it; SIGKILL follows when all have passed.
        whole_group: send to the child's whole process group.
    """
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            break
        send = os.killpg if whole_group else os.kill
        try:
            send(process.pid, number)
            process.wait(seconds)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            continue


def is_alive(pid: int) -> bool:
    """Whether a process with this number runs (a zombie does not)."""
    if PROC.exists():
        try:
            stat = (PROC / str(pid) / "stat").read_text()
            return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}
        except (OSError, IndexError):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process's working folder (or, off Linux, its command line) is the folder's."""
    if PROC.exists():
        try:
            return (PROC / str(pid) / "cwd").readlink().resolve() == folder.resolve()
        except OSError:
            return False
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return str(folder) in shown.stdout


def wait_until(is_done: Callable[[], bool], seconds: float) -> bool:
    """Poll until the claim is true or the seconds have passed; return whether it is."""
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _tether(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what the child does between fork and exec, None where the kernel cannot help."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    launcher = os.getpid()
    number = int(death_signal)

    def tether() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != launcher:
            os._exit(1)

    return tether
