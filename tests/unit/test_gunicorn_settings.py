"""What gunicorn is told before anything listens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IS_SHARED = (
    "import web.gunicorn_settings as s; s.on_starting(None);"
    " from prometheus_client import values;"
    " print(values.ValueClass is not values.MutexValue)"
)
"""Loads the settings as gunicorn does, and says whether processes then share their measures."""


def load(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a working folder whose `.env` counts."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251 - for a process of its own
    environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("is_given", [True, False], ids=["given", "absent"])
def test_a_folder_of_measures_counts_in_the_file_too(tmp_path: Path, *, is_given: bool) -> None:
    """The library that counts looks into the environment alone, and is told before it is loaded."""
    given = "WEB_PROCESSES=2\nPROMETHEUS_MULTIPROC_DIR=measures/of/web\n" if is_given else ""
    (tmp_path / ".env").write_text(given)
    loaded = load(tmp_path, IS_SHARED)
    assert loaded.stdout.strip() == str(is_given), loaded.stderr
    assert (tmp_path / "measures" / "of" / "web").is_dir() == is_given


def test_what_was_measured_before_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """A folder that was named by mistake loses no file of anybody."""
    (tmp_path / ".env").write_text("PROMETHEUS_MULTIPROC_DIR=.\n")
    for name in ("counter_17.db", "gauge_livesum_17.db", "histogram_17.db", "own.db", "counter.db"):
        (tmp_path / name).touch()
    loaded = load(tmp_path, IS_SHARED)
    assert loaded.returncode == 0, loaded.stderr
    assert {file.name for file in tmp_path.iterdir()} == {".env", "own.db", "counter.db"}


def test_a_folder_of_measures_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Nothing listens then."""
    (tmp_path / ".env").write_text("PROMETHEUS_MULTIPROC_DIR=.env/measures\n")
    loaded = load(tmp_path, IS_SHARED)
    assert loaded.returncode == 1
    assert "PROMETHEUS_MULTIPROC_DIR names" in loaded.stderr
