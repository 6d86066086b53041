"""The idempotency record: the first answer to a request that its sender may repeat.

Reading the key and comparing bodies is the web's affair; here stand the record and its port.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.errors import ConflictError


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """What became of the first request with one key."""

    owner: str
    """Who sent it."""
    route: str
    """Method and path pattern: the same key on another route is another request."""
    key: str
    """What the sender chose, from the header `Idempotency-Key`."""
    body_digest: str
    """Digest of the first body; another body under the same key is refused."""
    status: int | None
    """HTTP status of the first answer; None while it is being made."""
    body: str | None
    """Body of the first answer as JSON text; None while it is being made."""
    created_at: datetime
    """When the first request came."""


class IdempotencyRepository(Protocol):
    """Collection-like access to first answers."""

    def get(self, owner: str, route: str, key: str) -> IdempotencyRecord | None:
        """Return the record, or None."""
        ...

    def add(self, record: IdempotencyRecord) -> None:
        """Record the first request. Waits while another transaction holds the same key.

        Raises:
            IdempotencyKeyTakenError: another request with the key came first; the transaction
                can go on.
        """
        ...

    def set_response(self, owner: str, route: str, key: str, status: int, body: str) -> None:
        """Record the answer."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Forget records made before then; return how many."""
        ...


class IdempotencyKeyTakenError(ConflictError):
    """Another request with the same key came first."""

    code = "IDEMPOTENCY_KEY_TAKEN"

    def __init__(self, *, key: str) -> None:
        super().__init__(
            f"A request with the idempotency key {key!r} came first.",
            hint="Send the same request again to get its answer.",
        )
