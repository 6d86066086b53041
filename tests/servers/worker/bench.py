"""A real worker whose runners only leave traces, so that tests can see what became of each job.

Wired into a worker by `main` beside it. What a job is to do
stands in its arguments:

    pauseIn, pauseAttempts   sleep in this step, in so many first attempts
    dieIn                    kill the own process in this step, in every attempt
    pauseAfterEffect         sleep between the effect and the end, in the first attempt
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from typing_extensions import override

from core.application import Application
from core.bootstrap import build
from core.databases.errors import ServerUnavailableError, StoppedError
from core.jobs.model import Job, JobKind, JobState
from core.jobs.queue import Announcer
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import Store
from core.settings import Settings

TABLES = """
create schema bench;
create table bench.step (job_id text, step text, attempt int, pid int);
create table bench.staging (job_id text primary key);
create table bench.effect (job_id text primary key);
create table bench.end (job_id text, state text);
"""
"""What the runners write; made by the tests in the store's database."""

PAUSE_SECONDS = 60
"""Longer than any test lasts: only an interruption or a kill ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRunner(Runner[Store]):
    """Builds a row in staging and publishes it, step by step."""

    url: str
    """Where the tables are."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Leave a trace per step, and one effect."""
        job = run.job
        with self._connect() as connection, run.stoppable(connection.cancel):
            if not _has_effect(connection, job):
                self._build(connection, run)
            return _outcome(job)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Look for the effect."""
        with self._connect() as connection:
            return _outcome(job) if _has_effect(connection, job) else None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Empty the staging."""
        with self._connect() as connection:
            _execute(connection, "delete from bench.staging where job_id = %s", job.id)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Leave a trace of the end."""
        with self._connect() as connection:
            _execute(connection, "insert into bench.end values (%s, %s)", job.id, state.value)

    def _build(self, connection: Connection, run: JobRun) -> None:
        job = run.job
        names = [step.name for step in job.steps]
        for name in names:
            with run.step(name):
                _execute(
                    connection,
                    "insert into bench.step values (%s, %s, %s, %s)",
                    job.id,
                    name,
                    job.attempt,
                    os.getpid(),
                )
                if name == names[0]:
                    _execute(connection, "insert into bench.staging values (%s)", job.id)
                if job.arguments.get("dieIn") == name:
                    os.kill(os.getpid(), signal.SIGKILL)
                if job.arguments.get("pauseIn") == name and job.attempt <= job.arguments.get(
                    "pauseAttempts", 1
                ):
                    _execute(connection, "select pg_sleep(%s)", PAUSE_SECONDS)
        run.pass_point_of_no_return()
        _execute(
            connection,
            "with gone as (delete from bench.staging where job_id = %s returning job_id)"
            " insert into bench.effect select job_id from gone",
            job.id,
        )
        if job.arguments.get("pauseAfterEffect") and job.attempt == 1:
            _execute(connection, "select pg_sleep(%s)", PAUSE_SECONDS)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        try:
            connection = psycopg2.connect(self.url, connect_timeout=2)
        except psycopg2.OperationalError as error:
            raise ServerUnavailableError(address="bench", reason="no connection") from error
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()


def build_bench(settings: Settings, *, announcer: Announcer) -> Application:
    """Wire the real application with the bench's runners."""
    application = build(settings, announcer=announcer)
    runner = BenchRunner(url=settings.database_url)
    return replace(application, runners=dict.fromkeys(JobKind, runner))


def _outcome(job: Job) -> Outcome[Store]:
    return Outcome(result={"job": job.id}, record=lambda _: None)


def _has_effect(connection: Connection, job: Job) -> bool:
    return _execute(connection, "select 1 from bench.effect where job_id = %s", job.id)


def _execute(connection: Connection, statement: str, *values: object) -> bool:
    """Run a statement; return whether it found a row."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.description is not None and cursor.fetchone() is not None
    except psycopg2.errors.QueryCanceled as error:
        raise StoppedError from error
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise ServerUnavailableError(address="bench", reason="connection lost") from error
