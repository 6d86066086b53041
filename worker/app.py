"""The worker's composition root: the Celery app with its settings, tasks and signals."""

from __future__ import annotations

from celery import Celery, signals
from kombu.entity import Queue

from core.bootstrap import broker_of, build
from core.errors import UnavailableError
from core.garbage import look_for_garbage_rarely
from core.jobs.broker import Broker
from core.jobs.queue import JOB_QUEUE, SCHEDULE_QUEUE
from core.logs import configure_logs
from core.observation.traces import start_traces
from core.settings import Settings
from core.tracing import end_traces
from worker.context import Build, Context
from worker.schedule import register_schedule
from worker.shutdown import GRACE_SECONDS, SharedFlag, set_after
from worker.signs_of_life import connect_signs_of_life
from worker.tasks import register_job_tasks

SOCKET_TIMEOUT_SECONDS = 10
"""How long the broker may keep a consumer without an answer; longer than its longest wait."""


def make_app(settings: Settings, *, build: Build = build) -> Celery:
    """Return the Celery app: one task per kind of job, and the periodic ones.

    Nothing is connected here, as children are forked from this process.

    Args:
        settings: What was set from outside.
        build: Wires the application; tests wire another.
    """
    app = Celery("schema_builder", broker=broker_of(settings).url)
    app.conf.update(configuration(settings))
    context = Context(settings, build=build)
    hand_back = SharedFlag()
    register_job_tasks(app, context, hand_back)
    register_schedule(app, context)
    _connect_signals(settings, context, hand_back)
    connect_signs_of_life(app, settings.redis_url)
    return app


def configuration(settings: Settings) -> dict[str, object]:
    """Return Celery's settings; the reasons stand beside those that are not its defaults.

    Source: Celery 5.7 user guide, configuration and defaults; kombu 5.7, transport `redis`.
    """
    broker = broker_of(settings)
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "enable_utc": True,
        "timezone": "UTC",
        # The record in our store is the truth; Celery's own idea of it is never asked.
        "task_ignore_result": True,
        "result_backend": None,
        "task_default_queue": JOB_QUEUE,
        "task_create_missing_queues": True,
        # A message that was taken and not finished comes again; the claim makes that harmless.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # Long jobs must not be reserved behind a long job.
        "worker_prefetch_multiplier": 1,
        # Work goes on when the broker goes away: it holds a lease of the store, not of the broker.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_retry": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 4,
        "broker_transport_options": broker.consumer_options(
            socket_timeout_seconds=SOCKET_TIMEOUT_SECONDS
        ),
        # A RabbitMQ that hangs, or a network in between, is noticed within a minute.
        "broker_heartbeat": 20,
        **_queues(broker),
        # For Flower.
        "task_track_started": True,
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        # Logs are ours.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_concurrency": settings.worker_concurrency,
        "beat_max_loop_interval": max(1, int(settings.repair_seconds)),
    }


def _queues(broker: Broker) -> dict[str, object]:
    """Return the queues with what has to be said of them; nothing where nothing has."""
    arguments = broker.queue_arguments
    if arguments is None:
        return {}
    return {
        "task_queues": [
            Queue(  # type: ignore[no-untyped-call] # kombu ships no types
                name, routing_key=name, queue_arguments=arguments
            )
            for name in (JOB_QUEUE, SCHEDULE_QUEUE)
        ]
    }


def _connect_signals(settings: Settings, context: Context, hand_back: SharedFlag) -> None:
    """Hook into the life of Celery's processes."""

    def set_up_logs(**_: object) -> None:
        configure_logs(settings.log_level)

    def get_ready_to_fork(**_: object) -> None:
        look_for_garbage_rarely()

    def warm_up(**_: object) -> None:
        start_traces(settings, process="worker")
        try:
            with context.application.open_store():
                pass
        except UnavailableError:
            return  # the first job waits for the store instead

    def wind_up(**_: object) -> None:
        context.close()
        end_traces()

    def go(**_: object) -> None:
        set_after(hand_back, GRACE_SECONDS)

    signals.setup_logging.connect(set_up_logs, weak=False)
    signals.worker_init.connect(get_ready_to_fork, weak=False)
    signals.worker_process_init.connect(warm_up, weak=False)
    signals.worker_process_shutdown.connect(wind_up, weak=False)
    signals.worker_shutting_down.connect(go, weak=False)
