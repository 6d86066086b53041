"""Readiness and the doctor: everything that is depended on, each trouble with its remedy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask

from core.observation.checks import CheckState, check_skew
from core.observation.signs_of_life import LivingWorker, RedisSignsOfLife
from core.secrets import SecretBox
from core.settings import Settings
from embedded.ports import free_port
from tests.api.client import Api
from tests.api.conftest import make_client, make_settings
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from tests.provider import public_pem, running_provider
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers


@pytest.fixture
def settings(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer, redis_url: str
) -> Settings:
    """Settings with a broker that is there, and empty."""
    redis.Redis.from_url(redis_url).flushdb()
    return replace(make_settings(store_url, tmp_path, postgresql_server), redis_url=redis_url)


@pytest.fixture
def signs(redis_url: str) -> Iterator[RedisSignsOfLife]:
    """Where workers say that they live."""
    signs = RedisSignsOfLife(redis_url)
    yield signs
    signs.close()


def checks_of(api: Api, path: str = "/health/ready") -> dict[str, dict[str, Any]]:
    """Return what readiness found, by name."""
    found = api.get(path).get_json()["data"]["checks"]
    return {check["name"]: check for check in found}


def states(checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the states alone."""
    return {name: check["state"] for name, check in checks.items()}


def test_workers_and_beat_that_are_missing_are_named_with_the_remedy(api: Api) -> None:
    """Requests are answered all the same, so it is ready, and degraded."""
    response = api.get("/health/ready")
    assert response.status_code == 200
    assert response.get_json()["data"]["status"] == "degraded"
    checks = checks_of(api)
    missing = {name for name, state in states(checks).items() if state == "warning"}
    assert missing == {"workers", "schedule", "beat", "servers"}
    assert "flask servers add" in checks["servers"]["remedy"]
    for name in missing - {"servers"}:
        assert "celery" in checks[name]["remedy"]


def test_all_is_well_when_each_gave_a_sign(api: Api, signs: RedisSignsOfLife) -> None:
    """A worker that goes takes its sign back."""
    now = datetime.now(UTC)
    signs.give(LivingWorker(name="jobs@a", queues=("jobs",), seen_at=now))
    signs.give(LivingWorker(name="schedule@a", queues=("schedule",), seen_at=now))
    signs.give_beat(now)
    api.application.look_at_servers()
    assert api.get("/health/ready").get_json()["data"]["status"] == "healthy"
    assert set(states(checks_of(api)).values()) == {"ok"}
    signs.withdraw("jobs@a")
    assert states(checks_of(api))["workers"] == "warning"


def test_a_sign_is_forgotten_by_itself(signs: RedisSignsOfLife, redis_url: str) -> None:
    """A killed worker takes nothing back."""
    signs.give(LivingWorker(name="jobs@b", queues=("jobs",), seen_at=datetime.now(UTC)))
    signs.give_beat(datetime.now(UTC))
    client = redis.Redis.from_url(redis_url)
    for key in ("schema_builder:alive:jobs@b", "schema_builder:beat"):
        assert 0 < int(client.ttl(key)) <= 60  # type: ignore[arg-type] # the client is synchronous


def test_tables_of_older_or_newer_code_are_told_apart(
    api: Api, postgresql_server: PostgresqlServer, store_url: str
) -> None:
    """Older ones cannot serve; newer ones are the middle of an upgrade."""
    database = store_url.rpartition("/")[2]
    statement = "UPDATE alembic_version SET version_num = '{}' RETURNING 1"
    postgresql_server.execute(statement.format("0001_initial"), database=database)
    response = api.get("/health/ready")
    assert response.status_code == 503
    assert response.get_json()["error"]["code"] == "STORE_NOT_MIGRATED"
    postgresql_server.execute(statement.format("9999_future"), database=database)
    assert api.get("/health/ready").status_code == 200
    assert states(checks_of(api))["migrations"] == "warning"


def test_clocks_apart_are_told() -> None:
    """Times of records and of proofs of life come from several machines."""
    assert check_skew("clock", timedelta(seconds=1)).state is CheckState.OK
    behind = check_skew("clock", timedelta(hours=1))
    assert (behind.state, behind.found) == (CheckState.WARNING, "It is 3600 s behind ours.")
    assert "ahead of ours" in check_skew("clock", timedelta(hours=-1)).found


