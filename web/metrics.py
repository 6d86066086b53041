"""Measures for Prometheus: requests as this web process sees them, the rest as the store says.

With several web processes, each adds to files in one folder and any of them answers for all.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from core.application import Application
from core.errors import UnavailableError
from core.jobs.queue import JOB_QUEUE, SCHEDULE_QUEUE
from core.observation.measures import Measures
from core.setting_values import is_loopback
from core.settings import Settings
from web.openapi import VERSION
from web.rate_limits import note_failure, refuse_after_failures
from web.security import METRICS_PATH
from web.server_metrics import server_measures

KEPT_SECONDS = 5.0
"""How long what the store said is told again, however many ask."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds of the durations of requests; held ones last up to 30 seconds."""

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def register_metrics(app: Flask, settings: Settings, application: Application) -> None:
    """Count the application's requests, and serve all measures at `/metrics`."""
    # Only web servers that say so before the library is loaded have it share; others are alone.
    is_shared = values.ValueClass is not values.MutexValue
    folder = settings.prometheus_multiproc_dir if is_shared else None
    own = CollectorRegistry()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    requests = RequestMeasures(own, application, is_shared=folder is not None)
    shown = CollectorRegistry()
    shown.register(StoredMeasures(application))
    if folder is not None:
        MultiProcessCollector(shown, path=str(folder))  # type: ignore[no-untyped-call] # its own gap

    def count(response: Response) -> Response:
        requests.count(response)
        return response

    def get_metrics() -> Response:
        refusal = _refusal(settings)
        if refusal is not None:
            return refusal
        requests.look_at_pool()
        text = generate_latest(shown)
        if folder is None:
            text += generate_latest(own)
        return Response(text, content_type=CONTENT_TYPE_LATEST)

    app.before_request(requests.look_at_pool)
    app.after_request(count)
    app.add_url_rule(METRICS_PATH, "metrics", get_metrics, methods=["GET"])


class RequestMeasures:
    """Counts requests and their durations, up to the first byte of the answer, and connections."""

    def __init__(
        self, registry: CollectorRegistry, application: Application, *, is_shared: bool
    ) -> None:
        self._pool_use = application.pool_use
        # Shared measures live in files, and are read from there alone.
        given = None if is_shared else registry
        self._requests = Counter(
            "schema_builder_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=given,
        )
        self._seconds = Histogram(
            "schema_builder_http_request_seconds",
            "Time to the first byte of an answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=given,
        )
        self._refused = Counter(
            "schema_builder_rate_limit_refusals",
            "Requests refused because a rate limit was reached, by its policy.",
            ("policy",),
            registry=given,
        )
        self._unshared = Counter(
            "schema_builder_rate_limit_unshared",
            "Requests counted by one process alone, because Redis did not answer.",
            registry=given,
        )
        Gauge(
            "schema_builder_web_started_at_seconds",
            "When the web process started, as Unix time.",
            registry=given,
            multiprocess_mode="livemin",
        ).set(time.time())
        self._pool_used = Gauge(
            "schema_builder_store_pool_used",
            "Connections to the store that web processes use.",
            registry=given,
            multiprocess_mode="livesum",
        )
        self._pool_size = Gauge(
            "schema_builder_store_pool_size",
            "The most there can be.",
            registry=given,
            multiprocess_mode="livesum",
        )

    def look_at_pool(self) -> None:
        """Note how many connections are in use; other processes know of it by this alone."""
        pool = self._pool_use()
        self._pool_used.set(pool.used)
        self._pool_size.set(pool.size)

    def count(self, response: Response) -> None:
        """Count the present request."""
        # Routes and methods are few; addresses and made-up methods are as many as clients send.
        route = request.url_rule.rule if request.url_rule is not None else "unmatched"
        method = request.method if request.url_rule is not None else "any"
        self._requests.labels(method, route, response.status_code).inc()
        self.look_at_pool()
        if "refused_by" in g:
            self._refused.labels(g.refused_by).inc()
        if any(not standing.is_shared for standing in g.get("standings", {}).values()):
            self._unshared.inc()
        if "began_at" in g:
            self._seconds.labels(method, route).observe(time.monotonic() - g.began_at)


