"""Passwords at rest."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.secrets import (
    SecretBox,
    SecretKeyError,
    SecretKeyLostError,
    SecretUnreadableError,
    make_password,
)


def test_what_was_encrypted_comes_back(tmp_path: Path) -> None:
    """Decrypting undoes encrypting, also in another process's box of the same file."""
    file = tmp_path / "keys" / "secret.key"
    secret = SecretBox(file).encrypt("pässwörd")
    assert "pässwörd" not in secret
    assert SecretBox(file).decrypt(secret) == "pässwörd"


def test_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine may read it."""
    file = tmp_path / "secret.key"
    SecretBox(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_can_be_replaced_in_peace(tmp_path: Path) -> None:
    """With a newer key behind it, the old one still reads what it wrote."""
    file = tmp_path / "secret.key"
    old = SecretBox(file).encrypt("x")
    file.write_text(file.read_text() + f"v2:{Fernet.generate_key().decode()}\n")
    box = SecretBox(file)
    assert box.decrypt(old) == "x"
    assert box.encrypt("y").startswith("v2:")


def test_many_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    """Processes that start together read each other's secrets."""
    file = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        boxes = list(pool.map(lambda _: SecretBox(file), range(8)))
    assert {box.decrypt(boxes[0].encrypt("x")) for box in boxes} == {"x"}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_first_starts_that_ask_the_store_agree_on_one_key_too(tmp_path: Path) -> None:
    """The file is made when it is first needed, and by one of them."""
    file = tmp_path / "secret.key"
    boxes = [SecretBox(file, holds_secrets=lambda: False) for _ in range(8)]
    assert not file.exists()
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda box: box.encrypt("x"), boxes))
    assert {boxes[0].decrypt(secret) for secret in secrets} == {"x"}


def test_a_key_file_that_was_lost_is_not_made_anew(tmp_path: Path) -> None:
    """New secrets would have a key of the same name as those that it cannot open."""
    file = tmp_path / "secret.key"
    box = SecretBox(file, holds_secrets=lambda: True)
    needs: tuple[Callable[[], object], ...] = (
        lambda: box.encrypt("x"),
        lambda: box.newest,
        lambda: box.derive_password("x"),
    )
    for need in needs:
        with pytest.raises(SecretKeyLostError, match=r"secret\.key is not there"):
            need()
    with pytest.raises(SecretUnreadableError, match="there is no secret key file"):
        box.decrypt("v1:abc")
    assert not file.exists()
    SecretBox(file)
    assert box.decrypt(box.encrypt("it is back")) == "it is back"


def test_a_key_file_that_another_process_just_made_is_none_that_was_lost(tmp_path: Path) -> None:
    """Nor are the secrets that it has stored since we looked for the file."""
    file = tmp_path / "secret.key"

    def be_quicker() -> bool:
        SecretBox(file)
        return True

    box = SecretBox(file, holds_secrets=be_quicker)
    assert SecretBox(file).decrypt(box.encrypt("x")) == "x"


@pytest.mark.parametrize("content", ["", "v1:short\n", "nonsense"])
def test_a_broken_key_file_is_named(tmp_path: Path, content: str) -> None:
    """It is never silently replaced: what it encrypted would be lost."""
    file = tmp_path / "secret.key"
    file.write_text(content)
    with pytest.raises(SecretKeyError, match=r"secret\.key"):
        SecretBox(file)


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in its place is no key file."""
    with pytest.raises(SecretKeyError, match="cannot be read"):
        SecretBox(tmp_path)


def test_a_secret_of_another_key_is_refused(tmp_path: Path) -> None:
    """Same version, other key."""
    secret = SecretBox(tmp_path / "one").encrypt("x")
    with pytest.raises(SecretUnreadableError, match="does not fit"):
        SecretBox(tmp_path / "two").decrypt(secret)


def test_a_secret_of_an_unknown_version_is_refused(tmp_path: Path) -> None:
    """The sentence says that the key is missing."""
    with pytest.raises(SecretUnreadableError, match="not in the secret key file"):
        SecretBox(tmp_path / "one").decrypt("v9:abc")


def test_passwords_are_random_and_need_no_escaping() -> None:
    """They go into URLs as they are."""
    passwords = {make_password() for _ in range(50)}
    assert len(passwords) == 50
    assert all(password.replace("-", "").replace("_", "").isalnum() for password in passwords)
