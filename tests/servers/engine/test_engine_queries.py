"""How often a server is asked when a database is read: as often for many tables as for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 a class in disguise
from typing_extensions import override

from core.definition.model import Definition, IdentityKind
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.connecting import linked
from core.engines.postgresql.introspection import introspect
from core.engines.postgresql.stopping import Works
from core.planning.creation import creation_statements
from tests.builders import (
    column,
    definition,
    enum,
    foreign_key,
    index,
    literal,
    table,
    type_of,
)

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

MANNERS = Manners(
    application_name="counting", lock_timeout_seconds=60, statement_timeout_seconds=60
)


def shop(size: int) -> Definition:
    """Return tables with something of every sort on each."""
    return definition(
        *(
            table(
                f"t{number}",
                column("id", identity=IdentityKind.ALWAYS),
                column("previous_id"),
                column("state", type_of("ENUM", enum_id=f"state{number}")),
                column("title", "TEXT", default=literal("new"), description="What it's called"),
                column("twice", generated="previous_id * 2"),
                primary_key="id",
                uniques=["title"],
                # The server writes the list in one way at first, and then in another.
                checks=["title IN ('new', 'old')"],
                indexes=[index("previous_id", where="title <> ''")],
                description="One of many",
            )
            for number in range(size)
        ),
        enums=[enum(f"state{number}", "draft", "out") for number in range(size)],
        foreign_keys=[
            foreign_key(f"t{number}", "previous_id", f"t{max(number - 1, 0)}")
            for number in range(size)
        ],
    )


def asked(server: PostgresqlServer, database: str, wanted: Definition) -> list[str]:
    """Make a database and return the statements with which it is read."""
    statements: list[str] = []

    class Counting(Cursor):
        """Notes what is sent."""

        @override
        def execute(self, query: str, vars: Sequence[object] | None = None) -> None:  # type: ignore[override]
            statements.append(str(query))
            super().execute(query, vars)

    url = server.create_database(database)
    try:
        for statement in creation_statements(wanted):
            server.execute(statement.sql, database)
        with linked(Address.of(url), MANNERS, Works()) as link:
            link.raw.cursor_factory = Counting
            found = introspect(link).definition
    finally:
        server.drop_database(database)
    assert len(found.tables) == len(wanted.tables)
    return statements


def test_reading_a_database_takes_as_many_queries_for_many_tables_as_for_one(
    postgresql_server: PostgresqlServer,
) -> None:
    """Each sort of thing is asked for once, however many tables have it."""
    one = asked(postgresql_server, "queries_of_one", shop(1))
    many = asked(postgresql_server, "queries_of_many", shop(25))
    assert len(one) > 5
    assert len(many) == len(one)
