"""Deliveries are signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from core.webhooks.model import RETRY_DELAYS, next_attempt_at
from core.webhooks.signing import PREFIX, make_secret, signed_headers


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of the reference implementations. Source: standard-webhooks, their own tests."""
    headers = signed_headers(
        secret="whsec_plJ3nmyCDGBKInavdOK15jsl",
        message_id="msg_loFOjxBNrRLzqYUf",
        sent_at=datetime.fromtimestamp(1731705121, UTC),
        body=b'{"event_type":"ping","data":{"success":true}}',
    )
    assert headers == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_each_secret_is_new_and_long_enough() -> None:
    """Libraries of receivers read it, and nobody guesses it."""
    secrets = {make_secret() for _ in range(10)}
    assert len(secrets) == 10
    for secret in secrets:
        assert len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) == 32


def test_waits_grow_and_end() -> None:
    """A receiver that is away for a day loses nothing; one that is gone is left alone."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    waits = [next_attempt_at(attempts, now) for attempts in range(1, len(RETRY_DELAYS) + 2)]
    assert waits == [*(now + delay for delay in RETRY_DELAYS), None]
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)
    assert sum(RETRY_DELAYS, timedelta()) > timedelta(days=3)
