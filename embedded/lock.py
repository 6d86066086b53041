"""The lock on a data folder: one launcher at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.errors import FolderInUseError, FolderUnusableError

LOCK_FILE = "launcher.lock"


class FolderLock:
    """Holds a data folder for this process; the kernel lets go when the process ends, however."""

    def __init__(self, folder: Path) -> None:
        """Describe the lock without taking it.

        Args:
            folder: the data folder; made if absent.
        """
        self._folder = folder
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            FolderInUseError: if another launcher holds it.
            FolderUnusableError: if the folder cannot be made or written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise FolderInUseError(folder=self._folder, pid=holder) from error
        except OSError as error:
            os.close(descriptor)
            raise self._unusable(error) from error
        self._descriptor = descriptor
        return self

    def _unusable(self, error: OSError) -> FolderUnusableError:
        return FolderUnusableError(folder=self._folder, reason=error.strerror or str(error))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
