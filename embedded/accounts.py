"""The account that embedded servers run under when we are root; PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

PREFERRED_ACCOUNTS = ("nobody", "daemon")
"""Existing accounts to use, the first there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    """Its name."""
    user_id: int
    """Its number."""
    group_id: int
    """Its group's number."""

    def can_reach(self, path: Path) -> bool:
        """Whether the account can walk to the path and read and run it."""
        return self._tests('test -r "$1" && test -x "$1"', path)

    def can_enter(self, path: Path) -> bool:
        """Whether the account can walk through the folder."""
        return self._tests('test -x "$1"', path)

    def _tests(self, condition: str, path: Path) -> bool:
        result = subprocess.run(
            ["/bin/sh", "-c", condition, "sh", str(path)],
            check=False,
            cwd="/",
            user=self.user_id,
            group=self.group_id,
            extra_groups=[],
        )
        return result.returncode == 0

    def own(self, path: Path) -> None:
        """Give the path, and what is in it, to the account."""
        os.chown(path, self.user_id, self.group_id)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.user_id, self.group_id, follow_symlinks=False)


def unprivileged_account() -> Account | None:
    """Return the account to run servers under, None if we may run them ourselves."""
    if os.geteuid() != 0:
        return None
    for name in PREFERRED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, user_id=entry.pw_uid, group_id=entry.pw_gid)
    entry = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    return Account(name=entry.pw_name, user_id=entry.pw_uid, group_id=entry.pw_gid)
