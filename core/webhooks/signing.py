"""Secrets and signatures of deliveries. Source: Standard Webhooks 1.0.0, "Signature scheme"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

PREFIX = "whsec_"
"""Stands before every secret."""

SECRET_BYTES = 32
"""Length of a secret; the specification asks for 24 to 64 bytes."""


def make_secret() -> str:
    """Return a new secret as receivers' libraries read it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    *, secret: str, message_id: str, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers that let the receiver know who sent this, and when."""
    timestamp = str(int(sent_at.timestamp()))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
