"""The WSGI entry point, also of `flask --app web.wsgi`."""

from __future__ import annotations

from core.logs import configure_logs
from core.settings import load_settings
from web.app import create_app

_settings = load_settings()
configure_logs(_settings.log_level)
app = create_app(_settings)
