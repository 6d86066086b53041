"""The product's app with twins of its reading routes that take texts from Redis or from memory.

Served by gunicorn for `benchmarks.read_cache`. Keys name schema, version and release, so that what
is kept is never stale, and whose a schema is the store is asked before anything is handed out. Of
many that miss the same text at once, one makes it and the others wait for that.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID, uuid4

import redis
from flask import Flask, Response

from core.definition.document import read_document
from core.formats.sql import export_sql
from core.settings import load_settings
from web.app import create_app
from web.context import application
from web.json_writing import rfc3339, text_response, write_json
from web.openapi import VERSION
from web.principals import owner
from web.representing import schema_body_json, schema_frame_json

KEPT_SECONDS = 3_600
LOCK_MILLISECONDS = 5_000
PAUSE_SECONDS = 0.005

Make = Callable[[], str]


class RedisTexts:
    """Texts in Redis, forgotten after an hour."""

    def __init__(self, url: str) -> None:
        self._client: redis.Redis = redis.Redis.from_url(url, decode_responses=True)

    def get(self, key: str, make: Make) -> str:
        """Return a text, made by one of those who miss it."""
        token = uuid4().hex
        while True:
            text = self._client.get(key)
            if text is not None:
                return str(text)
            if self._client.set(f"{key}:lock", token, nx=True, px=LOCK_MILLISECONDS):
                made = make()
                self._client.set(key, made, ex=KEPT_SECONDS)
                self._client.delete(f"{key}:lock")
                return made
            time.sleep(PAUSE_SECONDS)


class MemoryTexts:
    """Texts in this process."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def get(self, key: str, make: Make) -> str:
        """Return a text."""
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = make()
        return text


class NoTexts:
    """Nothing is kept."""

    def get(self, key: str, make: Make) -> str:
        """Make the text."""
        del key
        return make()


def make_app() -> Flask:
    """Return the product's app with the twins beside its routes."""
    settings = load_settings()
    app = create_app(settings)
    keepers: dict[str, Callable[[str, Make], str]] = {
        "redis": RedisTexts(settings.redis_url).get,
        "memory": MemoryTexts().get,
        "none": NoTexts().get,
    }
    for name, get in keepers.items():
        # Endpoints end as those of the product's own routes do, and so count as these.
        app.add_url_rule(
            f"/{name}/schemas/<uuid:schema_id>", f"{name}.get_schema", _schema_view(get)
        )
        app.add_url_rule(
            f"/{name}/schemas/<uuid:schema_id>/export/sql",
            f"{name}.export_schema_sql",
            _export_view(get),
        )
    return app


def _schema_view(get: Callable[[str, Make], str]) -> Callable[..., Response]:
    def view(schema_id: UUID) -> Response:
        schema, job = application().schemas.head(str(schema_id), owner=owner())

        def make() -> str:
            document = application().schemas.document(schema.id, schema.version_number)
            return write_json(schema_body_json(document))

        body = get(f"text:{VERSION}:{schema.id}:{schema.version_number}", make)
        frame = write_json(schema_frame_json(schema, job))
        return text_response(
            '{"success":true,"message":"Schema retrieved successfully","error":null,"data":'
            f"{frame[:-1]},{body[1:]}}}"
        )

    return view


def _export_view(get: Callable[[str, Make], str]) -> Callable[..., Response]:
    def view(schema_id: UUID) -> Response:
        schema, _ = application().schemas.head(str(schema_id), owner=owner())

        def make() -> str:
            raw = application().schemas.document(schema.id, schema.version_number)
            document = read_document(raw, make_id=lambda: uuid4().hex)
            return write_json(export_sql(document.definition, title=document.name))

        sql = get(f"sql:{VERSION}:{schema.id}:{schema.version_number}", make)
        at = rfc3339(application().clock.now())
        return text_response(
            '{"success":true,"message":"SQL exported successfully","error":null,"data":'
            f'{{"schemaId":"{schema.id}","sql":{sql},"generatedAt":"{at}"}}}}'
        )

    return view
