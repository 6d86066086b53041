"""Every pair of types on a real server: whether it rewrites, and whether the conversion works."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg2
import pytest

from core.definition.model import Definition, Enum
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql import altering_columns
from core.dialects.postgresql.casts import bare, converted, is_castable, keeps_every_value, using
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.row_casts import FITS, KEEPS, fits_function, keeps_function
from core.dialects.postgresql.type_changes import type_change_effect
from core.dialects.postgresql.types import type_sql
from core.dialects.statement import Statement, Work

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

MOOD = Enum(id="mood", name="mood", values=("sad", "ok"))
DEFINITION = Definition(tables=(), enums=(MOOD,))
ENUMS = {"mood": MOOD}
T = Place("public", "t")


def of(data_type: DataType, length: int | None = None, *digits: int) -> ColumnType:
    """Return a type with its length, or its precision and scale."""
    precision = digits[0] if digits else None
    scale = digits[1] if len(digits) > 1 else None
    return ColumnType(data_type=data_type, length=length, precision=precision, scale=scale)


SAMPLES: dict[ColumnType, tuple[str, ...]] = {
    of(DataType.SMALLINT): ("0", "-7", "32767"),
    of(DataType.INT): ("1", "2147483647"),
    of(DataType.BIGINT): ("1", "9223372036854775807"),
    of(DataType.DECIMAL): ("1.50", "123456789012345678901234567890.5", "NaN"),
    of(DataType.DECIMAL, None, 10, 2): ("1.25", "12345678.90"),
    of(DataType.DECIMAL, None, 12, 2): ("1.25", "1234567890.12"),
    of(DataType.DECIMAL, None, 12, 4): ("1.2345",),
    of(DataType.FLOAT): ("1.5", "1e30", "Infinity"),
    of(DataType.DOUBLE): ("0.1", "1e300"),
    of(DataType.BOOLEAN): ("true", "false"),
    of(DataType.UUID): ("7f2ad0f4-5a0c-4a0e-8a53-1a2b3c4d5e6f",),
    of(DataType.TEXT): ("1", "sad", "2020-02-03", "x' --", '{"a": 1}', "007", "long enough text"),
    of(DataType.VARCHAR): ("1", "true", "2020-02-03 04:05:06"),
    of(DataType.VARCHAR, 5): ("1", "sad", "  "),
    of(DataType.VARCHAR, 20): ("1", "12345678901234567890", "a    "),
    of(DataType.CHAR, 5): ("1", "ok", "12345"),
    of(DataType.CHAR, 8): ("1", "12345678"),
    of(DataType.BLOB): ("\\x00ff",),
    of(DataType.DATE): ("2020-02-03", "infinity"),
    of(DataType.TIME): ("04:05:06.123456", "24:00"),
    of(DataType.TIME, None, 2): ("04:05:06.12",),
    of(DataType.TIMESTAMP): ("2020-02-03 04:05:06.123456", "2020-02-03"),
    of(DataType.TIMESTAMP, None, 3): ("2020-02-03 04:05:06.123",),
    of(DataType.TIMESTAMP, None, 6): ("2020-02-03 04:05:06.123456",),
    of(DataType.TIMESTAMPTZ): ("2020-02-03 04:05:06.123456+00", "2020-07-03 00:00+00"),
    of(DataType.TIMESTAMPTZ, None, 0): ("2020-02-03 04:05:06+00",),
    of(DataType.INTERVAL): ("1 day 02:03:04.567", "30:00:00"),
    of(DataType.INTERVAL, None, 3): ("00:00:01.123",),
    of(DataType.INTERVAL, None, 6): ("00:00:01.123456",),
    of(DataType.JSONB): ("1", '"sad"', "null", '{"b": [1.50]}', "true"),
    ColumnType(data_type=DataType.ENUM, enum_id="mood"): ("sad", "ok"),
    ColumnType(data_type=DataType.NATIVE, native="integer[]"): ("{1,2}", "{}"),
    ColumnType(data_type=DataType.NATIVE, native="inet"): ("10.0.0.1",),
    ColumnType(data_type=DataType.NATIVE, native="json"): ('{"a":1}', "5"),
}
"""Types with values that each can hold."""


@pytest.fixture(scope="module")
def database(postgresql_server: PostgresqlServer) -> Iterator[psycopg2.extensions.cursor]:
    """A session in a zone of its own, so that what depends on the zone shows itself."""
    name = f"types_{uuid.uuid4().hex}"
    connection = psycopg2.connect(postgresql_server.create_database(name))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'America/New_York'")
        cursor.execute("CREATE TYPE public.mood AS ENUM ('sad', 'ok')")
        yield cursor
    connection.close()
    postgresql_server.drop_database(name)


def spelled(column_type: ColumnType) -> str:
    """Return how a type is written."""
    return type_sql(column_type, DEFINITION)


def scene(cursor: psycopg2.extensions.cursor, before: ColumnType, *values: str) -> None:
    """Make the table with values of a type."""
    cursor.execute("DROP TABLE IF EXISTS public.t")
    cursor.execute(f"CREATE TABLE public.t (id serial PRIMARY KEY, x {spelled(before)})")
    for value in values:
        cursor.execute(f"INSERT INTO public.t (x) VALUES (%s::{spelled(before)})", (value,))


def change(before: ColumnType, after: ColumnType) -> Statement:
    """Return the statement that changes the type."""
    clause = using("x", before, after, spelled(bare(after)))
    effect = type_change_effect(before, after)
    return altering_columns.change_type(T, "x", spelled(after), effect, "x", using=clause)


def first(cursor: psycopg2.extensions.cursor, sql: str) -> object:
    """Return the one value that a query gives."""
    cursor.execute(sql)
    return (cursor.fetchone() or (None,))[0]


@pytest.mark.parametrize("before", SAMPLES, ids=spelled)
def test_a_type_change_rewrites_the_table_exactly_when_it_says_so(
    before: ColumnType, database: psycopg2.extensions.cursor
) -> None:
    """The storage file of the table tells; indexes on the column stay unless it is rewritten."""
    wrong: list[tuple[object, ...]] = []
    for after in SAMPLES:
        if not is_castable(before, after):
            continue
        scene(database, before)
        has_order = spelled(before) != "json" and spelled(after) != "json"
        if has_order:
            database.execute("CREATE INDEX i ON public.t (x)")
        files = "SELECT array_agg(pg_relation_filenode(oid) ORDER BY relname)"
        files += " FROM pg_class WHERE relname IN ('t', 'i')"
        old = first(database, files)
        statement = change(before, after)
        database.execute(statement.sql)
        new = first(database, files)
        is_rewritten = statement.effect.work is Work.REWRITE
        if (old != new) is not is_rewritten:
            wrong.append((spelled(after), old, new, statement.effect.work))
    assert wrong == []


@pytest.mark.parametrize("before", SAMPLES, ids=spelled)
def test_values_are_converted_as_the_tests_of_the_rows_foretell(
    before: ColumnType, database: psycopg2.extensions.cursor
) -> None:
    """A value that is said to fit does; one that is said to stay the same comes back the same."""
    wrong: list[tuple[object, ...]] = []
    for after in SAMPLES:
        if not is_castable(before, after):
            continue
        database.execute(fits_function(before, after, ENUMS))
        keeps = keeps_function(before, after, ENUMS)
        if keeps is not None:
            database.execute(keeps)
        for value in SAMPLES[before]:
            scene(database, before, value)
            fits = first(database, f"SELECT {FITS}(x) FROM public.t")
            keeps_it = keeps is not None and first(database, f"SELECT {KEEPS}(x) FROM public.t")
            try:
                database.execute(change(before, after).sql)
                did_fit = True
            except psycopg2.Error:
                did_fit = False
            came_back = did_fit and keeps is not None and returns(database, before, after, value)
            if fits != did_fit or (did_fit and came_back != keeps_it):
                wrong.append((spelled(after), value, fits, did_fit, keeps_it, came_back))
            if keeps_every_value(before, after) and not came_back:
                wrong.append((spelled(after), value, "does not keep every value"))
        database.execute("DROP FUNCTION IF EXISTS pg_temp.sb_fits, pg_temp.sb_keeps")
    assert wrong == []


def returns(
    cursor: psycopg2.extensions.cursor, before: ColumnType, after: ColumnType, value: str
) -> bool:
    """Tell whether the value is the old one after the type is changed back."""
    try:
        cursor.execute(change(after, before).sql)
    except psycopg2.Error:
        return False
    native = DataType.NATIVE in (before.data_type, after.data_type)
    cast = "::text" if native else ""
    cursor.execute(
        f"SELECT x{cast} IS NOT DISTINCT FROM %s::{spelled(before)}{cast} FROM public.t", (value,)
    )
    return bool((cursor.fetchone() or (False,))[0])


def test_a_conversion_never_cuts_a_text_off(database: psycopg2.extensions.cursor) -> None:
    """A text that is too long is refused, not shortened."""
    before, after = of(DataType.BIGINT), of(DataType.VARCHAR, 5)
    scene(database, before, "1234567")
    with pytest.raises(psycopg2.errors.StringDataRightTruncation):
        database.execute(change(before, after).sql)
    assert converted("x", before, after, "varchar") == "x"
