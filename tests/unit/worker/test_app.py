"""The Celery app is put together without connecting to anything."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu.transport.redis import DEFAULT_HEALTH_CHECK_INTERVAL

from core.jobs.broker import REDELIVERY_SECONDS, Broker
from core.jobs.errors import AnnouncementFailedError
from core.jobs.kinds import KINDS
from core.jobs.model import JobId, JobKind
from core.jobs.queue import SCHEDULE_QUEUE, task_name
from core.settings import Settings
from embedded.ports import free_port
from worker.announcing import CeleryAnnouncer
from worker.app import configuration, make_app
from worker.shutdown import SharedFlag, set_after


@pytest.fixture(scope="module")
def app() -> Celery:
    """Return the app over addresses where nobody listens."""
    return make_app(Settings(data_dir=Path("nowhere"), repair_seconds=7))


def test_every_kind_has_one_task(app: Celery) -> None:
    """A kind without a task would wait for ever."""
    names = {name for name in app.tasks if name.startswith("job.")}
    assert names == {task_name(kind) for kind in JobKind}


def test_no_attempt_outlives_its_message(app: Celery) -> None:
    """The broker delivers a message again only after every attempt was ended by force."""
    for kind, facts in KINDS.items():
        hard_limit = app.tasks[task_name(kind)].time_limit
        assert facts.time_limit_seconds < hard_limit < REDELIVERY_SECONDS


def test_the_schedule_has_a_queue_of_its_own(app: Celery) -> None:
    """Repair is sent every few seconds, expires when nobody runs it, and waits for no job."""
    entry = app.conf.beat_schedule["repair"]
    assert entry["schedule"].total_seconds() == 7
    assert entry["options"] == {"queue": SCHEDULE_QUEUE, "expires": 7}
    for scheduled in app.conf.beat_schedule.values():
        assert scheduled["task"] in app.tasks
        assert scheduled["options"]["queue"] == SCHEDULE_QUEUE


def test_only_json_is_accepted() -> None:
    """Nothing that comes from the broker is unpickled."""
    assert configuration(Settings())["accept_content"] == ["json"]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_fails_the_announcement_quickly(scheme: str) -> None:
    """The caller is not kept, and learns that it was in vain."""
    announcer = CeleryAnnouncer(Broker(url=f"{scheme}://127.0.0.1:{free_port()}/0"))
    began_at = time.monotonic()
    with pytest.raises(AnnouncementFailedError):
        announcer.announce(JobKind.CREATE, JobId("j"))
    assert time.monotonic() - began_at < 5
    announcer.close()


def test_the_flag_is_seen_by_forked_children() -> None:
    """A child sees what its parent sets after the fork."""
    flag = SharedFlag()
    child = os.fork()
    if child == 0:
        deadline = time.monotonic() + 5
        while not flag.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        os._exit(0 if flag.is_set() else 1)
    assert not flag.is_set()
    set_after(flag, 0.05)
    _, status = os.waitpid(child, 0)
    assert status == 0


def test_each_sort_of_broker_is_told_what_it_understands() -> None:
    """Keys of Redis mean nothing to RabbitMQ, which closes channels that keep messages long."""
    redis = configuration(Settings(redis_url="redis://r/0"))
    assert redis["broker_transport_options"] == Broker(url="redis://r/0").consumer_options(
        socket_timeout_seconds=10
    )
    assert "task_queues" not in redis
    options: Any = redis["broker_transport_options"]
    assert options["health_check_interval"] < DEFAULT_HEALTH_CHECK_INTERVAL
    rabbitmq = configuration(Settings(broker_url="amqp://account@r//"))
    assert rabbitmq["broker_transport_options"] == {}
    queues: Any = rabbitmq["task_queues"]
    assert {queue.name for queue in queues} == {"jobs", "schedule"}
    for queue in queues:
        assert queue.queue_arguments["x-consumer-timeout"] > 12 * 3600 * 1000
    sentinels = Broker(url="sentinel://a:26379;sentinel://b:26379", sentinel_master="main")
    assert sentinels.producer_options()["master_name"] == "main"
    assert sentinels.consumer_options(socket_timeout_seconds=10)["master_name"] == "main"
    assert sentinels.queue_arguments is None
    assert "account" not in repr(Broker(url="amqp://account@r//"))
