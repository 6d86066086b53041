"""A client of the API that holds each answer against the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.application import Application
from web.json_writing import write_json

API = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A client that believes nothing: every answer has to be as the OpenAPI document says."""

    client: FlaskClient
    """Sends requests."""
    application: Application
    """The use cases behind."""
    description: Mapping[str, Any]
    """The OpenAPI document."""

    def get(self, path: str, **given: Any) -> TestResponse:  # noqa: ANN401 - passed on
        """Send GET."""
        return self.send("GET", path, **given)

    def post(self, path: str, body: object = None, **given: Any) -> TestResponse:  # noqa: ANN401 - passed on
        """Send POST, with a JSON body if one is given."""
        return self.send("POST", path, body=body, **given)

    def put(self, path: str, body: object, **given: Any) -> TestResponse:  # noqa: ANN401 - passed on
        """Send PUT with a JSON body."""
        return self.send("PUT", path, body=body, **given)

    def delete(self, path: str, **given: Any) -> TestResponse:  # noqa: ANN401 - passed on
        """Send DELETE."""
        return self.send("DELETE", path, **given)

    def send(self, method: str, path: str, *, body: object = None, **given: Any) -> TestResponse:  # noqa: ANN401 - passed on
        """Send a request below the API's address and hold the answer against its description."""
        if body is not None:
            given.setdefault("content_type", "application/json")
            given["data"] = write_json(body)
        response = self.client.open(f"{API}{path}", method=method, **given)
        self._check(method, f"{API}{path.partition('?')[0]}", response)
        return response

    def _check(self, method: str, path: str, response: TestResponse) -> None:
        operation = self._operation(method, path)
        if operation is None:
            return
        described = operation["responses"].get(str(response.status_code))
        assert described is not None, (
            f"{method} {path} answered {response.status_code}, undescribed"
        )
        described = self._resolved(described)
        for name in ("X-Request-ID",):
            assert name in response.headers
        content = described.get("content")
        if content is None:
            assert response.data == b""
        elif response.mimetype in {"application/json", "application/problem+json"}:
            schema = {
                **content[response.mimetype]["schema"],
                "components": self.description["components"],
            }
            jsonschema.Draft202012Validator(
                schema, format_checker=jsonschema.FormatChecker()
            ).validate(response.get_json())

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        exact = self.description["paths"].get(path, {}).get(method.lower())
        if exact is not None:
            return dict(exact)
        for template, item in self.description["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in item:
                return dict(item[method.lower()])
        return None

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            found: Any = self.description
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part
