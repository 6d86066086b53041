"""Names of staging databases and the comments that say who made a database."""

from __future__ import annotations

import pytest

from core.databases.names import Marker, retired_name, scratch_name, staging_name
from core.jobs.model import JobId

JOB_ID = JobId("6f2c1c7e-5a0b-4c3e-9d5e-0b8f4c2d1a3b")


def test_names_beside_a_database_differ_and_fit_into_63_bytes() -> None:
    """PostgreSQL cuts longer names off, which would make two of them one."""
    names = {staging_name(JOB_ID), retired_name(JOB_ID), scratch_name(JOB_ID)}
    assert len(names) == 3
    assert all(len(name.encode()) <= 63 for name in names)


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
