"""Changing the file of the keys that encrypt what is stored, while others read it.

Each change replaces the file in one go, under a lock, so that a reader sees the old or the new one.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConflictError, NotFoundError
from core.secrets import OWNER_ONLY, make_key_file, new_key, read_keys, write_draft

_VERSION = re.compile(r"^v([0-9]+)$")


class KeyVersionUnknownError(NotFoundError):
    """The key file has no such version."""

    code = "KEY_VERSION_UNKNOWN"

    def __init__(self, *, version: str) -> None:
        super().__init__(
            f"The secret key file has no version {version}.",
            hint="`flask secrets status` lists those there are.",
        )


class KeyInUseError(ConflictError):
    """A key that is needed was to be removed."""

    code = "KEY_IN_USE"

    def __init__(self, *, version: str, reason: str) -> None:
        super().__init__(
            f"The key {version} is needed: {reason}.",
            hint="`flask secrets reencrypt` encrypts what is stored with the newest key; files of"
            " the archive keep their key until retention removes them; for what is being written,"
            " wait until it is there.",
        )


class KeyFilePresentError(ConflictError):
    """A key file was to be made where there is one."""

    code = "KEY_FILE_PRESENT"

    def __init__(self, *, key_file: Path) -> None:
        super().__init__(
            f"The secret key file {key_file} is there already.",
            hint="`flask secrets rotate` replaces its key.",
        )


def start_key_file(key_file: Path, *, known: Iterable[str]) -> str:
    """Make the file with a key whose version is none of the known ones; return the version.

    Raises:
        KeyFilePresentError: there is a file.
    """
    version = _next_version(known)
    if not make_key_file(key_file, version=version):
        raise KeyFilePresentError(key_file=key_file)
    return version


def add_key(key_file: Path) -> str:
    """Add a new key without using it: from now on it can be read with; return its version."""
    with _changing(key_file) as keys:
        version = _next_version(keys)
        # The last one is in use, so this one goes to the front.
        present = dict(keys)
        keys.clear()
        keys.update({version: new_key()} | present)
    return version


def use_key(key_file: Path, version: str) -> None:
    """Encrypt with this key from now on.

    Raises:
        KeyVersionUnknownError: there is no such key.
    """
    with _changing(key_file) as keys:
        if version not in keys:
            raise KeyVersionUnknownError(version=version)
        keys[version] = keys.pop(version)


def forget_key(key_file: Path, version: str) -> None:
    """Remove a key; what was encrypted with it can never be read again.

    Raises:
        KeyVersionUnknownError: there is no such key.
        KeyInUseError: it is the one in use.
    """
    with _changing(key_file) as keys:
        if version not in keys:
            raise KeyVersionUnknownError(version=version)
        if next(reversed(keys)) == version:
            raise KeyInUseError(version=version, reason="new secrets are encrypted with it")
        del keys[version]


def _next_version(known: Iterable[str]) -> str:
    numbers = [int(match[1]) for match in map(_VERSION.match, known) if match]
    return f"v{max(numbers, default=0) + 1}"


@contextmanager
def _changing(key_file: Path) -> Iterator[dict[str, str]]:
    """Hand out the keys, and put what they are afterwards in the place of the file."""
    lock = os.open(key_file.with_name(f".{key_file.name}.lock"), os.O_CREAT | os.O_RDWR, OWNER_ONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read_keys(key_file)
        yield keys
        state = key_file.stat()
        draft = write_draft(key_file, keys)
        try:
            if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(draft, state.st_uid, state.st_gid)
            draft.chmod(state.st_mode & 0o777)
            draft.replace(key_file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(key_file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        os.close(lock)
