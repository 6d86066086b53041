"""Telling the broker of jobs: the producing half of Celery, with no task in sight."""

from __future__ import annotations

from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from typing_extensions import override

from core.jobs.broker import PRODUCER_TIMEOUT_SECONDS, Broker
from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobId, JobKind
from core.jobs.queue import JOB_QUEUE, Announcer, task_name
from core.tracing import Role, span


class CeleryAnnouncer(Announcer):
    """Sends a message per job, and gives up within seconds."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._producer = Celery("schema_builder_web", broker=broker.url, set_as_current=False)
        self._producer.conf.update(
            accept_content=["json"],
            task_serializer="json",
            task_ignore_result=True,
            task_send_sent_event=True,
            broker_connection_timeout=PRODUCER_TIMEOUT_SECONDS,
            broker_connection_retry=False,
            broker_transport_options=broker.producer_options(),
        )
        if broker.queue_arguments is not None:
            self._producer.conf.task_queues = [
                Queue(  # type: ignore[no-untyped-call] # kombu ships no types
                    JOB_QUEUE, routing_key=JOB_QUEUE, queue_arguments=broker.queue_arguments
                )
            ]
        connection = self._producer.connection_for_write()  # connects nowhere yet
        self._failures: tuple[type[Exception], ...] = (
            KombuError,
            RedisError,
            OSError,
            *connection.connection_errors,
            *connection.channel_errors,
        )

    @override
    def announce(self, kind: JobKind, job_id: JobId) -> None:
        """Say that this job can be claimed.

        Raises:
            AnnouncementFailedError: the broker did not take the message.
        """
        try:
            with span(f"announce {kind}", role=Role.MESSAGE, schema_builder__job__id=job_id):
                self._producer.send_task(
                    task_name(kind),
                    args=(job_id,),
                    task_id=job_id,
                    queue=JOB_QUEUE,
                    ignore_result=True,
                    retry=self._broker.retry_policy() is not None,
                    retry_policy=self._broker.retry_policy(),
                )
        except self._failures as error:
            raise AnnouncementFailedError(job_id=job_id, reason=type(error).__name__) from error

    def is_reachable(self) -> bool:
        """Whether the broker answers."""
        try:
            with self._producer.connection_for_write() as connection:
                connection.connect()
                if not self._broker.speaks_amqp:
                    connection.default_channel.client.ping()
        except self._failures:
            return False
        return True
