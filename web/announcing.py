"""Telling the broker of jobs: the producing half of Celery, with no task in sight."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from typing_extensions import override

from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobId, JobKind
from core.jobs.queue import BROKER_KEY_PREFIX, JOB_QUEUE, Announcer, task_name
from core.tracing import Role, span

TIMEOUT_SECONDS = 2
"""How long the broker may take to connect or to answer; a request waits for it."""


class CeleryAnnouncer(Announcer):
    """Sends a message per job, and gives up within seconds."""

    def __init__(self, redis_url: str) -> None:
        self._producer = Celery("schema_builder_web", broker=redis_url, set_as_current=False)
        self._producer.conf.update(
            accept_content=["json"],
            task_serializer="json",
            task_ignore_result=True,
            task_send_sent_event=True,
            broker_connection_timeout=TIMEOUT_SECONDS,
            broker_connection_retry=False,
            broker_transport_options={
                "global_keyprefix": BROKER_KEY_PREFIX,
                "socket_connect_timeout": TIMEOUT_SECONDS,
                "socket_timeout": TIMEOUT_SECONDS,
                "socket_keepalive": True,
                "max_retries": 0,
            },
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
                    retry=False,
                )
        except (KombuError, RedisError, OSError) as error:
            raise AnnouncementFailedError(job_id=job_id, reason=type(error).__name__) from error

    def is_reachable(self) -> bool:
        """Whether the broker answers."""
        try:
            with self._producer.connection_for_write() as connection:
                connection.default_channel.client.ping()
        except (KombuError, RedisError, OSError):
            return False
        return True
