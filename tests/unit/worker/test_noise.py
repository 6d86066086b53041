"""What workers and Flower say when nothing is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
"""The checkout."""

SAYING = """
import logging, warnings
import worker.main
from celery.exceptions import SecurityWarning
from celery.platforms import ROOT_DISCOURAGED

warnings.warn(SecurityWarning(ROOT_DISCOURAGED.format(uid=0, euid=0, gid=0, egid=0)))
warnings.warn(SecurityWarning("another warning"))
inspector = logging.getLogger("flower.inspector")
inspector.warning("Inspect method %s failed", "stats")
inspector.error("another failure")
"""
"""A process that gives Celery's warning to root, Flower's about absent workers, and others."""


def test_root_and_absent_workers_are_no_reason_for_a_warning() -> None:
    """Our workers unpickle nothing, and Flower starts before them; all else is still said."""
    done = subprocess.run(
        [sys.executable, "-c", SAYING], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert "superuser privileges" not in done.stderr
    assert "Inspect method" not in done.stderr
    assert "another warning" in done.stderr
    assert "another failure" in done.stderr
