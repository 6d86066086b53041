"""The product's web application with bare Flask views beside it, for `schema_reading`."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from benchmarks.designs import make_document
from web.wsgi import app as product


def make_app(tables: int) -> Flask:
    """Return both under one roof; the bare views stand under /bare."""
    bare = Flask("bare")
    document: dict[str, Any] = {"success": True, "data": make_document(tables)}

    def constant() -> str:
        return "ok"

    def whole_document() -> Response:
        return jsonify(document)

    bare.add_url_rule("/constant", view_func=constant)
    bare.add_url_rule("/document", view_func=whole_document)
    product.wsgi_app = DispatcherMiddleware(product.wsgi_app, {"/bare": bare})  # type: ignore[method-assign] # as Flask has it done
    return product
