"""Tokens of an OpenID Connect provider: signature, issuer, audience, times.

Where the provider's keys come from is `signing_keys`; which workspace a subject belongs to is
`workspaces`. Source: RFC 7519 and RFC 8725 (JSON Web Token Best Current Practices).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from core.access.errors import UnauthenticatedError
from core.access.signing_keys import SigningKeys

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""The algorithms that are accepted, whatever a token says of itself."""

LEEWAY_SECONDS = 10
"""By how much the provider's clock may differ from ours."""

LONGEST_TOKEN = 8_000
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVerifier:
    """Says whose a token is."""

    issuer: str
    """The `iss` of every token."""
    audience: str | None
    """What `aud` has to name, if anything."""
    authorized_parties: tuple[str, ...]
    """What `azp` may be; anything if empty."""
    keys: SigningKeys
    """The provider's keys."""

    def subject_of(self, token: str) -> str:
        """Return the `sub` of a token.

        Raises:
            UnauthenticatedError: the token is not to be believed.
            ProviderUnavailableError: its key is not here and cannot be asked for.
        """
        if len(token) > LONGEST_TOKEN:
            raise _refused("it is too long")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise _refused("its algorithm is not accepted")
            key = self.keys.key_of(header.get("kid"))
            if header["alg"] != _algorithm_of(key):
                raise _refused("its algorithm is not that of its key")
            claims = self._decoded(token, key)
        except jwt.PyJWTError as error:
            raise _refused(f"{type(error).__name__}: {error}") from error
        except (ValueError, TypeError, RecursionError) as error:
            raise _refused(f"it cannot be read: {type(error).__name__}") from error
        self._check_party(claims)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise _refused("its subject is not usable")
        if not subject.isprintable():
            raise _refused("its subject is not usable")
        return subject

    def _decoded(self, token: str, key: Any) -> dict[str, Any]:  # noqa: ANN401 - any public key
        return jwt.decode(
            token,
            key,
            algorithms=[_algorithm_of(key)],
            issuer=self.issuer,
            audience=self.audience,
            leeway=LEEWAY_SECONDS,
            options={
                "require": ["exp", "iat", "iss", "sub"],
                "verify_aud": self.audience is not None,
            },
        )

    def _check_party(self, claims: dict[str, Any]) -> None:
        """See that the token was made for one of our own front ends."""
        if not self.authorized_parties:
            return
        party = claims.get("azp")
        if party is None and self.audience is not None:
            return  # the audience says that it was made for us
        if party not in self.authorized_parties:
            raise _refused("its authorized party is not one of ours")


def _algorithm_of(key: object) -> str:
    """Return the one algorithm that a key is used with."""
    match key:
        case RSAPublicKey():
            return "RS256"
        case EllipticCurvePublicKey():
            return "ES256"
        case Ed25519PublicKey():
            return "EdDSA"
        case _:
            raise _refused("its key is of an unknown kind")


def _refused(private: str) -> UnauthenticatedError:
    """Return one error for all reasons; which one it was is for the log."""
    return UnauthenticatedError(reason="the token is not valid here", private=private)
