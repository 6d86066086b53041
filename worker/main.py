"""The entry point of `celery --app worker.main`: worker, beat and Flower."""

from __future__ import annotations

from core.settings import load_settings
from worker.app import make_app

app = make_app(load_settings())
