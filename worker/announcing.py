"""Telling the broker of jobs from within a worker, over a producer of its own.

The consumer of the same process waits for a broker as long as it takes; a producer must not.
"""

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
"""How long the broker may take to connect or to answer."""


class CeleryAnnouncer(Announcer):
    """Sends a message per job, and gives up within seconds."""

    def __init__(self, redis_url: str) -> None:
        self._producer = Celery("schema_builder_announcer", broker=redis_url, set_as_current=False)
        self._producer.conf.update(
            accept_content=["json"],
            task_serializer="json",
            task_ignore_result=True,
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
        """Say that this job can be claimed."""
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

    def close(self) -> None:
        """Give connections back."""
        self._producer.close()
