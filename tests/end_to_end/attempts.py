"""Attempts at jobs in processes of their own, held at a place until they are killed or released."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import IO

from tests.end_to_end.attempting import RELEASE
from tests.end_to_end.holding import Place
from tests.end_to_end.stack import ROOT, Stack

PATIENT_LEASE = {"LEASE_SECONDS": "120"}
"""A busy machine starts many attempts slowly, and none of them shall give up before it is held."""

EVENT_SECONDS = 120.0
"""How long an attempt may take to get to its place, or to its end."""

REST_SECONDS = 1.5
"""Rest after a release, in which an attempt hears of whatever was asked of its job meanwhile."""


class Attempt:
    """One attempt at one job."""

    def __init__(self, job_id: str, place: Place) -> None:
        self.job_id = job_id
        """The job."""
        self.place = place
        """Where it is held."""
        self.process_id = 0
        """The process that makes it, once it has said something."""
        self.events: Queue[str] = Queue()
        """What it said and nobody has heard yet."""
        self.is_over = False
        """Whether its process has ended."""

    def wait_until_held(self) -> None:
        """Wait until it is held; fail when it ends without getting there."""
        self._expect("held")

    def wait_until_ended(self) -> None:
        """Wait until it has ended by itself."""
        self._expect("ended")

    def kill(self) -> None:
        """Kill its process without warning."""
        self.is_over = True
        os.kill(self.process_id, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop its process as a paused machine would: it proves life no more."""
        os.kill(self.process_id, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on; it is still held."""
        os.kill(self.process_id, signal.SIGCONT)

    def release(self) -> None:
        """Let it go on from where it is held."""
        os.kill(self.process_id, RELEASE)

    def _expect(self, event: str) -> None:
        try:
            said = self.events.get(timeout=EVENT_SECONDS)
        except Empty:
            said = "nothing"
        assert said == event, f"{self.place}: the attempt said {said}, not {event}"


class Attempts:
    """Makes attempts; use `making_attempts`."""

    def __init__(self, commands: IO[bytes]) -> None:
        self._commands = commands
        self._made: list[Attempt] = []

    def make(self, job_id: str, place: Place, *, rest_seconds: float = REST_SECONDS) -> Attempt:
        """Begin an attempt at a job that is held at a place."""
        attempt = Attempt(job_id, place)
        command = {
            "number": len(self._made),
            "job": job_id,
            "moment": place.moment.value,
            "step": place.step,
            "rest": rest_seconds,
        }
        self._made.append(attempt)
        self._commands.write(json.dumps(command).encode() + b"\n")
        self._commands.flush()
        return attempt

    def kill_all(self) -> None:
        """Kill whatever a test has left."""
        for attempt in self._made:
            if attempt.process_id and not attempt.is_over:
                attempt.kill()

    def hear(self, events: IO[bytes]) -> None:
        """Pass on what attempts say until there is nobody left to say anything."""
        for line in events:
            event = json.loads(line)
            attempt = self._made[event["number"]]
            attempt.process_id = event["pid"]
            attempt.is_over = event["event"] == "ended"
            attempt.events.put(event["event"])


@contextmanager
def making_attempts(stack: Stack) -> Iterator[Attempts]:
    """Start the process that makes attempts with a stack's settings; end it with all of them."""
    stack.log_file("attempts").parent.mkdir(parents=True, exist_ok=True)
    with (
        stack.log_file("attempts").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.attempting"],
            cwd=ROOT,
            env=stack.environ | PATIENT_LEASE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        attempts = Attempts(process.stdin)
        listener = threading.Thread(target=attempts.hear, args=(process.stdout,), daemon=True)
        listener.start()
        try:
            yield attempts
        finally:
            process.kill()
            listener.join()
