"""Running servers of other major versions, each started when a test first asks for it."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.accounts import unprivileged_account
from embedded.postgresql import EmbeddedPostgresql
from tests.majors.archives import ARCHIVES, BIN


class MajorServers:
    """Servers by major version, quick rather than durable, stopped together at the end."""

    def __init__(self, folder: Path, settings: tuple[str, ...]) -> None:
        """Say where clusters are kept, and with which settings they run."""
        self._folder = folder
        self._settings = settings
        self._stack = ExitStack()
        self._running: dict[int, EmbeddedPostgresql] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def server(self, major: int) -> EmbeddedPostgresql:
        """Return the server of a major version, which was fetched before."""
        if major not in self._running:
            server = EmbeddedPostgresql(
                self._folder / f"postgresql-{major}",
                bin_dirs=(self._programs(major),),
                is_durable=False,
                settings=self._settings,
            )
            self._running[major] = self._stack.enter_context(server)
        return self._running[major]

    def _programs(self, major: int) -> Path:
        """Return where the programs are, in a copy if the checkout is closed to their account."""
        archive = ARCHIVES[major]
        account = unprivileged_account()
        if account is None or account.can_reach(archive.bin_dir / "postgres"):
            return archive.bin_dir
        copy = self._folder / f"programs-{major}"
        shutil.copytree(archive.bin_dir.parents[len(BIN.parts) - 1], copy, symlinks=True)
        return copy / BIN
