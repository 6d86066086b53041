"""The client programs whose version fits are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.databases.errors import ToolVersionError
from core.engines.postgresql.programs import choose_toolset


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, ...]:
    """Folders with programs that say to be of versions 96 and 98, one that fails, and others."""
    made = []
    for version in ("98.1", "96.2", "broken", "no number"):
        folder = tmp_path / version
        folder.mkdir()
        for name in ("pg_dump", "pg_restore", "psql"):
            script = folder / name
            ending = "exit 1" if version == "broken" else f"echo '{name} (PostgreSQL) {version}'"
            script.write_text(f"#!/bin/sh\n{ending}\n")
            script.chmod(0o755)
        made.append(folder)
    return (tmp_path / "absent", *made)


@pytest.mark.parametrize(("lowest", "version"), [(96, "96.2"), (97, "98.1"), (98, "98.1")])
def test_the_lowest_version_that_is_high_enough_is_chosen(
    folders: tuple[Path, ...], lowest: int, version: str
) -> None:
    """The exact one where it is there, else the next newer."""
    chosen = choose_toolset(folders, server_version="x", lowest=lowest, needs="pg_dump")
    assert chosen.version == version
    assert Path(chosen.program("psql")).parent.name == version


def test_missing_programs_are_named_with_the_versions_found(folders: tuple[Path, ...]) -> None:
    """So that one knows what to install."""
    with pytest.raises(ToolVersionError, match=r"pg_dump.*99\.5.*98\.1, 96\.2"):
        choose_toolset(folders, server_version="99.5", lowest=99, needs="pg_dump")
