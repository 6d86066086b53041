"""How a server writes definitions, asked for in scratch databases that go again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.databases.engine import Engine
from core.databases.normal_forms import (
    SCRATCH_KEPT,
    SCRATCH_PREFIX,
    ExpressionRefusedError,
    NormalForms,
)
from core.databases.servers import Servers
from core.definition.model import Definition
from core.engines.postgresql import PostgresqlEngine
from core.secrets import SecretBox
from core.store import StoreFactory, make_engine
from tests.builders import column, definition, enum, expression, table, type_of
from tests.conftest import PostgresqlServer
from tests.fakes.clock import START, FakeClock

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


@pytest.fixture
def forms(
    store_url: str, postgresql_server: PostgresqlServer, tmp_path: Path
) -> Iterator[NormalForms]:
    """Normal forms over a store of this test's own."""

    def engine(url: str, application_name: str) -> Engine:
        return PostgresqlEngine(
            url,
            application_name=application_name,
            lock_timeout_seconds=5,
            statement_timeout_seconds=60,
            bin_dirs=(Path(postgresql_server.bin_dir),),
        )

    database = make_engine(store_url)
    clock = FakeClock()
    open_store = StoreFactory(database, clock)
    servers = Servers(
        (postgresql_server.provisioner_url,),
        secrets=SecretBox(tmp_path / "secret.key"),
        engine_factory=engine,
        open_store=open_store,
        clock=clock,
    )
    yield NormalForms(open_store=open_store, servers=servers, clock=clock)
    database.dispose()


def _design(check: str) -> Definition:
    return definition(
        table(
            "people",
            column("age"),
            column("mood", type_of("ENUM", enum_id="mood"), default=expression("'ok'")),
            checks=[check],
        ),
        enums=[enum("mood", "ok", "bad")],
    )


def _scratches(server: PostgresqlServer) -> list[object]:
    rows = server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'sb\\_norm\\_%' UNION ALL"
        " SELECT rolname FROM pg_roles WHERE rolname LIKE 'sb\\_norm\\_%'"
    )
    return [row[0] for row in rows]


def test_a_server_says_how_it_writes_a_check(
    forms: NormalForms, postgresql_server: PostgresqlServer
) -> None:
    """Ids and names stay, and nothing is left behind."""
    server = forms.servers.any_server()
    normal = forms.of(_design("age in (1, 2)"), server_id=server)
    assert normal.tables[0].id == "people"
    assert normal.tables[0].checks[0].expression == "(age = ANY (ARRAY[1, 2]))"
    assert normal.tables[0].columns[1].default == expression("'ok'::public.mood")
    assert _scratches(postgresql_server) == []


def test_what_a_server_said_is_remembered(forms: NormalForms, tmp_path: Path) -> None:
    """The second asking needs no server, and gives the ids of who asks."""
    server = forms.servers.any_server()
    first = forms.of(_design("age > 0"), server_id=server)
    deaf = Servers(
        (),
        engine_factory=_no_engine,
        open_store=forms.open_store,
        clock=forms.clock,
        secrets=SecretBox(tmp_path / "secret.key"),
    )
    remembering = NormalForms(open_store=forms.open_store, servers=deaf, clock=forms.clock)
    assert remembering.of(_design("age > 0"), server_id=server) == first


def test_a_definition_without_expressions_needs_no_server(forms: NormalForms) -> None:
    """It is written in one way only."""
    plain = definition(table("people", column("age")))
    assert forms.of(plain, server_id="no such server") == plain


def test_an_expression_that_the_server_refuses_is_named_as_such(forms: NormalForms) -> None:
    """It is the request's fault, not the server's."""
    with pytest.raises(ExpressionRefusedError):
        forms.of(_design("no_such_column > 0"), server_id=forms.servers.any_server())


def test_scratch_databases_of_dead_processes_go_after_a_while(
    forms: NormalForms, postgresql_server: PostgresqlServer
) -> None:
    """Young ones stay, as somebody may be using them."""
    server = forms.servers.any_server()
    engine = forms.servers.engine(server, application_name="test")
    for name, made_at in (("old", START - SCRATCH_KEPT - timedelta(1)), ("young", START)):
        marker = f'{{"scratchMadeAt": "{made_at.isoformat()}"}}'
        role = postgresql_server.provisioner_url.split("//")[1].partition(":")[0]
        engine.create_database(f"{SCRATCH_PREFIX}{name}", owner=role, marker=marker)
    try:
        forms.remove_forgotten(server)
        assert list(engine.list_databases(SCRATCH_PREFIX)) == [f"{SCRATCH_PREFIX}young"]
    finally:
        engine.drop_database(f"{SCRATCH_PREFIX}young")
        engine.close()


def _no_engine(_url: str, _application_name: str) -> Engine:
    raise AssertionError
