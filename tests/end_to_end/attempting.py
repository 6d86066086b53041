"""A process that forks a child for every attempt it is told to make, held at a place.

Forking from a process that has imported everything makes an attempt cost milliseconds. Commands
come as JSON lines on standard input, and what happens goes as JSON lines to standard output.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import sys
import time
from typing import Any

from core.bootstrap import build
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobId, JobKind
from core.jobs.running import Runner
from core.schemas.store import Store
from core.settings import Settings, load_settings
from embedded.processes import PR_SET_PDEATHSIG
from tests.end_to_end.holding import HeldRunner, Moment, Place
from tests.end_to_end.stack import SilentAnnouncer

RELEASE = signal.SIGUSR1
"""Lets a held attempt go on."""


def main() -> None:
    """Fork a child for each command until there are no more."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for line in sys.stdin:
        while _reaped():
            pass
        if os.fork() == 0:
            prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            attempt(json.loads(line), settings)
            return


def attempt(command: dict[str, Any], settings: Settings) -> None:
    """Make one attempt of a job, held where the command says."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {RELEASE})
    place = Place(moment=Moment(command["moment"]), step=command["step"])
    application = build(settings, announcer=SilentAnnouncer())

    def hold() -> None:
        tell(command, "held")
        signal.sigwait({RELEASE})
        time.sleep(command["rest"])

    runners: dict[JobKind, Runner[Store]] = {
        kind: HeldRunner(runner, place, hold) for kind, runner in application.runners.items()
    }
    if place.moment is Moment.UNCLAIMED:
        tell(command, "held")
        signal.sigwait({RELEASE})
    execute(
        JobId(command["job"]),
        open_store=application.open_store,
        runners=runners,
        clock=application.clock,
        announcer=application.announcer,
        limits=Limits(
            heartbeat_seconds=settings.heartbeat_seconds,
            lease_seconds=settings.lease_seconds,
            retry_base_seconds=settings.retry_base_seconds,
        ),
    )
    application.close()
    tell(command, "ended")


def tell(command: dict[str, Any], event: str) -> None:
    """Write one line at once; short lines of many writers do not mix."""
    line = json.dumps({"number": command["number"], "event": event, "pid": os.getpid()})
    os.write(1, f"{line}\n".encode())


def _reaped() -> bool:
    try:
        pid, _ = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return pid != 0


if __name__ == "__main__":
    main()
