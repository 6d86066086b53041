"""What a process need not know is not in its memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
"""The checkout."""


@pytest.mark.parametrize(
    ("loaded", "unneeded"),
    [
        # Gunicorn's first process only starts and stops those that serve.
        ("web.gunicorn_settings, web.gunicorn_worker", ("flask", "sqlalchemy", "core.bootstrap")),
        # Amazon's client is for archives in a bucket.
        ("web.app", ("boto3", "botocore")),
        ("worker.app", ("boto3", "botocore", "flask")),
    ],
    ids=["gunicorns_first_process", "web", "worker"],
)
def test_a_process_loads_nothing_that_it_does_not_need(
    loaded: str, unneeded: tuple[str, ...]
) -> None:
    """Each of these modules costs megabytes, in each process."""
    code = f"import sys, {loaded}; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert set(unneeded) & set(done.stdout.split()) == set()