class StoredMeasures(Collector):
    """Measures that are looked up when somebody asks, and kept for a moment."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._kept: tuple[float, list[GaugeMetricFamily]] | None = None

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Say nothing beforehand, so that registering asks nobody."""
        return ()

    @override
    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return all measures; those of a part that is away are left out."""
        with self._lock:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] > KEPT_SECONDS:
                self._kept = (now, [*self._families()])
            return self._kept[1]

    def _families(self) -> Iterator[GaugeMetricFamily]:
        yield _labelled("schema_builder_info", "The product.", ("version",), {(VERSION,): 1})
        yield from self._of_queue()
        now = self._application.clock.now()
        try:
            with self._application.open_store() as store:
                measures = store.measures.measure(now)
                servers = store.registrations.list_all()
        except UnavailableError:
            yield _single("schema_builder_store_up", "Whether the store answers.", 0)
            return
        yield _single("schema_builder_store_up", "Whether the store answers.", 1)
        yield from _of_jobs(measures, now)
        yield from _of_backups(measures, now)
        yield from server_measures(servers)

    def _of_queue(self) -> Iterator[GaugeMetricFamily]:
        try:
            signs = self._application.signs_of_life.read()
        except UnavailableError:
            yield _single("schema_builder_queue_up", "Whether the broker answers.", 0)
            return
        yield _single("schema_builder_queue_up", "Whether the broker answers.", 1)
        yield _labelled(
            "schema_builder_workers",
            "Workers that live, by queue.",
            ("queue",),
            {(queue,): signs.listening_to(queue) for queue in (JOB_QUEUE, SCHEDULE_QUEUE)},
        )
        yield _single(
            "schema_builder_beat_alive",
            "Whether a task of beat ran within the last minute.",
            int(signs.beat_at is not None),
        )


def _of_jobs(measures: Measures, now: datetime) -> Iterator[GaugeMetricFamily]:
    yield _labelled(
        "schema_builder_jobs",
        "Jobs queued and running, and those that ended within the last hour.",
        ("kind", "state"),
        {(job.kind, job.state): job.count for job in measures.jobs},
    )
    yield _single(
        "schema_builder_queue_age_seconds",
        "Longest wait of a job for nothing but a worker.",
        _age(measures.oldest_ready, now),
    )
    steps = measures.steps
    yield _labelled(
        "schema_builder_job_step_seconds",
        "Durations of steps of jobs that ended within the last hour.",
        ("kind", "step", "quantile"),
        {
            (part.kind, part.step, quantile): seconds
            for part in steps
            for quantile, seconds in (
                ("0.5", part.median_seconds),
                ("0.95", part.p95_seconds),
                ("1", part.longest_seconds),
            )
        },
    )
    yield _labelled(
        "schema_builder_job_steps",
        "How many steps those durations are of.",
        ("kind", "step"),
        {(part.kind, part.step): part.count for part in steps},
    )
    yield _single(
        "schema_builder_webhook_deliveries_waiting",
        "Webhook deliveries still to be made.",
        measures.deliveries_waiting,
    )
    yield _single(
        "schema_builder_webhook_delivery_age_seconds",
        "Age of the oldest of those.",
        _age(measures.oldest_delivery, now),
    )


def _of_backups(measures: Measures, now: datetime) -> Iterator[GaugeMetricFamily]:
    labels = ("state", "verification")
    yield _labelled(
        "schema_builder_backups",
        "Backups by state and proof.",
        labels,
        {(part.state, part.verification): part.count for part in measures.backups},
    )
    yield _labelled(
        "schema_builder_backup_bytes",
        "Their size.",
        labels,
        {(part.state, part.verification): part.size_bytes for part in measures.backups},
    )
    for name, help_text, value in (
        ("databases", "Live databases.", measures.live_databases),
        ("databases_drifted", "Those changed by hand.", measures.drifted_databases),
        ("databases_without_backup", "Those without a backup.", measures.without_backup),
        ("databases_without_proof", "Those without a verified backup.", measures.without_proof),
        (
            "databases_backup_overdue",
            "Those whose newest backup is older than their schedule allows.",
            measures.backup_overdue,
        ),
        (
            "databases_proof_failed",
            "Those whose newest backup that was tried cannot be restored.",
            measures.proof_failed,
        ),
    ):
        yield _single(f"schema_builder_{name}", help_text, value)
    yield _single(
        "schema_builder_backup_age_seconds",
        "Age of the newest backup of the database where it is oldest.",
        _age(measures.oldest_newest_backup, now),
    )
    yield _single(
        "schema_builder_unscheduled_backup_age_seconds",
        "The same of databases whose backups no schedule takes.",
        _age(measures.oldest_unscheduled_backup, now),
    )
    yield _single(
        "schema_builder_backup_proof_age_seconds",
        "Age of the newest verified backup of the database where it is oldest.",
        _age(measures.oldest_newest_proof, now),
    )


def _refusal(settings: Settings) -> Response | None:
    """Return why whoever asks may not know; None for Prometheus."""
    if settings.metrics_token is not None:
        expected = f"Bearer {settings.metrics_token}"
        given = request.headers.get("Authorization", "")
        if given:
            refuse_after_failures()
        if hmac.compare_digest(given.encode(), expected.encode()):
            return None
        if given:
            note_failure()
        return Response(
            "The token does not fit.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # A proxy on this machine calls from loopback whoever stands behind it.
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    if is_loopback(request.remote_addr or "") and not is_forwarded:
        return None
    return Response(
        "From other machines METRICS_TOKEN is needed.\n", status=403, content_type="text/plain"
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)


def _single(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=value)


def _labelled(
    name: str, help_text: str, labels: tuple[str, ...], values: dict[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for words, value in sorted(values.items()):
        family.add_metric(words, value)
    return family
