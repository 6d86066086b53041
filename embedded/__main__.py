"""The launcher: `python -m embedded run`, `demo`, `dev` or `servers`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from core.errors import SchemaBuilderError
from core.settings import given_environment
from embedded.console import Console
from embedded.demo import demonstrate
from embedded.reloading import SourceWatch
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


class StopRequestedError(KeyboardInterrupt):
    """SIGTERM or SIGHUP: to be obeyed exactly as Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, meaning in COMMANDS.items():
        commands.add_parser(name, help=meaning, description=meaning)
    command = parser.parse_args(arguments).command
    signal.signal(signal.SIGTERM, _request_stop)
    signal.signal(signal.SIGHUP, _request_stop)
    console = Console()
    status = 0
    try:
        with Stack(given_environment(), console=console, has_log_files=command == "demo") as stack:
            try:
                _run(command, stack, console)
            except KeyboardInterrupt:
                status = INTERRUPTED if command == "demo" else 0
            finally:
                # A second Ctrl-C must not leave half of it running.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                console.heading("Stopping")
        console.done("everything has stopped")
    except SchemaBuilderError as error:
        console.fail(error.sentence)
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
    stack.start_processes()
    if command == "demo":
        demonstrate(stack, console)
        return
    _print_addresses(stack, console)
    watch = SourceWatch(ROOT, ("core", "web", "worker")) if command == "dev" else None
    while True:
        time.sleep(WATCH_SECONDS)
        stack.check()
        if watch is not None and watch.has_changed():
            console.heading("The code has changed: restarting")
            stack.restart_processes()


def _print_addresses(stack: Stack, console: Console) -> None:
    console.heading("Schema Builder is running. Ctrl-C stops all of it.")
    console.note(f"API     {stack.address}/api/v1")
    console.note(f"Docs    {stack.address}/docs")
    console.note(f"Flower  http://127.0.0.1:{stack.settings.flower_port}")
    console.note(f"Data    {stack.settings.data_dir}")


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    raise StopRequestedError


if __name__ == "__main__":
    sys.exit(main())
