"""The embedded Redis with real processes."""

from __future__ import annotations

import pytest
import redis

pytestmark = pytest.mark.servers


def test_the_server_answers_with_its_password(redis_url: str) -> None:
    """The address handed out gets in."""
    client = redis.Redis.from_url(redis_url)
    assert client.ping()
    client.close()
