"""Announcing over a real broker."""

from __future__ import annotations

import json
import time
from typing import cast
from uuid import uuid4

import pytest
import redis

from core.jobs.broker import Broker
from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobId, JobKind
from web.announcing import CeleryAnnouncer

pytestmark = pytest.mark.servers


def test_an_announcement_is_a_message_with_the_id_alone(redis_url: str) -> None:
    """The task's name is the kind's, its id and its only argument are the job's."""
    job_id = JobId(str(uuid4()))
    CeleryAnnouncer(Broker(url=redis_url)).announce(JobKind.CREATE, job_id)
    broker = redis.Redis.from_url(redis_url)
    queued = cast("list[bytes]", broker.lrange("schema_builder:jobs", 0, -1))  # not a pipeline
    messages = [json.loads(raw) for raw in queued]
    broker.close()
    headers = [message["headers"] for message in messages]
    (found,) = [header for header in headers if header["id"] == job_id]
    assert found["task"] == "job.create"
    assert found["argsrepr"] == f"('{job_id}',)"


def test_a_broker_that_is_away_is_told_within_seconds() -> None:
    """A request must not hang on the broker."""
    announcer = CeleryAnnouncer(Broker(url="redis://127.0.0.1:1/0"))
    began = time.monotonic()
    with pytest.raises(AnnouncementFailedError):
        announcer.announce(JobKind.CREATE, JobId(str(uuid4())))
    assert not announcer.is_reachable()
    assert time.monotonic() - began < 10


def test_a_broker_that_answers_is_reachable(redis_url: str) -> None:
    """Health asks for it."""
    assert CeleryAnnouncer(Broker(url=redis_url)).is_reachable()
