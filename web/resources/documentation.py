"""The OpenAPI document and the page to read and try it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from web.json_writing import json_response
from web.security import script_nonce

documentation = Blueprint("documentation", __name__, template_folder="../templates")


@documentation.get("/openapi.json")
def get_openapi() -> Response:
    """Return the OpenAPI document."""
    return json_response(current_app.extensions["openapi"].to_dict())


@documentation.get("/docs")
def read_docs() -> Response:
    """Return the page that shows the routes and lets one try them."""
    page = render_template("docs.html", nonce=script_nonce())
    return Response(page, content_type="text/html; charset=utf-8")


@documentation.get("/")
def begin() -> AnyResponse:
    """Lead to the page."""
    return redirect("/docs")