def test_the_doctor_finds_everything_well(app: Flask, signs: RedisSignsOfLife) -> None:
    """With all in place it ends with 0."""
    now = datetime.now(UTC)
    signs.give(LivingWorker(name="both@a", queues=("jobs", "schedule"), seen_at=now))
    signs.give_beat(now)
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = json.loads(result.output)
    assert {check["name"].partition(":")[0] for check in found["checks"]} == {
        *("store", "migrations", "store_clock", "queue", "workers", "schedule", "beat"),
        *("server", "archive", "secrets"),
    }
    assert [check for check in found["checks"] if check["state"] != "ok"] == []
    assert (found["state"], result.exit_code) == ("ok", 0)


def test_the_doctor_names_what_is_wrong_and_the_remedy(
    tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    """One thing that is away does not keep it from looking at the others."""
    away = f"postgresql://someone:hunter2@127.0.0.1:{free_port()}/away"
    settings = replace(make_settings(away, tmp_path, postgresql_server), servers=(away,))
    SecretBox(settings.secret_key_file)
    app = create_app(settings, announcer=FakeAnnouncer())
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    for word in ("DATABASE_URL", "REDIS_URL", "server:127.0.0.1", "archive: A file was written"):
        assert word in result.output
    assert "hunter2" not in result.output


def diagnosed(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what the doctor finds with these settings, by name."""
    app = create_app(settings, announcer=FakeAnnouncer())
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()
    return {check["name"]: check for check in json.loads(result.output)["checks"]}


def test_the_doctor_asks_the_provider_of_tokens_for_its_keys(settings: Settings) -> None:
    """Where it publishes them, and as it says where that is."""
    with running_provider() as provider:
        described = replace(settings, oidc_issuer=provider.issuer)
        known = replace(described, oidc_jwks_url=f"{provider.issuer}/keys")
        for each in (described, known):
            found = diagnosed(each)["identity_provider"]
            assert (found["state"], "with: 3." in found["found"]) == ("ok", True)
        lost = diagnosed(replace(described, oidc_jwks_url=f"{provider.issuer}/elsewhere"))
        assert lost["identity_provider"]["state"] == "failed"
        provider.is_away = True
        found = diagnosed(described)["identity_provider"]
    assert (found["state"], "503" in found["found"]) == ("failed", True)
    assert "OIDC_ISSUER" in found["remedy"]
    assert "identity_provider" not in diagnosed(settings)


def test_the_doctor_needs_no_provider_whose_key_is_in_a_file(
    settings: Settings, tmp_path: Path
) -> None:
    """It may be out of reach."""
    file = tmp_path / "provider.pem"
    file.write_bytes(public_pem("RS256"))
    given = replace(settings, oidc_issuer="https://id.invalid", oidc_public_key_file=file)
    assert diagnosed(given)["identity_provider"]["state"] == "ok"


def test_the_doctor_looks_where_requests_are_counted(settings: Settings, redis_url: str) -> None:
    """Where that is another Redis than the broker's, which has a check of its own."""
    assert "limits" not in diagnosed(settings)
    assert diagnosed(replace(settings, limits_redis_url=redis_url))["limits"]["state"] == "ok"
    away = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    found = diagnosed(replace(settings, limits_redis_url=away))["limits"]
    assert (found["state"], "LIMITS_REDIS_URL" in found["remedy"]) == ("warning", True)
    assert "hunter2" not in json.dumps(found)


def test_the_doctor_says_that_an_account_may_not_create_databases(
    tmp_path: Path, postgresql_server: PostgresqlServer, store_url: str
) -> None:
    """The store's own account is one that may not."""
    settings = replace(
        make_settings(store_url, tmp_path, postgresql_server),
        servers=(store_url,),
        archive_dir=Path("/proc/no-such-place"),
    )
    app = create_app(settings, announcer=FakeAnnouncer())
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(result.output)["checks"]}
    rights = found[f"server:127.0.0.1:{postgresql_server.port}:rights"]
    assert (rights["state"], "CREATEDB" in rights["remedy"]) == ("failed", True)
    assert found["archive"]["state"] == "failed"
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_readiness_says_what_is_away(tmp_path: Path, postgresql_server: PostgresqlServer) -> None:
    """Neither the store nor the broker answers; the process does."""
    away = f"postgresql://someone@127.0.0.1:{free_port()}/away"
    api = make_client(
        create_app(make_settings(away, tmp_path, postgresql_server), announcer=FakeAnnouncer())
    )
    response = api.get("/health/ready")
    assert response.status_code == 503
    assert states(checks_of(api)) == {"store": "failed", "queue": "warning"}
    assert "127.0.0.1" not in response.get_data(as_text=True)
