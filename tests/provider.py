"""An OpenID Connect provider on this machine: keys, tokens, and a server that publishes them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from typing_extensions import override

AUDIENCE = "schema-builder"
PARTY = "https://designer.example"

LONGEST_HANG_SECONDS = 60.0

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def private_key(algorithm: str, name: str) -> PrivateKey:  # noqa: ARG001 - tells one from another
    """Return a key of an algorithm, the same for the same name."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_pem(algorithm: str) -> bytes:
    """Return the public half of a key in PEM."""
    public = private_key(algorithm, "first").public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(algorithm: str, name: str = "first") -> dict[str, Any]:
    """Return the public half of a key as the provider publishes it."""
    key: Any = private_key(algorithm, name).public_key()
    writer = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}[algorithm]
    written: dict[str, Any] = json.loads(writer.to_jwk(key))  # type: ignore[attr-defined] # each of them has it
    return {**written, "kid": f"{algorithm}-{name}", "use": "sig", "alg": algorithm}


def claims(issuer: str, **changes: object) -> dict[str, Any]:
    """Return what a good token says; a change to None leaves a claim out."""
    now = datetime.now(UTC)
    said: dict[str, object] = {
        "iss": issuer,
        "sub": "user_1",
        "aud": AUDIENCE,
        "azp": PARTY,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=1),
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(issuer: str, *, algorithm: str = "RS256", name: str = "first", **changes: object) -> str:
    """Return a signed token."""
    return jwt.encode(
        claims(issuer, **changes),
        private_key(algorithm, name),
        algorithm=algorithm,
        headers={"kid": f"{algorithm}-{name}"},
    )


@dataclass(slots=True)
class Provider:
    """A provider that counts how often it is asked and can be away."""

    issuer: str = ""
    """Its address."""
    keys: list[dict[str, Any]] = field(default_factory=list)
    """What it publishes."""
    is_away: bool = False
    """Whether it answers 503."""
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for."""
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Set unless requests are to hang."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider on a free port of loopback."""
    provider = Provider(keys=[jwk("RS256"), jwk("ES256"), jwk("EdDSA")])
    provider.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        """Answers for the provider."""

        def do_GET(self) -> None:
            """Answer."""
            provider.asked.append(self.path)
            provider.may_answer.wait(LONGEST_HANG_SECONDS)
            found = {
                "/.well-known/openid-configuration": {
                    "issuer": provider.issuer,
                    "jwks_uri": f"{provider.issuer}/keys",
                },
                "/keys": {"keys": provider.keys},
            }.get(self.path)
            self.send_response(503 if provider.is_away else 200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        provider.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
