"""What the rules believe of PostgreSQL, asked of a real server.

Two promises stand here: the lists of facts are true, and a definition without errors creates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the class has a lower-case name

from core.definition.model import Definition
from core.planning.creation import creation_statements
from core.validation import validate
from core.validation.inference import is_mutable_cast
from core.validation.known_functions import AGGREGATES, MUTABLE, SET_RETURNING
from core.validation.known_immutable_functions import IMMUTABLE
from core.validation.known_types import INDEXABLE, TYPES
from core.validation.sql_types import SqlType
from tests.conftest import PostgresqlServer
from tests.strategies import definitions
from tests.unit.validation.test_constants import NO_VALUES, VALUES
from tests.unit.validation.test_expressions import (
    HARMLESS,
)
from tests.unit.validation.test_expressions import (
    IMMUTABLE as IMMUTABLE_EXPRESSIONS,
)
from tests.unit.validation.test_expressions import (
    MUTABLE as MUTABLE_EXPRESSIONS,
)

pytestmark = pytest.mark.servers

SCALARS = (
    *("bool", "int4", "numeric", "text", "varchar", "bpchar", "uuid", "date", "time", "timetz"),
    *("timestamp", "timestamptz", "interval", "jsonb", "money", "xml", "int4range"),
)
REFERRING = (
    *("int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "date"),
    *("timestamp", "timestamptz", "time", "interval", "bool", "uuid", "bytea", "jsonb", "inet"),
)
EVENTS = """
CREATE TABLE events (id int NOT NULL, "Name" text, body text, day date, at timestamptz,
    local timestamp, span interval, is_open boolean, mood mood, price money, tags text[]{more})
"""


@pytest.fixture(scope="module")
def scratch(postgresql_server: PostgresqlServer) -> Iterator[Cursor]:
    """A session in a database of its own, outside of transactions, with an enum."""
    name = f"facts_{uuid4().hex}"
    connection = psycopg2.connect(postgresql_server.create_database(name))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE mood AS ENUM ('glad')")
        yield cursor
    connection.close()
    postgresql_server.drop_database(name)


def refusal(scratch: Cursor, *statements: str) -> str:
    """Run statements, undo them, and return why one was refused, or nothing."""
    scratch.execute("BEGIN")
    try:
        for statement in statements:
            scratch.execute(statement)
    except psycopg2.Error as error:
        return str(error)
    finally:
        scratch.execute("ROLLBACK")
    return ""


def test_functions_are_what_they_are_listed_as(scratch: Cursor) -> None:
    """Each function of the lists exists and has the kind and volatility it is listed under."""
    scratch.execute(
        "SELECT proname, bool_or(prokind IN ('a', 'w')), bool_or(proretset),"
        " bool_or(provolatile = 'i') FROM pg_proc"
        " WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname"
    )
    found = {name: kinds for name, *kinds in scratch.fetchall()}
    assert {name for name in AGGREGATES if not found[name][0]} == set()
    assert {name for name in SET_RETURNING if not found[name][1]} == set()
    assert {name for name in MUTABLE if found[name][2]} == set()
    assert {name for name in IMMUTABLE if not found[name][2]} == set()


def test_types_are_those_a_column_can_have(scratch: Cursor) -> None:
    """The list of types is the server's, and each index method takes just those it is said to."""
    scratch.execute(
        "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace"
        " AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' AND typarray <> 0"
        " AND typname <> '_record'"
    )
    names = sorted(name for (name,) in scratch.fetchall())
    assert names == sorted(TYPES)
    taken: dict[str, set[str]] = {method: set() for method in INDEXABLE}
    for name in names:
        scratch.execute(f'CREATE TABLE typed (a pg_catalog."{name}")')
        for method in INDEXABLE:
            with suppress(psycopg2.Error):
                scratch.execute(f"CREATE INDEX ON typed USING {method} (a)")
                taken[method].add(name)
        scratch.execute("DROP TABLE typed")
    assert taken == {method: set(types) for method, types in INDEXABLE.items()}


def test_values_can_be_given_to_columns_where_it_is_said(scratch: Cursor) -> None:
    """The server takes just those values for columns of other types that are called assignable."""
    for source in TYPES:
        for target in TYPES:
            statement = (
                f'CREATE TABLE c (a pg_catalog."{target}" DEFAULT (NULL::pg_catalog."{source}"))'
            )
            is_assignable = SqlType(name=source).is_assignable_to(SqlType(name=target))
            assert (not refusal(scratch, statement)) is is_assignable, (source, target)


