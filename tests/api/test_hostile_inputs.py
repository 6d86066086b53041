"""Inputs of well-known lists: refused, or carried as the harmless text that they are."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import pytest
from flask import Flask

from tests.api.client import Api
from tests.api.documents import document
from tests.api.test_logs import lines, logging_as_served
from tests.api.working import Work

pytestmark = pytest.mark.servers

Capture = pytest.CaptureFixture[str]

SPLITTERS = {
    "line_feed": "\nSet-Cookie: stolen=1",
    "both": "\r\nSet-Cookie: stolen=1\r\n\r\n<script>",
    "unicode_line": "\u2028Set-Cookie: stolen=1",
    "encoded_once_more": "%0d%0aSet-Cookie: stolen=1",
    "wide_line_feed": "\u560a\u560dSet-Cookie: stolen=1",
}
"""Texts that would begin a header of their own. Source: OWASP, "HTTP Response Splitting"."""

PATHS = (
    "..",
    "../../secret.key",
    "..%2f..%2fsecret.key",
    "%2e%2e%2f%2e%2e%2fsecret.key",
    "..%252f..%252fsecret.key",
    "..%5c..%5csecret.key",
    "%2fetc%2fpasswd",
    "C:%5cwindows%5cwin.ini",
    "secret.key%00.dump",
    "....//....//secret.key",
    "..%c0%afsecret.key",
)
"""Ways out of a folder. Source: OWASP, "Path Traversal"; CWE-22."""

INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE schemas; --",
    "\\'; SELECT pg_sleep(5); --",
    "1) UNION SELECT lease_token FROM jobs --",
    "$$; SELECT 1; $$",
    "%' AND 1=(SELECT 1/0) --",
    "{{7*7}}",
    "${jndi:ldap://127.0.0.1/a}",
    "{0.__class__}",
    "%s%s%n",
)
"""Texts that mean something to SQL, templates and formats. Source: OWASP cheat sheets."""

PATIENCE_SECONDS = 3.0
"""A bomb is told from a document in less than that; most take milliseconds."""


@pytest.mark.parametrize("text", SPLITTERS.values(), ids=SPLITTERS.keys())
def test_no_text_begins_a_header_of_its_own(api: Api, text: str) -> None:
    """Neither in what is searched, which comes back in `Link`, nor as name, key or reason."""
    for number in range(2):
        api.post("/schemas", document(f"name {number} {text.strip()[:20]}"))
    answers = [
        api.get(f"/schemas?search={quote(text)}&limit=1"),
        api.get(f"/schemas?limit=1&page=1&search={quote('name')}"),
        api.get(f"/jobs?state={quote(text)}"),
        api.get(f"/schemas/{quote(text, safe='')}"),
        api.client.get(f"/{quote(text, safe='')}"),
        api.client.get(f"//{quote(text, safe='')}/docs"),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        for name, value in answer.headers.items():
            assert not re.search(r"[\r\n\u2028\u0085]", f"{name}{value}"), (name, value)


@pytest.mark.parametrize("text", PATHS)
def test_no_path_leads_out_of_the_archive(api: Api, text: str) -> None:
    """A file is asked for by the id of a record, so there is no name to play tricks with."""
    schema = api.post("/schemas", document()).get_json()["data"]
    for place in (
        f"/schemas/{schema['id']}/backups/{text}/download",
        f"/schemas/{text}/backups",
        f"/{text}",
    ):
        answer = api.client.get(f"/api/v1{place}")
        assert answer.status_code in {308, 404, 405}, place
        assert b"v1:" not in answer.data


def test_the_name_of_a_download_has_nothing_of_the_schemas_name(api: Api, work: Work) -> None:
    """A browser stores it under letters, digits and dots, whatever the schema is called."""
    name = 'x"; filename="../../.bashrc'
    schema = api.post("/schemas", document(name)).get_json()["data"]
    work()
    backup = api.post(f"/schemas/{schema['id']}/backups").get_json()["data"]
    work()
    answer = api.client.get(f"/api/v1/schemas/{schema['id']}/backups/{backup['id']}/download")
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="[A-Za-z0-9_.-]+"', answer.headers["Content-Disposition"]
    )


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_search_finds_what_is_called_so_and_nothing_else(api: Api, text: str) -> None:
    """The text is a value to the store, its wildcards included."""
    api.post("/schemas", document(f"before {text} after"))
    api.post("/schemas", document("another"))
    began = time.monotonic()
    found = api.get(f"/schemas?search={quote(text)}").get_json()
    assert [each["name"] for each in found["data"]] == [f"before {text} after"]
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert api.get(f"/schemas?sort={quote(text)}").status_code == 400
    assert api.get(f"/jobs?kind={quote(text)}&schemaId={quote(text)}").status_code == 400


@pytest.mark.parametrize("wildcard", ["%", "_", "\\", "%%", "a%r"])
def test_wildcards_are_letters(api: Api, wildcard: str) -> None:
    """Nobody lists everything by a pattern, and none is slow."""
    api.post("/schemas", document("another"))
    assert api.get(f"/schemas?search={quote(wildcard)}").get_json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 900_000,
        b'{"a":' * 150_000,
        b'{"name":' + b"9" * 900_000 + b"}",
        b'{"name": 1e999999999}',
        b"[" + b"{}," * 250_000 + b"{}]",
        b"{" + b",".join(b'"%d":0' % number for number in range(60_000)) + b"}",
        b'"' + b"\\u0000" * 140_000 + b'"',
        b'{"name": "x", "tables": [' + b"{}," * 200_000 + b"{}]}",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"--- !!python/object/apply:os.system ['true']",
    ],
    ids=[
        *("open_arrays", "open_objects", "long_number", "huge_exponent", "many_objects"),
        *("many_keys", "many_nulls", "many_empty_tables", "xml_entities", "yaml_tag"),
    ],
)
def test_a_bomb_is_refused_before_it_costs_anything(shared_api: Api, body: bytes) -> None:
    """Within moments, with an answer that is short."""
    began = time.monotonic()
    answer = shared_api.client.post(
        "/api/v1/schemas/validate", data=body, content_type="application/json"
    )
    assert answer.status_code in {400, 413}
    assert time.monotonic() - began < PATIENCE_SECONDS * 4
    assert len(answer.data) < 1_000_000


def test_a_line_of_the_log_cannot_be_forged(shared_app: Flask, capsys: Capture) -> None:
    """What is sent stands in one JSON line, whatever it is made of."""
    forged = '\n{"event": "job_ended", "state": "succeeded"}'
    with logging_as_served():
        client = shared_app.test_client()
        client.get(f"/api/v1/{quote(forged)}")
        client.get("/api/v1/jobs", headers={"X-Request-ID": "a b\u00e4{"})
    told = lines(capsys)
    assert [line["event"] for line in told] == ["request_served", "request_served"]
    assert json.dumps(told[0]["path"]).count("\\n") == 1
    assert re.fullmatch(r"[0-9a-f]{32}", str(told[1]["request_id"]))
