"""Watching the source for changes and restarting on each, for `make dev`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.errors import SchemaBuilderError
from embedded.console import Console

SUFFIXES = frozenset({".py", ".html", ".css", ".js", ".json"})
"""Source, templates and what pages are made of."""


class Restartable(Protocol):
    """What is restarted when its source changes."""

    def check(self) -> None:
        """Raise if one of its processes has ended by itself."""

    def restart_processes(self) -> None:
        """Stop what runs and start it with the present source."""


class SourceWatch:
    """Remembers when source files were changed."""

    def __init__(self, root: Path, packages: Sequence[str]) -> None:
        self._folders = tuple(root / name for name in packages)
        self._seen = self._times()

    def has_changed(self) -> bool:
        """Whether a file came, went or was written since the last question."""
        times = self._times()
        changed = times != self._seen
        self._seen = times
        return changed

    def _times(self) -> dict[Path, int]:
        times = {}
        for folder in self._folders:
            for file in folder.rglob("*"):
                if file.suffix not in SUFFIXES:
                    continue
                try:
                    times[file] = file.stat().st_mtime_ns
                except FileNotFoundError:
                    continue
        return times


class Reloader:
    """Restarts what runs our code on each change; source that does not run is waited out."""

    def __init__(self, stack: Restartable, watch: SourceWatch, console: Console) -> None:
        self._stack = stack
        self._watch = watch
        self._console = console
        self._has_failed = False

    def look(self) -> None:
        """Look once: restart after a change, report processes that ended."""
        try:
            if self._watch.has_changed():
                self._console.heading("The code has changed: restarting")
                self._has_failed = False
                self._stack.restart_processes()
                self._console.done("restarted")
            elif not self._has_failed:
                self._stack.check()
        except (SchemaBuilderError, OSError) as error:
            self._has_failed = True
            self._console.fail(str(error))
            self._console.note("Waiting for the next change.")
