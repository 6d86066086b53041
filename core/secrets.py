"""Secrets at rest: passwords of generated databases are made and encrypted here.

The key file holds one key per line, `version:key`. New secrets are encrypted with the last one;
each names the version it needs, so that a key can be replaced in peace. The file is read again
when it has changed, so processes that run take part; `core.key_file` changes it.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
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


class SecretKeyLostError(InternalError):
    """There is no key file, and there was one, for the store has secrets."""

    code = "SECRET_KEY_LOST"

    def __init__(self, *, key_file: Path) -> None:
        super().__init__(
            f"The secret key file {key_file} is not there, and the store has secrets that were"
            " encrypted with it.",
            hint="Does SECRET_KEY_FILE name the right place? Put the file back from your copy. If"
            " it is lost for good, `flask secrets start-afresh` makes a new one; what was"
            " encrypted with the old one stays unreadable.",
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

    def __init__(self, key_file: Path, *, holds_secrets: Callable[[], bool] | None = None) -> None:
        """Read the keys, if there are any yet.

        Args:
            key_file: Has the keys. It is made when a key is first needed.
            holds_secrets: Says whether the store has secrets, so that a file that is not there was
                lost. If absent nobody is asked, and the file made at once.
        """
        self._key_file = key_file
        self._holds_secrets = holds_secrets
        self._keys: _Keys | None = None
        if key_file.exists() or holds_secrets is None:
            self._begin()

    @property
    def newest(self) -> str:
        """The version with which new secrets are encrypted."""
        return self._present().newest

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that there are, the one in use last."""
        return tuple(self._present().raw)

    def encrypt(self, text: str) -> str:
        """Return the text encrypted, with the version of its key in front."""
        keys = self._present()
        return f"{keys.newest}:{keys.fernet(keys.newest).encrypt(text.encode()).decode()}"

    def decrypt(self, secret: str) -> str:
        """Return what was encrypted.

        Raises:
            SecretUnreadableError: if the key is not here or the secret was changed.
        """
        version, _, token = secret.partition(":")
        keys = self._with(version)
        try:
            return keys.fernet(version).decrypt(token.encode()).decode()
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
        keys = self._present() if version is None else self._with(version)
        version = keys.newest if version is None else version
        hkdf = HKDF(
            algorithm=hashes.SHA256(),
            length=DERIVED_BYTES,
            salt=salt,
            info=f"schema-builder:{purpose}".encode(),
        )
        return version, hkdf.derive(keys.raw[version])

    def derive_password(self, purpose: str) -> str:
        """Return the password for one purpose, the same for as long as the newest key is."""
        _, key = self.derive_key("password", purpose.encode())
        return urlsafe_b64encode(key[:PASSWORD_BYTES]).decode()

    def _present(self) -> _Keys:
        """Return the keys as they are now; those known last where the file cannot be used.

        Reading what was stored must not depend on a file that somebody is about to replace.
        """
        keys = self._keys
        if keys is None:
            return self._begin()
        if _mark(self._key_file) != keys.mark:
            with suppress(SecretKeyError):
                self._keys = keys = _Keys.read(self._key_file)
        return keys

    def _begin(self) -> _Keys:
        """Read the file for the first time; make it if there is no sign that there was one.

        The file is looked for once more after the store: another process that starts may have
        made it meanwhile, and stored secrets.

        Raises:
            SecretKeyLostError: it was lost.
        """
        if not self._key_file.exists():
            is_lost = self._holds_secrets is not None and self._holds_secrets()
            if is_lost and not self._key_file.exists():
                raise SecretKeyLostError(key_file=self._key_file)
            make_key_file(self._key_file)
        self._keys = keys = _Keys.read(self._key_file)
        return keys

    def _with(self, version: str) -> _Keys:
        """Return keys among which is one version."""
        keys = self._keys
        if keys is None and not self._key_file.exists():
            raise SecretUnreadableError(reason="there is no secret key file")
        if keys is None or version not in keys.raw:
            keys = self._present()
        if version not in keys.raw:
            raise SecretUnreadableError(reason="its key is not in the secret key file")
        return keys


def make_password() -> str:
    """Return a new random password that needs no escaping in a URL."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def make_key_file(key_file: Path, *, version: str = "v1") -> bool:
    """Make the file in one go, unless it is there; tell whether we made it.

    If another process was quicker, its file counts.
    """
    key_file.parent.mkdir(parents=True, exist_ok=True)
    draft = write_draft(key_file, {version: new_key()})
    try:
        os.link(draft, key_file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def write_draft(key_file: Path, keys: Mapping[str, str]) -> Path:
    """Write keys into a file beside the key file, durable and for its owner only; return it."""
    draft = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{version}:{key}\n" for version, key in keys.items()))
        file.flush()
        os.fsync(file.fileno())
    return draft


def new_key() -> str:
    """Return a new random key as the file spells it."""
    return Fernet.generate_key().decode()


def read_keys(key_file: Path) -> dict[str, str]:
    """Return the keys by version, in the order of the file.

    Raises:
        SecretKeyError: the file cannot be used.
    """
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
        if version in keys:
            raise SecretKeyError(key_file=key_file, reason=f"the version {version} is there twice")
        keys[version] = key
    if not keys:
        raise SecretKeyError(key_file=key_file, reason="it is empty")
    return keys


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys as they were when the file was read; never changed, so threads may share it."""

    raw: Mapping[str, bytes]
    newest: str
    mark: tuple[int, ...] | None

    @classmethod
    def read(cls, key_file: Path) -> _Keys:
        """Read the file; what marks its state is looked at before its content."""
        mark = _mark(key_file)
        keys = read_keys(key_file)
        raw = {version: urlsafe_b64decode(key) for version, key in keys.items()}
        return cls(raw, next(reversed(keys)), mark)

    def fernet(self, version: str) -> Fernet:
        """Return what encrypts and decrypts with one version."""
        return Fernet(urlsafe_b64encode(self.raw[version]))


def _mark(key_file: Path) -> tuple[int, ...] | None:
    """Return what changes when the file does, None when it is not there."""
    try:
        state = key_file.stat()
    except OSError:
        return None
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
