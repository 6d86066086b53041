"""The entry point of `celery --app tests.servers.worker.main`: a worker with bench runners."""

from __future__ import annotations

from core.settings import load_settings
from tests.servers.worker.bench import build_bench
from worker.app import make_app

app = make_app(load_settings(), build=build_bench)
