"""Watching the source for changes, for `make dev`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SourceWatch:
    """Remembers when Python files were changed."""

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
            for file in folder.rglob("*.py"):
                try:
                    times[file] = file.stat().st_mtime_ns
                except FileNotFoundError:
                    continue
        return times
