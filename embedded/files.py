"""Files for their owner's eyes only: written whole or not at all, and logs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

OWNER_ONLY = 0o600


def read_or_make(file: Path, make: Callable[[], str]) -> str:
    """Return what the file holds; if it is absent or empty, make and store it first."""
    stored = file.read_text() if file.exists() else ""
    if stored.strip():
        return stored
    text = make()
    write_private(file, text)
    return text


def write_private(file: Path, text: str) -> None:
    """Replace the file in one step, so that a kill leaves the old one or the new one."""
    draft = file.with_name(f"{file.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.rename(file)


def open_log(file: Path, *, is_new: bool = False) -> IO[bytes]:
    """Open a log to write at its end; nobody else can read it, whatever made it before.

    Args:
        file: the log.
        is_new: whether what it held is dropped.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if is_new else 0)
    descriptor = os.open(file, flags, OWNER_ONLY)
    os.fchmod(descriptor, OWNER_ONLY)
    return os.fdopen(descriptor, "ab")
