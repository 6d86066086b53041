"""How often somebody may ask: counted in a real Redis, told in headers, and without it too."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import redis

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, Scope
from core.jobs.queue import BROKER_KEY_PREFIX
from core.limits import Limits, RateLimits
from core.settings import Settings
from embedded.redis import EmbeddedRedis
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.api.guarded import Guarded, guard
from tests.fakes.announcer import FakeAnnouncer
from tests.provider import AUDIENCE, running_provider, token
from web.app import create_app
from web.context import WebContext
from web.counting import KEY_PREFIX, Counting
from web.permissions import PERMISSIONS, Allowance

pytestmark = pytest.mark.servers

RATES = RateLimits(writes=3, reads=5, validations=2, failures=2, address_factor=2)
"""Limits that a test reaches."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis server of this module's own."""
    with EmbeddedRedis(tmp_path_factory.mktemp("broker") / "redis") as server:
        yield server


@pytest.fixture
def counters(broker: EmbeddedRedis) -> redis.Redis:
    """The database in which requests are counted, empty."""
    client: redis.Redis = redis.Redis.from_url(broker.url(), decode_responses=True)
    client.flushdb()
    return client


@pytest.fixture
def limited(settings: Settings, broker: EmbeddedRedis, counters: redis.Redis) -> Settings:
    """Settings of an API that limits, and counts in Redis."""
    assert counters.ping()
    return replace(settings, limits=Limits(rates=RATES), redis_url=broker.url())


@pytest.fixture
def guarded(limited: Settings) -> Iterator[Guarded]:
    """An API that limits and asks everybody who they are."""
    app = create_app(
        replace(limited, authentication="required"), announcer=FakeAnnouncer(), patience=QUICK
    )
    yield guard(app)
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


