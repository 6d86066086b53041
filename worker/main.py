"""The entry point of `celery --app worker.main`: worker, beat and Flower."""

from __future__ import annotations

from core.logs import configure_logs
from core.settings import load_settings
from worker.app import make_app

_settings = load_settings()
configure_logs(_settings.log_level)
app = make_app(_settings)
