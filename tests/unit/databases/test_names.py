"""Names of staging databases and the comments that say who made a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.databases.names import (
    Marker,
    retired_name,
    scratch_names,
    staging_name,
    stem,
)
from core.jobs.model import Job, JobId, JobKind, JobState

JOB_ID = JobId("6f2c1c7e-5a0b-4c3e-9d5e-0b8f4c2d1a3b")


def _job(attempt: int) -> Job:
    return Job(
        id=JOB_ID,
        kind=JobKind.VERIFY,
        owner="local",
        schema_id="s",
        state=JobState.RUNNING,
        arguments={},
        steps=(),
        attempt=attempt,
        max_attempts=3,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        sequence=1,
    )


def test_names_beside_a_database_differ_by_attempt_and_fit_into_63_bytes() -> None:
    """PostgreSQL cuts longer names off, and an overtaken attempt must not touch its successor's."""
    names = {
        name(_job(attempt)) for name in (staging_name, retired_name) for attempt in (1, 2, 999)
    }
    assert len(names) == 6
    assert all(len(name.encode()) <= 63 and name.startswith(stem(JOB_ID)) for name in names)


def test_scratch_names_are_those_of_all_attempts_so_far() -> None:
    """The last one is the present attempt's; the others may have been left behind."""
    names = scratch_names(_job(3))
    assert len(set(names)) == 3
    assert names[:2] == scratch_names(_job(2))


def test_a_marker_is_read_as_it_was_written() -> None:
    """The comment carries everything."""
    marker = Marker(job_id=JOB_ID, schema_id="s", version_number=3)
    assert Marker.read(marker.text()) == marker


@pytest.mark.parametrize(
    "comment", [None, "", "a note", "[]", "{}", '{"jobId": 1}', "null"], ids=repr
)
def test_a_foreign_comment_is_no_marker(comment: str | None) -> None:
    """Whatever somebody else wrote there is not taken for ours."""
    assert Marker.read(comment) is None
