"""Secrets at rest: passwords of generated databases are made and encrypted here.

The key file holds one key per line, `version:key`, the newest last. New secrets are encrypted
with the newest; old ones name the version they need, so that a key can be replaced in peace.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import InternalError

OWNER_ONLY = 0o600
PASSWORD_BYTES = 24
DERIVED_BYTES = 32


class SecretKeyError(InternalError):
    """The key file cannot be used."""

    code = "SECRET_KEY_UNUSABLE"

    def __init__(self, *, key_file: Path, reason: str) -> None:
        super().__init__(
            f"The secret key file {key_file} cannot be used: {reason}.",
            hint="Without it stored passwords cannot be read: restore it from your backup.",
        )


class SecretUnreadableError(InternalError):
    """A stored secret cannot be decrypted with the keys at hand."""

    code = "SECRET_UNREADABLE"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"A stored password cannot be decrypted: {reason}.",
            hint="Is the secret key file the one that it was encrypted with?",
        )


class SecretBox:
    """Encrypts and decrypts short texts with the keys of a file, made on first use."""

    def __init__(self, key_file: Path) -> None:
        keys = _read_keys(key_file) if key_file.exists() else _make_key_file(key_file)
        self._raw = {version: urlsafe_b64decode(key) for version, key in keys.items()}
        self._keys = {version: Fernet(key) for version, key in keys.items()}
        self._newest = next(reversed(self._keys))

    def encrypt(self, text: str) -> str:
        """Return the text encrypted, with the version of its key in front."""
        return f"{self._newest}:{self._keys[self._newest].encrypt(text.encode()).decode()}"

    def decrypt(self, secret: str) -> str:
        """Return what was encrypted.

        Raises:
            SecretUnreadableError: if the key is not here or the secret was changed.
        """
        version, _, token = secret.partition(":")
        key = self._keys.get(version)
        if key is None:
            raise SecretUnreadableError(reason="its key is not in the secret key file")
        try:
            return key.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadableError(reason="the key does not fit") from error

    def derive_key(
        self, purpose: str, salt: bytes, *, version: str | None = None
    ) -> tuple[str, bytes]:
        """Return a key of 32 bytes for one purpose and salt, and the version it comes from.

        Args:
            purpose: What it is for; keys of different purposes have nothing to do with each other.
            salt: Random bytes that are kept beside what the key encrypts.
            version: The version of our key, the newest if absent.

        Raises:
            SecretUnreadableError: if that version is not here.

        Source: RFC 5869, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)".
        """
        version = self._newest if version is None else version
        raw = self._raw.get(version)
        if raw is None:
            raise SecretUnreadableError(reason="its key is not in the secret key file")
        hkdf = HKDF(
            algorithm=hashes.SHA256(),
            length=DERIVED_BYTES,
            salt=salt,
            info=f"schema-builder:{purpose}".encode(),
        )
        return version, hkdf.derive(raw)

    def derive_password(self, purpose: str) -> str:
        """Return the password for one purpose, the same for as long as the newest key is."""
        _, key = self.derive_key("password", purpose.encode())
        return urlsafe_b64encode(key[:PASSWORD_BYTES]).decode()


def make_password() -> str:
    """Return a new random password that needs no escaping in a URL."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _make_key_file(key_file: Path) -> dict[str, str]:
    """Make the file in one go; if another process was quicker, its file counts."""
    key_file.parent.mkdir(parents=True, exist_ok=True)
    draft = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"v1:{Fernet.generate_key().decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, key_file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_keys(key_file)


def _read_keys(key_file: Path) -> dict[str, str]:
    """Return the keys by version, in the order of the file."""
    try:
        lines = key_file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(key_file=key_file, reason="it cannot be read") from error
    keys: dict[str, str] = {}
    for line in lines:
        version, _, key = line.partition(":")
        try:
            Fernet(key)
        except ValueError as error:
            raise SecretKeyError(key_file=key_file, reason="a line is not a key") from error
        keys[version] = key
    if not keys:
        raise SecretKeyError(key_file=key_file, reason="it is empty")
    return keys
