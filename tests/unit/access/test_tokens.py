"""Tokens of a provider: the good are believed, all others refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.access.errors import ProviderUnavailableError, UnauthenticatedError
from core.access.signing_keys import (
    AWAY_SECONDS,
    COOL_DOWN_SECONDS,
    LAST_RESORT_SECONDS,
    LIFESPAN_SECONDS,
    FixedKey,
    PublicKeyFileError,
    PublishedKeys,
)
from core.access.tokens import LONGEST_TOKEN, TokenVerifier
from tests.provider import (
    AUDIENCE,
    LONGEST_HANG_SECONDS,
    PARTY,
    Provider,
    claims,
    jwk,
    public_pem,
    running_provider,
    token,
)

pytestmark = pytest.mark.servers

ISSUER = "https://issuer.example"


@pytest.fixture
def verifier(tmp_path: Path) -> TokenVerifier:
    """What verifies tokens with a key from a file."""
    file = tmp_path / "provider.pem"
    file.write_bytes(public_pem("RS256"))
    return TokenVerifier(
        issuer=ISSUER, audience=AUDIENCE, authorized_parties=(PARTY,), keys=FixedKey(file)
    )


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on this machine."""
    with running_provider() as provider:
        yield provider


class Seconds:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the present."""
        return self.now


def published(provider: Provider, seconds: Seconds | None = None) -> TokenVerifier:
    """Return what verifies tokens with the keys that a provider publishes."""
    return TokenVerifier(
        issuer=provider.issuer,
        audience=AUDIENCE,
        authorized_parties=(),
        keys=PublishedKeys(
            issuer=provider.issuer,
            jwks_url=None,
            now=seconds or Seconds(),
            timeout_seconds=LONGEST_HANG_SECONDS,
        ),
    )


def unsigned(header: dict[str, object], said: dict[str, object], secret: bytes | None) -> str:
    """Return a token whose header says what it likes."""
    plain = {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in said.items()
    }
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, plain)
    ]
    text = b".".join(parts)
    signature = b"" if secret is None else hmac.digest(secret, text, hashlib.sha256)
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_a_good_token_says_who_it_is(verifier: TokenVerifier) -> None:
    """The subject is what the workspace knows."""
    assert verifier.subject_of(token(ISSUER)) == "user_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": timedelta(seconds=-60)},
        {"nbf": timedelta(seconds=60)},
        {"iat": timedelta(seconds=60)},
        {"iss": "https://other.example"},
        {"iss": f"{ISSUER}/"},
        {"aud": "another"},
        {"aud": None},
        {"azp": "https://evil.example"},
        {"sub": None},
        {"sub": ""},
        {"sub": "line\nbreak"},
        {"sub": "x" * 256},
        {"exp": None},
        {"iat": None},
        {"iss": None},
    ],
    ids=lambda changes: "-".join(f"{name}:{str(value)[:30]!r}" for name, value in changes.items()),
)
def test_a_token_that_says_something_else_is_refused(
    verifier: TokenVerifier, changes: dict[str, Any]
) -> None:
    """Each claim is looked at; times are counted from now."""
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    with pytest.raises(UnauthenticatedError):
        verifier.subject_of(token(ISSUER, **claims))


def test_a_clock_that_differs_by_seconds_is_forgiven(verifier: TokenVerifier) -> None:
    """No two clocks are the same."""
    now = datetime.now(UTC)
    assert verifier.subject_of(token(ISSUER, exp=now - timedelta(seconds=3)))
    assert verifier.subject_of(token(ISSUER, nbf=now + timedelta(seconds=3)))


def test_a_token_with_a_forged_signature_is_refused(verifier: TokenVerifier) -> None:
    """Changed words, another key, no algorithm, the public key taken for a secret."""
    head, body, signature = token(ISSUER).split(".")
    other = token(ISSUER, sub="admin").split(".")[1]
    forged = [
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
        token(ISSUER, name="second"),
        token(ISSUER, algorithm="ES256"),
        unsigned({"alg": "none", "typ": "JWT"}, claims(ISSUER), None),
        unsigned({"alg": "None"}, claims(ISSUER), None),
        unsigned({"alg": "HS256", "kid": "RS256-first"}, claims(ISSUER), public_pem("RS256")),
        unsigned({"alg": "RS256"}, claims(ISSUER), public_pem("RS256")),
        unsigned({"alg": ["RS256"]}, claims(ISSUER), b"x"),
        "not a token",
        "a.b.c",
        "é.é.é",
        "",
        f"{head}.{'A' * LONGEST_TOKEN}.{signature}",
    ]
    for text in forged:
        with pytest.raises(UnauthenticatedError):
            verifier.subject_of(text)


def test_a_token_for_a_front_end_needs_no_audience(verifier: TokenVerifier) -> None:
    """Some providers name the front end instead; then it is what counts."""
    by_party = replace(verifier, audience=None)
    assert by_party.subject_of(token(ISSUER, aud=None))
    for party in (None, "https://evil.example"):
        with pytest.raises(UnauthenticatedError):
            by_party.subject_of(token(ISSUER, aud=None, azp=party))


def test_a_file_without_a_key_is_told_at_the_start(tmp_path: Path) -> None:
    """Not with the first request."""
    file = tmp_path / "no.pem"
    with pytest.raises(PublicKeyFileError):
        FixedKey(file)
    file.write_text("nothing")
    with pytest.raises(PublicKeyFileError):
        FixedKey(file)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_published_keys_are_found_through_the_description(
    provider: Provider, algorithm: str
) -> None:
    """The issuer's address is all that has to be set."""
    assert published(provider).subject_of(token(provider.issuer, algorithm=algorithm)) == "user_1"


