"""The launcher: `python -m embedded run`, `demo`, `dev` or `servers`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from core.errors import SchemaBuilderError
from core.settings import given_environment
from embedded.console import Console
from embedded.demo import demonstrate
from embedded.first_key import FILE_NAME, first_key
from embedded.reloading import Reloader, SourceWatch
from embedded.stack import ROOT, Stack

COMMANDS = {
    "run": "start everything and keep it running until Ctrl-C",
    "dev": "the same, restarting what runs our code when the code changes",
    "demo": "from a design to a proven backup, then stop everything",
    "servers": "start PostgreSQL and Redis only, and migrate the store",
}
WATCH_SECONDS = 0.5
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEAF_SECONDS = 10.0
"""Time for which a signal after the first one is not heard: it must not break off stopping."""


class StopRequestedError(KeyboardInterrupt):
    """SIGTERM or SIGHUP: to be obeyed exactly as Ctrl-C."""


class StopRequests:
    """Hears the signals that ask to stop."""

    def __init__(self) -> None:
        self._deaf_until = 0.0

    def hear(self) -> None:
        """Listen from now on, even where we were started deaf, as scripts start with `&`.

        A SIGHUP that is ignored stays so: `nohup` means it.
        """
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._request)

    def ignore(self) -> None:
        """Hear none of them any more."""
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now >= self._deaf_until:
            self._deaf_until = now + DEAF_SECONDS
            raise StopRequestedError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, meaning in COMMANDS.items():
        commands.add_parser(name, help=meaning, description=meaning)
    command = parser.parse_args(arguments).command
    requests = StopRequests()
    requests.hear()
    console = Console()
    status = 0
    try:
        with Stack(given_environment(), console=console, has_log_files=command == "demo") as stack:
            try:
                _run(command, stack, console)
            except KeyboardInterrupt:
                status = INTERRUPTED if command == "demo" else 0
            finally:
                # A second signal must not leave half of it running.
                requests.ignore()
                console.heading("Stopping")
        console.done("everything has stopped")
    except SchemaBuilderError as error:
        console.fail(error.sentence)
        return 1
    except (OSError, subprocess.SubprocessError) as error:
        # A full disk, a folder that vanished: a matter of the machine, not of the code.
        console.fail(f"The machine did not play along: {error}.")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _run(command: str, stack: Stack, console: Console) -> None:
    console.heading("Starting Schema Builder")
    stack.start_servers()
    stack.migrate()
    if command == "servers":
        console.note(f"Addresses with passwords: {stack.settings.data_dir / 'embedded.env'}")
        console.note("Ctrl-C stops them.")
        while True:
            time.sleep(WATCH_SECONDS)
            stack.check()
    key, is_new = first_key(stack.settings.data_dir, stack.settings.database_url)
    # Before the processes read it: what changes while they start would be missed otherwise.
    watch = SourceWatch(ROOT, ("core", "web", "worker"))
    stack.start_processes()
    if command == "demo":
        demonstrate(stack, console, key=key)
        return
    _print_addresses(stack, console)
    key_file = stack.settings.data_dir / FILE_NAME
    if is_new:
        console.note(f"API key {key} (an admin's, kept in {key_file})")
    else:
        console.note(f"API key in {key_file}")
    if stack.settings.authentication == "none":
        console.note("No request needs one, as AUTHENTICATION is none.")
    look = stack.check
    if command == "dev":
        look = Reloader(stack, watch, console).look
    while True:
        time.sleep(WATCH_SECONDS)
        look()


def _print_addresses(stack: Stack, console: Console) -> None:
    console.heading("Schema Builder is running. Ctrl-C stops all of it.")
    console.note(f"API     {stack.address}/api/v1")
    console.note(f"Docs    {stack.address}/docs")
    console.note(f"Flower  http://127.0.0.1:{stack.settings.flower_port}")
    console.note(f"Data    {stack.settings.data_dir}")


if __name__ == "__main__":
    sys.exit(main())
