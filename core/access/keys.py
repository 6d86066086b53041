"""API keys: making, listing, revoking and checking them.

A key is `sb_<public id>_<secret>`. The secret has 256 random bits, so that its SHA-256 cannot be
guessed back; a slow hash would only make every request slow.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access.errors import (
    KeyExpiryError,
    KeyNotFoundError,
    TooManyKeysError,
    UnauthenticatedError,
)
from core.access.model import ApiKey
from core.access.principal import Principal
from core.access.repository import OpenAccessStore
from core.access.roles import Scope
from core.clock import Clock

PREFIX = "sb_"
MOST_PER_WORKSPACE = 1_000
USE_NOTED_EVERY = timedelta(minutes=1)

_KEY = re.compile(r"sb_([0-9a-f]{16})_[A-Za-z0-9_-]{43}", re.ASCII)
_NO_DIGEST = hashlib.sha256(b"no such key").hexdigest()
"""What the digest is compared with where there is no key, so that this takes as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Says which API keys there are, and whose a request with one is."""

    open_store: OpenAccessStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""

    def create(
        self,
        *,
        workspace_id: str,
        name: str,
        scopes: Iterable[Scope],
        created_by: str,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key; return it with the key itself, which is told this once.

        Raises:
            KeyExpiryError: it would have expired already.
            TooManyKeysError: the workspace has as many as it can.
        """
        now = self.clock.now()
        if expires_at is not None and expires_at <= now:
            raise KeyExpiryError
        key_id = secrets.token_hex(8)
        text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"
        wanted = frozenset(scopes)
        key = ApiKey(
            id=key_id,
            workspace_id=workspace_id,
            name=name,
            digest=_digest(text),
            scopes=tuple(scope for scope in Scope if scope in wanted),
            created_by=created_by,
            created_at=now,
            expires_at=expires_at,
        )
        with self.open_store() as store:
            if store.api_keys.count_living(workspace_id, now) >= MOST_PER_WORKSPACE:
                raise TooManyKeysError(most=MOST_PER_WORKSPACE)
            store.api_keys.add(key)
            store.commit()
        return key, text

    def get(self, key_id: str, *, workspace_id: str) -> ApiKey:
        """Return what is known of a key.

        Raises:
            KeyNotFoundError: there is no such key in this workspace.
        """
        with self.open_store() as store:
            key = store.api_keys.get(key_id, workspace_id=workspace_id)
        if key is None:
            raise KeyNotFoundError(key_id=key_id)
        return key

    def list_page(
        self, *, workspace_id: str, page: int, limit: int
    ) -> tuple[Sequence[ApiKey], int]:
        """Return one page of a workspace's keys, newest first, and the number of all."""
        with self.open_store() as store:
            return store.api_keys.list_page(workspace_id, page=page, limit=limit)

    def revoke(self, key_id: str, *, workspace_id: str) -> ApiKey:
        """Let a key work no more, from the next request on. Does nothing twice.

        Raises:
            KeyNotFoundError: there is no such key in this workspace.
        """
        with self.open_store() as store:
            key = store.api_keys.get(key_id, workspace_id=workspace_id)
            if key is None:
                raise KeyNotFoundError(key_id=key_id)
            if key.revoked_at is None:
                store.api_keys.revoke(key_id, self.clock.now())
                store.commit()
        return self.get(key_id, workspace_id=workspace_id)

    def identify(self, text: str) -> Principal:
        """Return whose request it is that comes with this key.

        An unknown key costs the same work as a known one with a wrong secret.

        Raises:
            UnauthenticatedError: the key is unknown, expired or revoked.
        """
        match = _KEY.fullmatch(text)
        if match is None:
            raise UnauthenticatedError(reason="that is no API key")
        digest = _digest(text)
        now = self.clock.now()
        with self.open_store() as store:
            key = store.api_keys.find(match[1])
            is_same = hmac.compare_digest(_NO_DIGEST if key is None else key.digest, digest)
            if key is None or not is_same:
                raise UnauthenticatedError(reason="the API key is not known here")
            _see_that_it_works(key, now)
            if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
                store.api_keys.note_use(key.id, now)
                store.commit()
        return Principal(
            workspace_id=key.workspace_id,
            subject=f"key:{key.id}",
            scopes=frozenset(key.scopes),
            role=None,
            key_id=key.id,
        )


def is_key(text: str) -> bool:
    """Whether a text means to be an API key, as against a token."""
    return text.startswith(PREFIX)


def _see_that_it_works(key: ApiKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise UnauthenticatedError(reason="the API key was revoked")
    if key.expires_at is not None and key.expires_at <= now:
        raise UnauthenticatedError(reason="the API key has expired")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
