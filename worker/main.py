"""The entry point of `celery --app worker.main`: worker, beat and Flower."""

from __future__ import annotations

import warnings

from celery.exceptions import SecurityWarning

from core.logs import configure_logs
from core.settings import load_settings
from worker.app import make_app

# Celery means workers that unpickle what the broker brings; ours take JSON and look an id up in it.
warnings.filterwarnings(
    "ignore", r"\s*You're running the worker with superuser privileges", SecurityWarning
)

_settings = load_settings()
configure_logs(_settings.log_level)
app = make_app(_settings)
