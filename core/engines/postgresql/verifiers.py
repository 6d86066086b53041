"""What a server keeps of a password: its SCRAM verifier, made here so that it never hears more.

Source: RFC 5802, section 3; PostgreSQL sources, src/common/scram-common.c, `scram_build_secret`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64encode

from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise
from psycopg2.extensions import encrypt_password

SALT_BYTES = 16
"""Length of the salt. Source: PostgreSQL sources, src/include/common/scram-common.h."""

DEFAULT_ITERATIONS = 4096
"""Rounds of hashing unless the server says otherwise. Source: PostgreSQL manual, 19.3.3."""


def verifier_of(password: str, *, role: str, connection: Connection) -> str:
    """Return the verifier of a password for a role of the server that is connected to.

    The server's own number of rounds is kept to. Passwords beyond ASCII need preparing, which is
    left to libpq; it takes three times as long for the same.
    """
    if not password.isascii() or not password.isprintable():
        return str(encrypt_password(password, role, scope=connection, algorithm="scram-sha-256"))
    rounds = connection.info.parameter_status("scram_iterations")
    return build_verifier(password, salt=os.urandom(SALT_BYTES), iterations=_whole(rounds))


def build_verifier(password: str, *, salt: bytes, iterations: int) -> str:
    """Return the verifier of a password of printable ASCII.

    Example:
        >>> build_verifier("pencil", salt=b"0123456789abcdef", iterations=4096)[:47]
        'SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQp'
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _whole(text: str | None) -> int:
    return int(text) if text else DEFAULT_ITERATIONS


def _text(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
