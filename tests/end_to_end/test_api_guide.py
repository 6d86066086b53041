"""The examples of docs/api.md, sent to the real product over HTTP in their order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import Stack, own_stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"^```http\n(.*?)^```\n\n```jsonc\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"
MISSING = "missing in "
CALLED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request with what its answer must hold."""

    method: str
    """Of HTTP."""
    target: str
    """The address, with names in braces."""
    headers: dict[str, str]
    """Its headers."""
    body: str
    """Its body; empty for none."""
    status: int
    """What is answered."""
    answer: Any
    """What the answer holds at least."""


def examples() -> list[Example]:
    """Return the examples of the guide in their order."""
    return [_read(*found.groups()) for found in EXAMPLE.finditer(GUIDE.read_text())]


def _read(asked: str, answered: str) -> Example:
    head, _, body = asked.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, target = first.split()
    status, _, answer = answered.partition("\n")
    return Example(
        method=method,
        target=target,
        headers=dict(line.split(": ", 1) for line in lines),
        body=body.strip(),
        status=int(status),
        answer=json.loads(answer),
    )


@pytest.fixture(scope="module")
def product(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product with an empty store, so that lists are as the guide shows them."""
    with own_stack(
        postgresql_server,
        store_template,
        servers_folder / "guide",
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack


def test_the_examples_of_the_guide_are_answered_as_it_says(product: Stack) -> None:
    """One after the other, each with what earlier answers called by a name."""
    called: dict[str, str] = {}
    address = product.address.removesuffix("/api/v1")
    for example in examples():
        target = CALLED.sub(lambda found: called[found[1]], example.target)
        response = requests.request(
            example.method,
            address + target,
            data=example.body.encode() or None,
            headers={"Content-Type": "application/json"} | example.headers
            if example.body
            else example.headers,
            timeout=60,
        )
        place = f"{example.method} {target}: {response.status_code} {response.text}"
        troubles = [*_unlike(example.status, response.status_code, called, "status")]
        troubles += _unlike(example.answer, response.json(), called, "")
        assert troubles == [], place
    assert len(examples()) > 20


def _unlike(wanted: Any, found: Any, called: dict[str, str], place: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield where an answer does not hold what it must; learn what it calls by a name."""
    match wanted:
        case dict():
            for key, inner in wanted.items():
                at = f"{place}.{key}"
                yield from _unlike(inner, _within(found, key), called, at)
        case list():
            for number, inner in enumerate(wanted):
                yield from _unlike(inner, _within(found, number), called, f"{place}[{number}]")
        case str():
            if not _is_like(wanted, found, called):
                yield f"{place} is {found}"
        case _ if wanted != found:
            yield f"{place} is {found}"


def _is_like(wanted: str, found: object, called: dict[str, str]) -> bool:
    if wanted == ANYTHING:
        return bool(found) and not str(found).startswith(MISSING)
    whole = CALLED.fullmatch(wanted)
    if whole is not None:
        called.setdefault(whole[1], str(found))
    return CALLED.sub(lambda name: called[name[1]], wanted) == found


def _within(found: Any, key: str | int) -> Any:  # noqa: ANN401 - JSON
    """Return a part of an answer; what says so where there is none."""
    try:
        return found[key]
    except (TypeError, LookupError):
        return f"{MISSING}{found}"


def test_every_fenced_example_is_one_that_is_sent() -> None:
    """No block of a request is left out because of how it is written."""
    text = GUIDE.read_text()
    assert text.count("```http\n") == text.count("```jsonc\n") == len(examples())
