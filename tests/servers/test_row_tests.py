"""Tests of rows on a real server: they find exactly the rows that a change would break or lose."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg2
import pytest

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    LiteralDefault,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.names import resolve_names
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.row_tests import row_tests
from core.planning.creation import creation_statements
from core.planning.diff import diff

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

INT = ColumnType(data_type=DataType.INT)
TEXT = ColumnType(data_type=DataType.TEXT)
MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
AGE = Column(id="age", name="Age", type=TEXT)
FEELS = Column(id="feels", name="feels", type=MOOD)
PLACE = Column(id="place", name="place", type=INT)
USERS = Table(
    id="users",
    name="users",
    columns=(Column(id="id", name="id", type=INT, nullable=False), AGE, FEELS, PLACE),
    primary_key=PrimaryKey(column_ids=("id",)),
)
PLACES = Table(
    id="places",
    name="places",
    columns=(Column(id="code", name="code", type=INT, nullable=False),),
    primary_key=PrimaryKey(column_ids=("code",)),
)
BEFORE = Definition(
    tables=(USERS, PLACES), enums=(Enum(id="mood", name="mood", values=("sad", "ok", "odd")),)
)
ROWS = """
INSERT INTO public.places VALUES (1), (2);
INSERT INTO public.users VALUES (1, '10', 'sad', 1), (2, '010', 'ok', 1), (3, 'x', 'odd', 7),
    (4, NULL, NULL, NULL)"""


def users(*columns: Column, **parts: object) -> Definition:
    """Return the definition with other columns or parts of the table of users."""
    by_id = {column.id: column for column in columns}
    kept = tuple(by_id.pop(each.id, each) for each in USERS.columns)
    table = replace(USERS, columns=(*kept, *by_id.values()), **parts)  # type: ignore[arg-type] # parts are fields of a table
    return replace(BEFORE, tables=(table, PLACES))


def unique_index(**fields: object) -> Index:
    """Return a unique index with these properties."""
    return Index(id="i", name="i", unique=True, **fields)  # type: ignore[arg-type] # fields of an index


CASES: dict[str, tuple[Definition, dict[str, set[str]]]] = {
    "dropped_table": (
        replace(BEFORE, tables=(USERS,)),
        {"ROWS_LOST": {"code=1", "code=2"}},
    ),
    "dropped_column": (
        replace(BEFORE, tables=(replace(USERS, columns=(USERS.columns[0], FEELS, PLACE)), PLACES)),
        {"VALUES_LOST": {"id=1", "id=2", "id=3"}},
    ),
    "retyped": (
        users(replace(AGE, name="years", type=INT)),
        {"CAST_FAILS": {"id=3"}, "CAST_CHANGES_VALUES": {"id=2"}},
    ),
    "retyped_under_a_new_unique": (
        users(replace(AGE, type=INT), uniques=(Unique(id="u", column_ids=("age",)),)),
        {
            "CAST_FAILS": {"id=3"},
            "CAST_CHANGES_VALUES": {"id=2"},
            "DUPLICATES": {"id=1", "id=2"},
        },
    ),
    "retyped_to_an_enum": (
        users(replace(AGE, type=MOOD)),
        {"CAST_FAILS": {"id=1", "id=2", "id=3"}},
    ),
    "not_null": (users(replace(FEELS, nullable=False)), {"NULLS_IN_COLUMN": {"id=4"}}),
    "new_column_without_value": (
        users(Column(id="new", name="new", type=INT, nullable=False)),
        {"ROWS_WITHOUT_VALUE": {"id=1", "id=2", "id=3", "id=4"}},
    ),
    "new_unique_constant": (
        users(
            Column(id="new", name="new", type=INT, default=LiteralDefault(json="1")),
            uniques=(Unique(id="u", column_ids=("new",)),),
        ),
        {"DUPLICATES": {"id=1", "id=2", "id=3", "id=4"}},
    ),
    "new_unique_nulls": (
        users(
            Column(id="new", name="new", type=INT),
            uniques=(Unique(id="u", column_ids=("new",)),),
        ),
        {},
    ),
    "unique": (
        users(uniques=(Unique(id="u", column_ids=("place",)),)),
        {"DUPLICATES": {"id=1", "id=2"}},
    ),
    "unique_index_over_an_expression": (
        users(indexes=(unique_index(parts=(IndexPart(expression="ltrim(\"Age\", '0')"),)),)),
        {"DUPLICATES": {"id=1", "id=2"}},
    ),
    "partial_unique_index": (
        users(indexes=(unique_index(parts=(IndexPart(column_id="place"),), where="id > 1"),)),
        {"DUPLICATES": set()},
    ),
    "check_over_a_renamed_column": (
        users(
            replace(PLACE, name="spot"), checks=(Check(id="c", expression="users.spot < id + 3"),)
        ),
        {"CHECK_VIOLATED": {"id=3"}},
    ),
    "foreign_key": (
        replace(
            BEFORE,
            foreign_keys=(
                ForeignKey(
                    id="f",
                    source_table_id="users",
                    source_column_ids=("place",),
                    target_table_id="places",
                    target_column_ids=("code",),
                ),
            ),
        ),
        {"ORPHANS": {"id=3"}},
    ),
    "enum_value": (
        replace(BEFORE, enums=(Enum(id="mood", name="mood", values=("sad", "ok")),)),
        {"ENUM_VALUE_IN_USE": {"id=3"}},
    ),
    "generated": (
        users(replace(PLACE, generated="id")),
        {"VALUES_REPLACED": {"id=2", "id=3"}},
    ),
    "primary_key": (
        users(replace(PLACE, nullable=False), primary_key=PrimaryKey(column_ids=("place",))),
        {"NULLS_IN_COLUMN": {"id=4"}, "DUPLICATES": {"id=1", "id=2"}},
    ),
}
"""Definitions to change to, and the rows that each test finds."""


@pytest.fixture(scope="module")
def database(postgresql_server: PostgresqlServer) -> Iterator[psycopg2.extensions.connection]:
    """A session in a database that holds the rows."""
    name = f"rows_{uuid.uuid4().hex}"
    connection = psycopg2.connect(postgresql_server.create_database(name))
    with connection.cursor() as cursor:
        for statement in creation_statements(BEFORE):
            cursor.execute(statement.sql)
        cursor.execute(ROWS)
    connection.commit()
    yield connection
    connection.close()
    postgresql_server.drop_database(name)


@pytest.mark.parametrize("name", CASES)
def test_the_rows_that_a_change_concerns_are_found(
    name: str, database: psycopg2.extensions.connection
) -> None:
    """Every test counts its rows and names them by their key, and no other test is made."""
    after, expected = CASES[name]
    named = resolve_names(BEFORE), resolve_names(after)
    found = {}
    for test in row_tests(diff(*named), *named):
        with database.cursor() as cursor:
            if test.setup_sql:
                cursor.execute(test.setup_sql)
            cursor.execute(test.count_sql)
            (count,) = cursor.fetchone() or (None,)
            cursor.execute(test.sample_sql)
            samples = {str(sample) for (sample,) in cursor.fetchall()}
        database.rollback()
        assert count == len(samples)
        found[test.code] = samples
    assert found == expected
