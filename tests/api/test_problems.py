"""Every error has one shape, keeps HTTP's own headers and tells nothing internal."""

from __future__ import annotations

import gzip
import logging
from io import BytesIO
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from flask import Flask

from core.errors import InternalError
from tests.api.client import Api
from tests.api.documents import document
from web.json_writing import write_json
from web.problems import error_codes, json_pointer


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        pytest.param("GET /nothing", 404, "NOT_FOUND", id="no address"),
        pytest.param("DELETE /schemas", 405, "METHOD_NOT_ALLOWED", id="not a method of it"),
        pytest.param("POST /schemas", 415, "UNSUPPORTED_MEDIA_TYPE", id="no JSON declared"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_errors_come_in_the_shape_that_is_asked_for(
    shared_api: Api, asked: str, status: int, code: str, accept: str
) -> None:
    """The envelope, or an RFC 9457 document, with the same facts."""
    method, path = asked.split()
    response = shared_api.send(method, path, headers={"Accept": accept, "X-Request-ID": "r-1"})
    assert response.status_code == status
    assert response.mimetype == accept
    body = response.get_json()
    facts = body if accept == "application/problem+json" else body["error"]
    assert facts["code"] == code
    assert facts["requestId"] == "r-1"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json, application/problem+json", "application/json"),
        ("application/problem+json, application/json;q=0.5", "application/problem+json"),
        ("application/json;q=0.1, application/problem+json;q=0.2", "application/problem+json"),
        ("application/problem+json;q=0", "application/json"),
        ("application/problem+json, */*;q=0.1", "application/problem+json"),
    ],
)
def test_the_shape_follows_what_the_client_likes_best(
    shared_api: Api, accept: str, expected: str
) -> None:
    """Quality values decide; JSON is the default."""
    assert shared_api.get("/nothing", headers={"Accept": accept}).mimetype == expected


def test_a_wrong_method_names_the_right_ones(shared_api: Api) -> None:
    """405 keeps `Allow`."""
    allowed = shared_api.delete("/schemas").headers["Allow"]
    assert {"GET", "POST"} <= {word.strip() for word in allowed.split(",")}


def test_problem_documents_point_to_each_place(shared_api: Api) -> None:
    """Places become JSON pointers."""
    broken = document()
    broken["tables"][0]["columns"][0]["length"] = "x"
    response = shared_api.post("/schemas", broken, headers={"Accept": "application/problem+json"})
    assert response.get_json()["errors"][0]["pointer"] == "#/tables/0/columns/0/length"


def test_pointers_escape_what_they_must() -> None:
    """RFC 6901 has two escapes."""
    assert json_pointer("a/b[0].c~d") == "#/a~1b/0/c~0d"


def test_a_body_that_is_too_long_is_refused(shared_api: Api) -> None:
    """The limit comes from the settings."""
    response = shared_api.post("/schemas", document(description="x" * 1_100_000))
    assert response.status_code == 413
    assert response.get_json()["error"]["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/schemas?search=" + "x" * 7000, {}, 414, "URI_TOO_LONG"),
        ("/schemas", {"If-None-Match": "x" * 8000}, 431, "HEADERS_TOO_LARGE"),
        ("/schemas", {f"X-{number}": "x" for number in range(101)}, 431, "HEADERS_TOO_LARGE"),
    ],
    ids=["address", "header", "headers"],
)
def test_too_long_a_request_is_refused_in_our_own_words(
    shared_api: Api, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    """The limits lie below those of gunicorn."""
    response = shared_api.get(path, headers=headers)
    assert response.status_code == status
    assert response.get_json()["error"]["code"] == code


def chunked(body: bytes) -> dict[str, Any]:
    """Return how a body without a declared length is sent."""
    return {
        "input_stream": BytesIO(body),
        "environ_overrides": {"wsgi.input_terminated": True},
        "headers": {"Transfer-Encoding": "chunked", "Idempotency-Key": uuid4().hex},
        "content_type": "application/json",
    }


@pytest.mark.parametrize("surplus", [1, 2, 100_000])
def test_a_chunked_body_that_is_too_long_is_refused(shared_api: Api, surplus: int) -> None:
    """What is too long is never cut off and taken for the whole."""
    body = b"{}".ljust(1_000_000 + surplus)
    response = shared_api.send("POST", "/schemas", **chunked(body))
    assert response.status_code == 413
    assert response.get_json()["error"]["code"] == "PAYLOAD_TOO_LARGE"


def test_a_chunked_body_of_the_longest_length_is_read(shared_api: Api) -> None:
    """The limit itself is allowed."""
    body = write_json(document(uuid4().hex)).encode().ljust(1_000_000)
    assert shared_api.send("POST", "/schemas", **chunked(body)).status_code == 201


def test_a_compressed_body_is_refused(shared_api: Api) -> None:
    """It is not taken for text that is broken."""
    body = gzip.compress(b"{}")
    response = shared_api.send(
        "POST",
        "/schemas/validate",
        data=body,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    assert response.status_code == 415
    assert response.get_json()["error"]["code"] == "UNSUPPORTED_CONTENT_ENCODING"
    plain = {"Content-Encoding": "identity"}
    assert shared_api.post("/schemas/validate", document(), headers=plain).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"name": 1, "name": 2}', b"\xff", b'{"name": "\\ud800"}', b"[" * 5000, b'{"a": NaN}'],
    ids=["broken", "key twice", "no UTF-8", "half a pair", "too deep", "not a number"],
)
def test_a_body_that_is_no_json_is_refused_with_a_place(shared_api: Api, body: bytes) -> None:
    """INVALID_JSON says where."""
    response = shared_api.send("POST", "/schemas", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "INVALID_JSON"
    assert response.get_json()["data"]["errors"][0]["field"]


@pytest.mark.parametrize(
    "body",
    [b"null", b"1", b'"x"', b"[]", b"{}", b'{"name": "x\\u0000"}', b'{"name": {}, "tables": 3}'],
    ids=["null", "number", "text", "list", "nothing", "NUL", "wrong types"],
)
def test_a_body_that_is_no_document_is_refused_with_places(shared_api: Api, body: bytes) -> None:
    """JSON that is no document is a 400, never a 500."""
    response = shared_api.send("POST", "/schemas", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.get_json()["data"]["errors"]


class BrokenError(InternalError):
    """A failure with a secret in it."""

    code = "BROKEN"


@pytest.mark.parametrize("error", [RuntimeError("secret 42"), BrokenError("secret 42")])
def test_our_own_failures_tell_nothing_and_are_logged(
    app: Flask, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A 500 names the request id; the log has the rest."""

    def fail() -> NoReturn:
        raise error

    app.add_url_rule("/api/v1/fail", view_func=fail)
    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/api/v1/fail")
    assert response.status_code == 500
    assert "secret" not in response.get_data(as_text=True)
    assert response.get_json()["error"]["requestId"] == response.headers["X-Request-ID"]
    assert any(record.exc_info for record in caplog.records)


def test_every_code_has_a_status_and_a_meaning() -> None:
    """The list of codes in the documentation is complete and readable."""
    codes = {entry["code"]: entry for entry in error_codes()}
    assert codes["SCHEMA_NOT_FOUND"]["status"] == 404
    assert codes["DATA_WOULD_BE_LOST"]["status"] == 409
    assert all(entry["meaning"].endswith(".") for entry in codes.values())
