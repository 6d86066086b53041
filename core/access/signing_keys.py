"""The public keys that a provider of tokens signs with: from a file, or as it publishes them."""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from typing_extensions import override

from core.access.errors import ProviderUnavailableError, UnauthenticatedError
from core.errors import InvalidInputError

TIMEOUT_SECONDS = 3.0
"""How long the provider may take; requests wait for it."""
LIFESPAN_SECONDS = 300.0
"""After which keys are asked for again."""
COOL_DOWN_SECONDS = 30.0
"""How long after an answer an unknown key is not asked for."""
AWAY_SECONDS = 5.0
"""How long after a failure the provider is not asked again."""
LAST_RESORT_SECONDS = 3_600.0
"""How long keys count on while the provider is away."""
LONGEST_DISCOVERY = 1_000_000
"""Bytes of the provider's description of itself that are read."""

PublicKey = Any
"""A public key of the package cryptography."""

logger = logging.getLogger(__name__)


class PublicKeyFileError(InvalidInputError):
    """The file of the provider's public key cannot be used."""

    code = "OIDC_PUBLIC_KEY_UNUSABLE"

    def __init__(self, *, file: Path, reason: str) -> None:
        super().__init__(
            f"The public key file {file} cannot be used: {reason}.",
            hint="OIDC_PUBLIC_KEY_FILE names a file with one public key in PEM.",
        )


class SigningKeys(Protocol):
    """Where the keys come from."""

    def key_of(self, key_id: object) -> PublicKey:
        """Return the public key that a token names.

        Raises:
            UnauthenticatedError: there is none of that name.
            ProviderUnavailableError: it cannot be asked for at present.
        """
        ...

    def count(self) -> int:
        """Return how many keys there are just now.

        Raises:
            ProviderUnavailableError: they cannot be asked for at present.
        """
        ...


class FixedKey(SigningKeys):
    """One key from a file, for installations that cannot reach the provider."""

    def __init__(self, file: Path) -> None:
        try:
            self._key = load_pem_public_key(file.read_bytes())
        except (OSError, ValueError) as error:
            raise PublicKeyFileError(file=file, reason=type(error).__name__) from error

    @override
    def key_of(self, key_id: object) -> PublicKey:
        """Return the key, however a token calls it."""
        return self._key

    @override
    def count(self) -> int:
        """Return how many keys there are."""
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the provider said last; replaced as a whole, so that reading it takes no lock."""

    keys: Mapping[str, PublicKey]
    """The keys by their ids."""
    asked_at: float
    """When it was asked."""


class PublishedKeys(SigningKeys):
    """The keys that the provider publishes, asked for when they are needed."""

    def __init__(
        self,
        *,
        issuer: str,
        jwks_url: str | None,
        now: Callable[[], float] = time.monotonic,
        cool_down_seconds: float = COOL_DOWN_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Describe where they are; nothing is asked for yet.

        Args:
            issuer: The provider, whose description of itself leads to the keys.
            jwks_url: Where the keys are, if that is known.
            now: Seconds that only grow.
            cool_down_seconds: How long after an answer an unknown key is not asked for.
            timeout_seconds: How long the provider may take for an answer.
        """
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._now = now
        self._cool_down_seconds = cool_down_seconds
        self._timeout_seconds = timeout_seconds
        self._asking = threading.Lock()
        self._client: jwt.PyJWKClient | None = None
        self._published = Published(keys={}, asked_at=-LAST_RESORT_SECONDS)
        self._failed_at = -LAST_RESORT_SECONDS

    @override
    def key_of(self, key_id: object) -> PublicKey:
        """Return the key of that id; an unknown id has the provider asked, but not too often.

        One asks at a time. Whoever names a key that is known waits for nobody else's question.
        """
        if not isinstance(key_id, str) or not key_id:
            raise UnauthenticatedError(
                reason="the token is not valid here", private="it names no key"
            )
        known, age = self._look_up(key_id)
        if known is not None and age < LIFESPAN_SECONDS:
            return known
        is_last_resort_enough = known is not None and age < LAST_RESORT_SECONDS
        if self._asking.acquire(blocking=not is_last_resort_enough):
            try:
                known = self._looked_up_again(key_id)
            finally:
                self._asking.release()
        if known is None:
            raise UnauthenticatedError(
                reason="the token is not valid here", private="it names an unknown key"
            )
        return known

    @override
    def count(self) -> int:
        """Ask the provider, whatever is known of old, and return how many keys it publishes."""
        with self._asking:
            return len(self._fetched(was_away=False))

    def _look_up(self, key_id: str) -> tuple[PublicKey | None, float]:
        """Return the key if it is known, and how long ago the provider said what there is."""
        published = self._published
        return published.keys.get(key_id), self._now() - published.asked_at

    def _looked_up_again(self, key_id: str) -> PublicKey | None:
        """Return the key if it is known now, or once the provider was asked; one at a time."""
        known, age = self._look_up(key_id)
        is_old = age >= LIFESPAN_SECONDS
        if is_old or (known is None and age >= self._cool_down_seconds):
            self._ask(is_last_resort_enough=known is not None and age < LAST_RESORT_SECONDS)
        return self._published.keys.get(key_id)

    def _ask(self, *, is_last_resort_enough: bool) -> None:
        """Ask the provider for its keys.

        Raises:
            ProviderUnavailableError: it does not answer, and the key is not known of old.
        """
        was_away = self._now() - self._failed_at < AWAY_SECONDS
        try:
            keys = self._fetched(was_away=was_away)
            self._published = Published(keys=keys, asked_at=self._now())
        except ProviderUnavailableError as error:
            if not was_away:
                self._failed_at = self._now()
                logger.warning("identity_provider_away", extra={"reason": error.private})
            if not is_last_resort_enough:
                raise

    def _fetched(self, *, was_away: bool) -> dict[str, PublicKey]:
        if was_away:
            raise ProviderUnavailableError(private="it was away a moment ago")
        try:
            if self._client is None:
                url = self._jwks_url or self._discovered_url()
                self._client = jwt.PyJWKClient(
                    url, cache_jwk_set=False, timeout=self._timeout_seconds
                )
            found = self._client.get_signing_keys()
        except (jwt.PyJWTError, http.client.HTTPException, OSError, ValueError) as error:
            raise ProviderUnavailableError(private=f"{type(error).__name__}: {error}") from error
        return {str(key.key_id): key.key for key in found}

    def _discovered_url(self) -> str:
        """Return where the provider says that its keys are.

        Source: OpenID Connect Discovery 1.0, section 4.
        """
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        with urllib.request.urlopen(address, timeout=self._timeout_seconds) as answer:  # noqa: S310 - the operator's own address, checked to be HTTP
            described = json.loads(answer.read(LONGEST_DISCOVERY))
        if not isinstance(described, dict) or described.get("issuer") != self._issuer:
            raise ValueError("the description is of another issuer")
        url = str(described.get("jwks_uri", ""))
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("the description names no keys")
        return url
