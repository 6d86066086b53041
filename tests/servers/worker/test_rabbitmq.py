"""RabbitMQ as the broker: the same jobs end the same way, whatever becomes of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection

from core.jobs.broker import Broker
from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobKind, JobState
from core.settings import given_environment
from tests.rabbitmq import PrivateRabbitmq, is_installed
from tests.servers.worker.conftest import Bench
from web.announcing import CeleryAnnouncer as WebAnnouncer
from worker.announcing import CeleryAnnouncer

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("rabbitmq"),
]


@pytest.fixture(scope="module")
def rabbitmq(servers_folder: Path) -> Iterator[PrivateRabbitmq]:
    """A real RabbitMQ; where it is not installed, that is said, and in CI it is a failure."""
    if not is_installed():
        left_out = (
            "RabbitMQ is not installed, so what it is like as a broker was LEFT OUT."
            " On Debian: apt-get install rabbitmq-server."
        )
        if given_environment().get("CI"):
            pytest.fail(left_out)
        pytest.skip(left_out)
    with PrivateRabbitmq(servers_folder / "rabbitmq") as server:
        yield server


def connected(url: str) -> Any:  # noqa: ANN401 - kombu ships no types
    """Return a connection to a broker."""
    return Connection(url)  # type: ignore[no-untyped-call] # the same


@pytest.fixture
def rabbit_bench(bench: Bench, rabbitmq: PrivateRabbitmq) -> Bench:
    """The bench of real workers, over RabbitMQ and with empty queues."""
    with connected(rabbitmq.url()) as connection:
        for name in ("jobs", "schedule"):
            connection.default_channel.queue_declare(
                name,
                durable=True,
                auto_delete=False,
                arguments=Broker(url=rabbitmq.url()).queue_arguments,
            )
            connection.default_channel.queue_purge(name)
    bench.other_broker = Broker(url=rabbitmq.url())
    return bench


def test_announced_jobs_of_every_kind_succeed_once(rabbit_bench: Bench) -> None:
    """The same message delivered three times has one effect."""
    bench = rabbit_bench
    bench.start_worker()
    bench.start_worker()
    jobs = [bench.post(kind) for kind in JobKind]
    for job in jobs:
        bench.announce(job)
        bench.announce(job)
    ends = [bench.wait_for_end(job) for job in jobs]
    assert [job.state for job in ends] == [JobState.SUCCEEDED] * len(jobs)
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []


def test_a_killed_worker_loses_no_job(rabbit_bench: Bench) -> None:
    """The message comes again, the lease runs out, and another worker does the job once."""
    bench = rabbit_bench
    first = bench.start_worker()
    bench.start_schedule()
    job = bench.post(pauseIn="apply_ddl")
    bench.wait_for_step(job, "apply_ddl")
    bench.kill(first)
    bench.start_worker()
    ended = bench.wait_for_end(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)
    assert bench.effects(job) == 1


def test_jobs_outlive_a_killed_broker(rabbit_bench: Bench, rabbitmq: PrivateRabbitmq) -> None:
    """One is queued while it is away, one runs, and the workers find it again by themselves."""
    bench = rabbit_bench
    bench.start_worker(concurrency=2)
    bench.start_schedule()
    assert bench.wait_for_end(bench.post()).state is JobState.SUCCEEDED
    running = bench.post(pauseIn="apply_ddl", pauseAttempts=1)
    bench.wait_for_step(running, "apply_ddl")
    rabbitmq.kill()
    unheard = bench.add()
    announcer = CeleryAnnouncer(Broker(url=rabbitmq.url()))
    with pytest.raises(AnnouncementFailedError):
        announcer.announce(unheard.kind, unheard.id)
    assert not WebAnnouncer(Broker(url=rabbitmq.url())).is_reachable()
    bench.request_cancel(running)
    assert bench.wait_for_end(running).state is JobState.CANCELLED
    rabbitmq.start()
    assert bench.wait_for_end(unheard).state is JobState.SUCCEEDED
    # A producer that lost its connection opens another.
    late = bench.add()
    announcer.announce(late.kind, late.id)
    announcer.close()
    assert bench.wait_for_end(late).state is JobState.SUCCEEDED
    assert WebAnnouncer(Broker(url=rabbitmq.url())).is_reachable()
    assert bench.effects(unheard, late) == 2


def test_a_message_holds_the_id_alone(rabbit_bench: Bench, rabbitmq: PrivateRabbitmq) -> None:
    """Whoever reads the queue learns nothing else."""
    job = rabbit_bench.post()
    with connected(rabbitmq.url()) as connection:
        message = connection.default_channel.basic_get("jobs")
    assert message is not None
    assert message.headers["task"] == "job.create"
    assert message.headers["argsrepr"] == f"('{job.id}',)"
    assert message.properties["delivery_mode"] == 2
