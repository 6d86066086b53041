"""The web's composition root: the Flask app with its routes, fences and error answers."""

from __future__ import annotations

from dataclasses import replace

import flask_migrate
from flask import Flask

from core.application import Application
from core.bootstrap import broker_of, build
from core.jobs.queue import Announcer
from core.settings import Settings
from core.store.database import MigrationTarget, make_engine
from web.announcing import CeleryAnnouncer
from web.auth import register_authentication
from web.commands import register_commands
from web.context import WebContext, attach_context
from web.counting import Counting
from web.doctor import register_doctor
from web.holding import Holding, Patience
from web.json_writing import write_json, write_with_all_digits
from web.lengths import register_lengths
from web.metrics import register_metrics
from web.openapi import describe_api
from web.problems import error_codes, register_problems
from web.rate_limits import register_rate_limits
from web.representing import API, schema_body_json
from web.request_ids import register_request_ids
from web.resources.audit import audit
from web.resources.backup_schedules import backup_schedules
from web.resources.backups import backups
from web.resources.checking import checking
from web.resources.credentials import credentials
from web.resources.databases import databases
from web.resources.documentation import documentation
from web.resources.drift import drift
from web.resources.health import health
from web.resources.jobs import jobs
from web.resources.keys import keys
from web.resources.migrations import migrations
from web.resources.quotas import quotas
from web.resources.schemas import schemas
from web.resources.servers import servers
from web.resources.versions import versions
from web.resources.webhooks import webhooks
from web.resources.workspaces import workspaces
from web.security import register_security
from web.tracing import register_traces
from web.version_texts import VersionTexts

VERSION_TEXTS_ROOM = 32 * 1024 * 1024
"""Characters of versions as JSON that one process keeps."""

SQL_TEXTS_ROOM = 16 * 1024 * 1024
"""Characters of versions as SQL, likewise."""


def create_app(
    settings: Settings,
    *,
    announcer: Announcer | None = None,
    patience: Patience | None = None,
) -> Flask:
    """Return the Flask app. Nothing is connected yet.

    Args:
        settings: What was set from outside.
        announcer: Tells the broker of jobs; tests give one of their own.
        patience: Times around held requests; tests shorten them.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = 0
    write_with_all_digits(app)
    context = _context(settings, announcer=announcer, patience=patience or Patience())
    attach_context(app, context)
    register_request_ids(app)
    register_traces(app)
    register_lengths(app)
    register_security(app, settings)
    register_authentication(app, settings)
    register_metrics(app, settings, context.application)
    register_rate_limits(app)
    _register_routes(app, is_authentication_required=settings.authentication == "required")
    register_problems(app)
    target = MigrationTarget(engine=make_engine(settings.database_url))
    flask_migrate.Migrate(app, target, compare_type=True, render_as_batch=False)
    register_commands(app)
    register_doctor(app)
    return app


def _context(settings: Settings, *, announcer: Announcer | None, patience: Patience) -> WebContext:
    celery = CeleryAnnouncer(broker_of(settings))
    bounded = min(settings.statement_timeout_seconds, settings.request_statement_seconds)
    application: Application = build(
        replace(settings, statement_timeout_seconds=bounded), announcer=announcer or celery
    )
    return WebContext(
        settings=settings,
        application=application,
        # A quarter of the threads answers the quick requests, whatever the others wait for.
        holding=Holding(room=max(1, settings.web_threads // 2)),
        downloads=Holding(room=max(1, settings.web_threads // 4)),
        patience=patience,
        version_texts=VersionTexts(
            write=lambda schema_id, number: write_json(
                schema_body_json(application.schemas.document(schema_id, number))
            ),
            room_characters=VERSION_TEXTS_ROOM,
        ),
        sql_texts=VersionTexts(
            write=application.schemas.export_sql, room_characters=SQL_TEXTS_ROOM
        ),
        counting=Counting(
            settings.limits_redis_url or settings.redis_url,
            processes=settings.web_processes,
        ),
        is_queue_reachable=celery.is_reachable,
    )


def _register_routes(app: Flask, *, is_authentication_required: bool) -> None:
    api = describe_api(app, is_authentication_required=is_authentication_required)
    for noun in (
        schemas,
        versions,
        checking,
        databases,
        credentials,
        migrations,
        drift,
        backup_schedules,
        backups,
        jobs,
        webhooks,
        keys,
        workspaces,
        servers,
        audit,
        quotas,
        health,
    ):
        api.register_blueprint(noun.blueprint, url_prefix=API)
    app.register_blueprint(health.blueprint, name="root-health")
    app.register_blueprint(documentation, url_prefix=API)
    app.register_blueprint(documentation, name="root-documentation")
    api.spec.options["x-error-codes"] = error_codes()
    app.extensions["openapi"] = api.spec
