"""Files with passwords, and logs."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from embedded.files import open_log, read_or_make, write_private


def _never() -> str:
    """Stand for a password that must not be made."""
    raise AssertionError("made anew")


def _mode(file: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(file.stat().st_mode)


def test_what_was_made_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    """A second start finds the same password."""
    file = tmp_path / "password"
    assert read_or_make(file, lambda: "secret") == "secret"
    assert read_or_make(file, _never) == "secret"
    assert _mode(file) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["password"]


@pytest.mark.parametrize("leftover", ["password", "password.draft"])
def test_a_kill_while_writing_is_no_obstacle(tmp_path: Path, leftover: str) -> None:
    """Neither an empty file nor a half-written draft counts as a password."""
    (tmp_path / leftover).write_text("" if leftover == "password" else "sec")
    assert read_or_make(tmp_path / "password", lambda: "secret") == "secret"
    assert (tmp_path / "password").read_text() == "secret"


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    """The new one is closed to them."""
    file = tmp_path / "addresses"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert (file.read_text(), _mode(file)) == ("new", 0o600)


def test_logs_are_for_their_owner_only(tmp_path: Path) -> None:
    """Neither the umask nor a log of before opens them."""
    (tmp_path / "old.log").write_text("before\n")
    (tmp_path / "old.log").chmod(0o644)
    before = os.umask(0)
    try:
        for name in ("new.log", "old.log"):
            with open_log(tmp_path / name) as log:
                log.write(b"after\n")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "new.log") == _mode(tmp_path / "old.log") == 0o600
    assert (tmp_path / "old.log").read_text() == "before\nafter\n"
    with open_log(tmp_path / "old.log", is_new=True):
        pass
    assert not (tmp_path / "old.log").read_text()