@pytest.mark.parametrize("name", NO_VALUES)
def test_texts_that_are_called_no_values_are_refused(scratch: Cursor, name: str) -> None:
    """The server makes no column with such a default."""
    for text in NO_VALUES[name]:
        scratch.execute("SELECT quote_literal(%s)", (text,))
        ((quoted,),) = scratch.fetchall()
        assert refusal(scratch, f"CREATE TABLE c (a {name} DEFAULT ({quoted}))"), text


@pytest.mark.parametrize("name", VALUES)
def test_texts_that_are_called_values_are_read(scratch: Cursor, name: str) -> None:
    """The examples of what is let pass are values indeed."""
    column_type = f"{name}(1)" if name == "bit" else name
    for text in VALUES[name]:
        if name == "bit" and text == "xF":
            continue  # four bits
        scratch.execute("SELECT quote_literal(%s)", (text,))
        ((quoted,),) = scratch.fetchall()
        assert not refusal(scratch, f"CREATE TABLE c (a {column_type} DEFAULT ({quoted}))"), text


@pytest.mark.parametrize("source", SCALARS)
def test_conversions_depend_on_settings_where_it_is_said(scratch: Cursor, source: str) -> None:
    """The server refuses to store just those conversions that are called mutable."""
    for target in SCALARS:
        reason = refusal(
            scratch,
            f"CREATE TABLE c (a {source}, b {target} GENERATED ALWAYS AS (a::{target}) STORED)",
        )
        if source != target and "cannot cast" not in reason:
            assert ("not immutable" in reason) is is_mutable_cast(source, target), target


@pytest.mark.parametrize("target", REFERRING)
def test_types_of_one_family_can_refer_to_each_other(scratch: Cursor, target: str) -> None:
    """Whatever the rules let pass as a reference, the server makes."""
    for source in REFERRING:
        if SqlType(name=source).family == SqlType(name=target).family:
            assert not refusal(
                scratch,
                f"CREATE TABLE t (id {target} PRIMARY KEY)",
                f"CREATE TABLE s (id {source} REFERENCES t)",
            )


@pytest.mark.parametrize("sql", MUTABLE_EXPRESSIONS)
def test_the_server_refuses_what_is_called_mutable(scratch: Cursor, sql: str) -> None:
    """An expression that the rules call mutable cannot be stored."""
    statement = EVENTS.format(more=f", more text GENERATED ALWAYS AS (({sql})::varchar) STORED")
    if sql in {"at + span", "span + at"}:  # the text of any time is mutable; the sum is meant
        statement = EVENTS.format(more=f", more timestamptz GENERATED ALWAYS AS ({sql}) STORED")
    assert refusal(scratch, statement)


@pytest.mark.parametrize("sql", [sql for sql in IMMUTABLE_EXPRESSIONS if "unknown" not in sql])
def test_the_server_stores_what_is_called_immutable(scratch: Cursor, sql: str) -> None:
    """An expression that the rules let pass can be stored, whatever its type."""
    scratch.execute(EVENTS.format(more=""))
    scratch.execute(f"SELECT pg_typeof({sql}) FROM events RIGHT JOIN (SELECT 1) one ON true")
    ((type_name,),) = scratch.fetchall()
    scratch.execute("DROP TABLE events")
    more = f", more {type_name} GENERATED ALWAYS AS ({sql}) STORED"
    assert not refusal(scratch, EVENTS.format(more=more))


@pytest.mark.parametrize("sql", [sql for sql in HARMLESS if '|| "Name"' not in sql])
def test_the_server_takes_checks_that_are_called_harmless(scratch: Cursor, sql: str) -> None:
    """A check that the rules let pass is made."""
    assert not refusal(scratch, EVENTS.format(more=f", CHECK ({sql}\n)"))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(definition=definitions())
def test_a_definition_without_errors_creates(scratch: Cursor, definition: Definition) -> None:
    """What validation lets pass, the server makes."""
    if any(item.is_error for item in validate(definition)):
        return
    statements = [statement.sql for statement in creation_statements(definition)]
    assert refusal(scratch, *statements) == ""