def test_keys_are_asked_for_once_and_unknown_ones_not_too_often(provider: Provider) -> None:
    """A flood of invented key ids does not become a flood at the provider."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    for _ in range(3):
        verifier.subject_of(token(provider.issuer))
    for _ in range(20):
        with pytest.raises(UnauthenticatedError):
            verifier.subject_of(token(provider.issuer, name="unknown"))
    assert provider.asked.count("/keys") == 1
    provider.keys.append(jwk("RS256", "unknown"))
    seconds.now += COOL_DOWN_SECONDS
    assert verifier.subject_of(token(provider.issuer, name="unknown"))
    assert provider.asked.count("/keys") == 2


def test_a_key_that_is_published_no_more_counts_no_more(provider: Provider) -> None:
    """A provider that lost a key to somebody takes it back."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    good = token(provider.issuer)
    verifier.subject_of(good)
    del provider.keys[0]
    seconds.now += LIFESPAN_SECONDS
    with pytest.raises(UnauthenticatedError):
        verifier.subject_of(good)


def test_a_provider_that_is_away_is_said_to_be_and_not_asked_by_everybody(
    provider: Provider,
) -> None:
    """Its tokens may be good: that is no 401."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    provider.is_away = True
    for _ in range(5):
        with pytest.raises(ProviderUnavailableError):
            verifier.subject_of(token(provider.issuer))
    assert len(provider.asked) == 1
    provider.is_away = False
    seconds.now += AWAY_SECONDS
    assert verifier.subject_of(token(provider.issuer))


def test_known_keys_count_on_for_a_while_without_the_provider(provider: Provider) -> None:
    """A pause of the provider logs nobody out, and does not last for ever."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    good = token(provider.issuer)
    verifier.subject_of(good)
    provider.is_away = True
    seconds.now += LIFESPAN_SECONDS + 1
    assert verifier.subject_of(good)
    seconds.now += LAST_RESORT_SECONDS
    with pytest.raises(ProviderUnavailableError):
        verifier.subject_of(good)


@contextmanager
def hanging_look(verifier: TokenVerifier, provider: Provider) -> Iterator[Future[str]]:
    """Have an unknown key asked for at a provider that does not answer."""
    asked = len(provider.asked)
    provider.may_answer.clear()
    with ThreadPoolExecutor(1) as pool:
        look = pool.submit(verifier.subject_of, token(provider.issuer, name="unknown"))
        try:
            wait_until(lambda: len(provider.asked) > asked)
            yield look
        finally:
            provider.may_answer.set()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something, generously."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("age", [COOL_DOWN_SECONDS, LIFESPAN_SECONDS], ids=["young", "old"])
def test_known_keys_wait_for_nobody_while_the_provider_hangs(
    provider: Provider, age: float
) -> None:
    """One invented key id must not hold up everybody with a good token."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    good = token(provider.issuer)
    verifier.subject_of(good)
    seconds.now += age
    with hanging_look(verifier, provider) as look:
        asked = len(provider.asked)
        assert verifier.subject_of(good) == "user_1"
        assert not look.done()
        assert len(provider.asked) == asked
    with pytest.raises((UnauthenticatedError, ProviderUnavailableError)):
        look.result()


def test_unknown_keys_share_one_question_to_the_provider(provider: Provider) -> None:
    """Whoever comes meanwhile waits for its answer and asks no more."""
    seconds = Seconds()
    verifier = published(provider, seconds)
    verifier.subject_of(token(provider.issuer))
    seconds.now += COOL_DOWN_SECONDS
    provider.keys.append(jwk("RS256", "unknown"))
    with ThreadPoolExecutor(4) as pool:
        with hanging_look(verifier, provider):
            waiting = [
                pool.submit(verifier.subject_of, token(provider.issuer, name="unknown"))
                for _ in range(4)
            ]
        assert [each.result() for each in waiting] == ["user_1"] * 4
    assert provider.asked.count("/keys") == 2


def test_a_description_of_another_issuer_is_not_believed(provider: Provider) -> None:
    """Keys of somebody else would make anybody anyone."""
    keys = PublishedKeys(issuer=f"{provider.issuer}/tenant", jwks_url=None)
    with pytest.raises(ProviderUnavailableError):
        keys.key_of("RS256-first")


def test_a_token_without_the_name_of_a_key_is_refused(provider: Provider) -> None:
    """Which of several keys it was would be a guess."""
    for key_id in (None, 7, ["RS256-first"], ""):
        with pytest.raises(UnauthenticatedError):
            PublishedKeys(issuer=provider.issuer, jwks_url=None).key_of(key_id)
