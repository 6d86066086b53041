"""The WSGI entry point, also of `flask --app web.wsgi`."""

from __future__ import annotations

from core.logs import configure_logs
from core.observation.traces import start_traces
from core.settings import load_settings
from web.app import create_app

_settings = load_settings()
configure_logs(_settings.log_level)
start_traces(_settings, process="web")
app = create_app(_settings)
