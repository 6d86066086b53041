"""Changing the key file while others read it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.key_file import (
    KeyInUseError,
    KeyVersionUnknownError,
    add_key,
    forget_key,
    use_key,
)
from core.secrets import SecretBox, SecretKeyError, SecretUnreadableError


def test_a_key_is_first_read_with_and_then_used(tmp_path: Path) -> None:
    """So every host can have it before the first secret needs it."""
    file = tmp_path / "secret.key"
    box = SecretBox(file)
    version = add_key(file)
    assert (box.newest, box.versions) == ("v1", (version, "v1"))
    assert box.encrypt("x").startswith("v1:")
    use_key(file, version)
    assert (box.newest, box.versions) == (version, ("v1", version))
    assert box.encrypt("x").startswith(f"{version}:")


def test_a_process_that_runs_reads_what_a_new_key_encrypted(tmp_path: Path) -> None:
    """Its box was made before the key was."""
    file = tmp_path / "secret.key"
    running = SecretBox(file)
    before = running.encrypt("before")
    use_key(file, add_key(file))
    later = SecretBox(file).encrypt("later")
    assert running.decrypt(later) == "later"
    assert running.decrypt(before) == "before"
    assert running.derive_key("archive", b"salt")[0] == "v2"
    assert running.derive_key("archive", b"salt", version="v1")[0] == "v1"


def test_the_file_stays_for_its_owner_only_and_whole(tmp_path: Path) -> None:
    """Many changes at once lose none, and nobody ever reads half a file."""
    file = tmp_path / "secret.key"
    box = SecretBox(file)
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: add_key(file), range(16)))
        list(pool.map(lambda _: box.decrypt(SecretBox(file).encrypt("x")), range(64)))
    assert len(set(versions)) == 16
    assert set(box.versions) == {"v1", *versions}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"secret.key", ".secret.key.lock"}


def test_a_forgotten_key_opens_nothing_any_more(tmp_path: Path) -> None:
    """Not even in a process that starts later; others need not forget it."""
    file = tmp_path / "secret.key"
    secret = SecretBox(file).encrypt("x")
    use_key(file, add_key(file))
    forget_key(file, "v1")
    with pytest.raises(SecretUnreadableError):
        SecretBox(file).decrypt(secret)


def test_the_key_in_use_is_never_forgotten(tmp_path: Path) -> None:
    """Without it nothing new could be stored."""
    file = tmp_path / "secret.key"
    SecretBox(file)
    with pytest.raises(KeyInUseError):
        forget_key(file, "v1")


@pytest.mark.parametrize("change", [use_key, forget_key], ids=["use", "forget"])
def test_an_unknown_version_is_named(tmp_path: Path, change: object) -> None:
    """And the file stays as it was."""
    file = tmp_path / "secret.key"
    SecretBox(file)
    before = file.read_text()
    assert callable(change)
    with pytest.raises(KeyVersionUnknownError, match="v9"):
        change(file, "v9")
    assert file.read_text() == before


def test_a_file_that_is_gone_or_broken_keeps_no_running_process_from_reading(
    tmp_path: Path,
) -> None:
    """It is never made anew in its place, which would look as if all were well."""
    file = tmp_path / "secret.key"
    box = SecretBox(file)
    secret = box.encrypt("x")
    file.write_text("nonsense\n")
    assert box.decrypt(secret) == "x"
    assert box.encrypt("y").startswith("v1:")
    file.unlink()
    assert box.decrypt(box.encrypt("z")) == "z"
    assert not file.exists()


def test_a_version_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Nobody could say which of them a secret needs."""
    file = tmp_path / "secret.key"
    SecretBox(file)
    file.write_text(file.read_text() * 2)
    with pytest.raises(SecretKeyError, match="v1 is there twice"):
        SecretBox(file)


def test_a_derived_password_is_the_same_for_the_same_purpose(tmp_path: Path) -> None:
    """And another for another."""
    box = SecretBox(tmp_path / "secret.key")
    assert box.derive_password("a") == box.derive_password("a")
    assert box.derive_password("a") != box.derive_password("b")
    assert len(box.derive_password("a")) == 32
