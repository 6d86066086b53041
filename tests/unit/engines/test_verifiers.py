"""Verifiers of passwords are those that a server would make itself."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode

from core.engines.postgresql.verifiers import build_verifier

NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
CONVERSATION = (
    f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={NONCE},s={SALT},i=4096,c=biws,r={NONCE}"  # of the example
)
SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
"""What the server of the example signs the conversation with. Source: RFC 7677, section 3."""


def test_a_verifier_signs_as_the_example_of_the_standard_does() -> None:
    """The key that a server signs with is the one of RFC 7677."""
    verifier = build_verifier("pencil", salt=b64decode(SALT), iterations=4096)
    method, rounds_and_salt, keys = verifier.split("$")
    assert (method, rounds_and_salt) == ("SCRAM-SHA-256", f"4096:{SALT}")
    server_key = b64decode(keys.partition(":")[2])
    signature = hmac.digest(server_key, CONVERSATION.encode(), "sha256")
    assert b64encode(signature).decode() == SIGNATURE


def test_the_same_password_has_the_same_keys_with_the_same_salt_only() -> None:
    """The salt keeps two roles of one password apart."""
    first = build_verifier("pencil", salt=b"0" * 16, iterations=4096)
    assert first == build_verifier("pencil", salt=b"0" * 16, iterations=4096)
    assert first != build_verifier("pencil", salt=b"1" * 16, iterations=4096)
    assert first != build_verifier("pencil", salt=b"0" * 16, iterations=4097)