@pytest.fixture
def open_api(limited: Settings) -> Iterator[Api]:
    """An API that limits and asks nobody, behind one proxy."""
    app = create_app(replace(limited, trusted_proxies=1), announcer=FakeAnnouncer(), patience=QUICK)
    yield make_client(app)
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_every_route_says_what_it_counts_as(shared_api: Api) -> None:
    """What changes something is a write, what looks a read; only probes are not counted."""
    for item in shared_api.description["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            name = operation["operationId"]
            allowance = PERMISSIONS[name].allowance
            assert operation["x-counted-as"] == allowance.value
            if method == "get":
                probes = {"getHealth", "getReadiness", "getLiveness"}
                wanted = Allowance.UNLIMITED if name in probes else Allowance.READS
            elif name in {"validateSchema", "compareStates"}:
                wanted = Allowance.VALIDATIONS
            else:
                wanted = Allowance.READS if name in {"cancelJob", "revokeKey"} else Allowance.WRITES
            assert allowance is wanted, name
            is_limited = allowance is not Allowance.UNLIMITED
            assert ("429" in operation["responses"]) is is_limited, name


def test_a_key_may_ask_so_often_and_is_told_how_it_stands(guarded: Guarded) -> None:
    """Each kind of request is counted by itself, and each key."""
    viewer, editor = guarded.keys[Role.VIEWER], guarded.keys[Role.EDITOR]
    for left in range(4, -1, -1):
        response = guarded.send("GET", "/schemas", key=viewer)
        assert response.status_code == 200
        assert response.headers["RateLimit-Policy"] == (
            '"reads";q=5;w=60, "reads-of-address";q=10;w=60'
        )
        found = re.fullmatch(
            r'"reads";r=(\d+);t=(\d+), "reads-of-address";r=(\d+);t=\d+',
            response.headers["RateLimit"],
        )
        assert found is not None
        assert (int(found[1]), int(found[3])) == (left, left + 5)
        assert 55 <= int(found[2]) <= 60
        assert response.headers["X-RateLimit-Limit"] == "5"
        assert response.headers["X-RateLimit-Remaining"] == str(left)
        reset = int(response.headers["X-RateLimit-Reset"])
        assert 50 <= reset - time.time() <= 61
    refused = guarded.send("GET", "/schemas", key=viewer)
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert '"reads";r=0;' in refused.headers["RateLimit"]
    error = refused.get_json()["error"]
    assert error["code"] == "RATE_LIMITED"
    assert f"Try again in {refused.headers['Retry-After']} seconds" in error["details"]
    validated = guarded.send("POST", "/schemas/validate", key=viewer, body=document())
    assert validated.status_code == 200
    assert '"validations";r=1;' in validated.headers["RateLimit"]
    assert guarded.send("GET", "/schemas", key=editor).status_code == 200


def test_a_refusal_is_a_problem_document_for_those_who_ask_for_one(open_api: Api) -> None:
    """With the same code and headers."""
    for _ in range(2):
        open_api.post("/schemas/validate", document())
    refused = open_api.post(
        "/schemas/validate", document(), headers={"Accept": "application/problem+json"}
    )
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["code"] == "RATE_LIMITED"
    assert int(refused.headers["Retry-After"]) > 0


def test_all_keys_of_an_address_share_what_it_may(guarded: Guarded) -> None:
    """Whoever makes many keys gets no more than a few of them."""
    statuses = [
        guarded.send("GET", "/workspace", key=guarded.keys[role]).status_code
        for role in Role
        for _ in range(3)
    ]
    assert statuses == [200] * 10 + [429] * 2


def test_refused_requests_change_nothing_and_are_not_in_the_audit_log(guarded: Guarded) -> None:
    """A flood of them costs the store nothing."""
    admin = guarded.keys[Role.ADMIN]
    statuses = [
        guarded.send("POST", "/schemas", key=admin, body=document(f"n{number}")).status_code
        for number in range(6)
    ]
    assert statuses == [201] * 3 + [429] * 3
    assert guarded.get("/schemas", key=admin)["pagination"]["total"] == 3
    entries = guarded.get("/audit", key=admin)["data"]["entries"]
    assert len([entry for entry in entries if entry["operation"] == "createSchema"]) == 3
    assert guarded.send("POST", f"/jobs/{uuid4()}/cancel", key=admin).status_code == 404


def test_probes_and_questions_of_browsers_are_never_refused(open_api: Api) -> None:
    """Whoever watches over the product asks as often as he likes."""
    for _ in range(12):
        assert open_api.client.get("/health/live").status_code == 200
        assert open_api.client.options("/api/v1/schemas").status_code == 200
    response = open_api.client.get("/health/live")
    assert "RateLimit" not in response.headers


def test_the_address_is_the_one_that_the_trusted_proxy_saw(open_api: Api) -> None:
    """What a client says of itself counts for nothing, and all of an IPv6 network counts as one."""

    def asked(forwarded: str) -> int:
        return open_api.get("/schemas", headers={"X-Forwarded-For": forwarded}).status_code

    assert [asked(f"10.9.9.{number}, 192.0.2.1") for number in range(6)] == [200] * 5 + [429]
    assert asked("192.0.2.2") == 200
    assert [asked(f"2001:db8:0:1::{number}") for number in range(1, 7)] == [200] * 5 + [429]
    assert asked("2001:db8:0:2::1") == 200
    assert asked("::ffff:192.0.2.1") == 429
    assert asked("no address at all") == 200


def test_a_person_is_one_whatever_tokens_come(limited: Settings) -> None:
    """Tokens are counted by their subject, and no subject stands in Redis."""
    with running_provider() as provider:
        app = create_app(
            replace(
                limited,
                authentication="required",
                oidc_issuer=provider.issuer,
                oidc_audience=AUDIENCE,
            ),
            announcer=FakeAnnouncer(),
            patience=QUICK,
        )
        context: WebContext = app.extensions["schema_builder"]
        context.application.workspaces.put_member(
            "user_1", Role.VIEWER, workspace_id=LOCAL_WORKSPACE
        )
        client = app.test_client()
        statuses = [
            client.get(
                "/api/v1/schemas",
                headers={"Authorization": f"Bearer {token(provider.issuer, jti=str(number))}"},
            ).status_code
            for number in range(6)
        ]
        context.application.close()
    assert statuses == [200] * 5 + [429]


def test_after_too_many_wrong_keys_not_even_a_right_one_is_looked_at(guarded: Guarded) -> None:
    """From that address, for a minute; requests without any key do not count."""
    wrong = f"sb_{'0' * 16}_{'A' * 43}"
    right = guarded.keys[Role.ADMIN]
    for _ in range(5):
        assert guarded.send("GET", "/workspace", key=None).status_code == 401
    assert guarded.send("GET", "/workspace", key=right).status_code == 200
    statuses = [guarded.send("GET", "/workspace", key=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    refused = guarded.send("GET", "/workspace", key=right)
    assert refused.status_code == 429
    assert refused.get_json()["error"]["code"] == "RATE_LIMITED"
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = guarded.api.client.get(
        "/api/v1/workspace",
        headers={"Authorization": f"Bearer {right}"},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == 200


def test_counters_have_a_name_of_their_own_and_are_forgotten_after_a_minute(
    open_api: Api, counters: redis.Redis
) -> None:
    """They stand in the broker's database, and whoever looks for the broker's keys finds none."""
    open_api.get("/schemas")
    keys = [str(key) for key in counters.scan_iter(f"{KEY_PREFIX}*")]
    assert keys
    assert all(0 < int(str(counters.ttl(key))) <= 60 for key in keys)
    assert not KEY_PREFIX.startswith(BROKER_KEY_PREFIX)


def test_the_last_database_of_a_server_will_do(limited: Settings, broker: EmbeddedRedis) -> None:
    """No second one is needed, which many servers do not have at all."""
    names: Any = redis.Redis.from_url(broker.url()).config_get("databases")
    last = broker.url(int(names["databases"]) - 1)
    app = create_app(replace(limited, redis_url=last), announcer=FakeAnnouncer(), patience=QUICK)
    assert make_client(app).get("/schemas").status_code == 200
    context: WebContext = app.extensions["schema_builder"]
    assert context.counting.look("reads", "somebody", limit=1).is_shared
    assert list(redis.Redis.from_url(last).scan_iter(f"{KEY_PREFIX}*"))
    context.application.close()


def test_without_redis_each_process_counts_its_share_and_nothing_fails(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Reads and writes go on within limits; a log line and a measure tell of it."""
    app = create_app(
        replace(settings, limits=Limits(rates=replace(RATES, reads=6)), web_processes=2),
        announcer=FakeAnnouncer(),
        patience=QUICK,
    )
    with caplog.at_level(logging.WARNING, logger="web.counting"):
        api = make_client(app)  # reads the description of the API
        statuses = [api.get("/schemas").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert api.post("/schemas", document()).status_code == 201
    said = [record.message for record in caplog.records if record.name == "web.counting"]
    assert said == ["rate_limits_kept_in_memory"]
    measures = api.client.get("/metrics").get_data(as_text=True)
    assert "schema_builder_rate_limit_unshared_total 6.0" in measures
    assert 'schema_builder_rate_limit_refusals_total{policy="reads"} 2.0' in measures
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_without_redis_wrong_keys_are_limited_no_less(settings: Settings) -> None:
    """This limit never opens: the processes share it out, and round down."""
    rates = replace(RATES, failures=3)
    app = create_app(
        replace(settings, authentication="required", limits=Limits(rates=rates), web_processes=2),
        announcer=FakeAnnouncer(),
        patience=QUICK,
    )
    guarded = guard(app)
    wrong = f"sb_{'0' * 16}_{'A' * 43}"
    statuses = [guarded.send("GET", "/workspace", key=wrong).status_code for _ in range(3)]
    assert statuses == [401, 429, 429]
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_with_nothing_limited_nothing_is_counted_or_told(shared_api: Api) -> None:
    """As on loopback without authentication by default."""
    statuses = {shared_api.get("/schemas").status_code for _ in range(120)}
    assert statuses == {200}
    response = shared_api.get("/schemas")
    assert not [name for name, _ in response.headers if "ratelimit" in name.lower()]


def test_a_stream_ends_soon_after_its_key_was_revoked(limited: Settings) -> None:
    """Not only with its life."""
    patience = replace(QUICK, proof_seconds=0.05, stream_seconds=30.0)
    app = create_app(
        replace(limited, authentication="required", limits=Limits()),
        announcer=FakeAnnouncer(),
        patience=patience,
    )
    guarded = guard(app)
    application = guarded.api.application
    made = guarded.send("POST", "/schemas", key=guarded.keys[Role.ADMIN], body=document())
    job_id = made.get_json()["data"]["job"]["id"]
    key, text = application.keys.create(
        workspace_id=LOCAL_WORKSPACE, name="short", scopes={Scope.SCHEMAS_READ}, created_by="t"
    )
    stream = app.test_client().get(
        f"/api/v1/jobs/{job_id}/events", headers={"Authorization": f"Bearer {text}"}
    )
    chunks = iter(stream.response)
    assert b"retry" in next(chunks)
    assert b"queued" in next(chunks)
    assert b"alive" in next(chunks)
    application.keys.revoke(key.id, workspace_id=LOCAL_WORKSPACE)
    began = time.monotonic()
    assert all(b"alive" in chunk for chunk in chunks)
    assert time.monotonic() - began < 5
    stream.close()
    application.close()


def test_wrong_tokens_for_the_measures_count_as_failures_too(limited: Settings) -> None:
    """Of the same address, and against the same limit."""
    app = create_app(
        replace(limited, metrics_token="right-and-long-enough"),
        announcer=FakeAnnouncer(),
        patience=QUICK,
    )
    client = app.test_client()

    def asked(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return client.get("/metrics", headers=headers).status_code

    assert [asked("right-and-long-enough") for _ in range(4)] == [200] * 4
    assert [asked("wrong") for _ in range(3)] == [401, 401, 429]
    assert asked("right-and-long-enough") == 429
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_statements_of_requests_have_less_time_than_those_of_jobs(api: Api) -> None:
    """A client waits for them, and a thread."""
    settings = api.application.settings
    assert settings.statement_timeout_seconds == settings.request_statement_seconds == 60


def test_processes_that_count_together_let_no_more_through_than_there_may_be(
    broker: EmbeddedRedis, counters: redis.Redis
) -> None:
    """However many ask at the same moment."""
    assert counters.ping()
    processes = [Counting(broker.url()) for _ in range(2)]

    def spend(number: int) -> bool:
        standing = processes[number % 2].spend("reads", "somebody", limit=10)
        assert standing.is_shared
        return standing.is_within

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(40))) == 10
    standing = processes[0].look("reads", "somebody", limit=10)
    assert (standing.is_within, standing.remaining) == (False, 0)
    for process in processes:
        process.close()
