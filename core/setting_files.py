"""Settings that may hold a secret can be given as the name of a file that has the value.

So a secret need not stand in the environment, where child processes and tools that list it see
it: orchestrators mount secrets as files. `NAME_FILE` names the file for `NAME`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SUFFIX = "_FILE"
"""What the name of the variable ends with that names a file."""

IN_FILES = (
    "DATABASE_URL",
    "REDIS_URL",
    "BROKER_URL",
    "LIMITS_REDIS_URL",
    "SERVERS",
    "ARCHIVE_URL",
    "ARCHIVE_ACCESS_KEY_ID",
    "ARCHIVE_SECRET_ACCESS_KEY",
    "METRICS_TOKEN",
)
"""Settings that may be given so. SECRET_KEY_FILE and OIDC_PUBLIC_KEY_FILE are files anyway."""

LONGEST_FILE_BYTES = 64 * 1024
"""Size of the largest file that is taken for a setting."""


def given_names(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names of settings that somebody gave, be it as a value or as a file."""
    in_files = {name for name in IN_FILES if environ.get(f"{name}{SUFFIX}", "").strip()}
    return frozenset(environ) | in_files


def with_files(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the variables with the contents of files in their place, and what is wrong with them.

    A problem never repeats what stands in a file.
    """
    found = dict(environ)
    problems = []
    for name in IN_FILES:
        variable = f"{name}{SUFFIX}"
        file = found.pop(variable, "").strip()
        if not file:
            continue
        if found.get(name, "").strip():
            problems.append(f"{name} and {variable} are both set: one of them must go")
            continue
        text, problem = _content(Path(file).expanduser())
        if problem:
            problems.append(f"{variable} {problem}")
        else:
            # A list may have a line for each of its parts.
            found[name] = ",".join(text.split()) if name == "SERVERS" else text
    return found, tuple(problems)


def _content(file: Path) -> tuple[str, str]:
    """Return what stands in a file, and what is wrong with it, one of them empty."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(LONGEST_FILE_BYTES + 1)
        text = octets.decode().strip()
    except OSError as error:
        return "", f"names {file}, which cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError:
        return "", f"names {file}, which is no text"
    if len(octets) > LONGEST_FILE_BYTES:
        return "", f"names {file}, which is far too long for a setting"
    if not text:
        return "", f"names {file}, which is empty"
    if "\0" in text:
        return "", f"names {file}, which is no text"
    return text, ""
