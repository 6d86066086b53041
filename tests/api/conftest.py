"""The API over a real store, with each answer held against the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobId
from core.settings import Settings
from embedded.postgresql import STORE, EmbeddedPostgresql
from tests.api.client import Api
from tests.api.working import Work
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext
from web.holding import Patience
from web.json_reading import read_json

QUICK = Patience(
    shortest_look_seconds=0.01,
    longest_look_seconds=0.02,
    heartbeat_seconds=0.05,
    stream_seconds=0.3,
)
"""Times around held requests that no test notices."""


@pytest.fixture
def announcer() -> FakeAnnouncer:
    """A broker that only remembers."""
    return FakeAnnouncer()


@pytest.fixture
def settings(store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer) -> Settings:
    """Settings of this test's own."""
    return make_settings(store_url, tmp_path, postgresql_server)


@pytest.fixture
def app(settings: Settings, announcer: FakeAnnouncer) -> Iterator[Flask]:
    """The Flask app over a store of this test's own."""
    app = create_app(settings, announcer=announcer, patience=QUICK)
    yield app
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


@pytest.fixture
def api(app: Flask) -> Api:
    """A client of the app over a store of this test's own."""
    return make_client(app)


@pytest.fixture
def work(api: Api, announcer: FakeAnnouncer) -> Work:
    """Be the worker: carry every announced job to its end."""
    application = api.application

    def run() -> None:
        while announcer.announced:
            _, job_id = announcer.announced.pop(0)
            execute(
                JobId(job_id),
                open_store=application.open_store,
                runners=application.runners,
                clock=application.clock,
                announcer=announcer,
                limits=Limits(),
            )

    return run


@pytest.fixture(scope="session")
def shared_app(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """The Flask app for tests that leave nothing in the store, or do not mind what is there."""
    name = f"store_{uuid4().hex}"
    postgresql_server.create_database(name, template=store_template)
    settings = make_settings(
        postgresql_server.url(STORE, name), tmp_path_factory.mktemp("api"), postgresql_server
    )
    app = create_app(settings, announcer=FakeAnnouncer(), patience=QUICK)
    yield app
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()
    postgresql_server.drop_database(name)


@pytest.fixture
def shared_api(shared_app: Flask) -> Api:
    """A client of the shared app."""
    return make_client(shared_app)


@pytest.fixture(scope="session")
def second(servers_folder: Path) -> Iterator[EmbeddedPostgresql]:
    """Another server than the one that SERVERS names; whoever stops it starts it again."""
    with EmbeddedPostgresql(servers_folder / "second_postgresql", is_durable=False) as embedded:
        yield embedded


def make_settings(store_url: str, folder: Path, server: PostgresqlServer) -> Settings:
    """Return settings with a folder and a store, and a broker that is away."""
    return Settings(
        data_dir=folder,
        secret_key_file=folder / "secret.key",
        archive_dir=folder / "archive",
        database_url=store_url,
        redis_url="redis://127.0.0.1:1/0",
        servers=(server.provisioner_url,),
        postgresql_bin_dirs=(server.bin_dir,),
        max_body_bytes=1_000_000,
        cors_origins=("https://designer.example",),
    )


def make_client(app: Flask) -> Api:
    """Return a client that checks each answer."""
    client = app.test_client()
    context: WebContext = app.extensions["schema_builder"]
    return Api(
        client=client,
        application=context.application,
        description=read_json(client.get("/openapi.json").data),
    )
