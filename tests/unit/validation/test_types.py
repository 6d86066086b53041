"""Rules about the types of columns."""

from __future__ import annotations

import pytest

from core.definition.model import Definition
from core.definition.types import ColumnType
from core.validation.sql_types import MAX_NATIVE_TYPES
from tests.builders import column, definition, enum, native, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes


def of(*types: ColumnType) -> Definition:
    """Build a table with a column of each type, beside an enum."""
    columns = [column(f"c{place}", item) for place, item in enumerate(types)]
    return definition(table("t", *columns), enums=[enum("mood", "glad")])


def natives(*spellings: str) -> Definition:
    """Build a table with a column of each native type."""
    return of(*(native(item) for item in spellings))


COLUMN = "tables[0].columns[0]"

INJECTIONS = (
    "int); DROP TABLE x; --",
    "int, b int",
    "int DEFAULT 3",
    "int NOT NULL",
    "int -- x",
    "int /* x */",
    'text COLLATE "C"',
    "int::text",
    "int IS NULL",
    "int '",
    "setof int",
    "a.b.c",
    "",
    "int\x00",
)


def many_natives(count: int) -> Definition:
    """Build that many columns of native types that are all spelled in their own way."""
    columns = [
        column(f"c{n}", native(f"numeric({1 + n // 100}{' ' * (n % 100)})")) for n in range(count)
    ]
    return definition(table("t", *columns[:1_500]), table("s", *columns[1_500:]))


CASES = (
    yes(
        "TOO_MANY_NATIVE_TYPES",
        "one more than allowed",
        many_natives(MAX_NATIVE_TYPES + 1),
        "tables",
    ),
    no("TOO_MANY_NATIVE_TYPES", "as many as allowed", many_natives(MAX_NATIVE_TYPES)),
    yes("ENUM_UNKNOWN", "no enum", of(type_of("ENUM")), COLUMN),
    yes(
        "ENUM_UNKNOWN",
        "one that is not there",
        of(type_of("ENUM", enum_id="x")),
        f"{COLUMN}.enumId",
    ),
    no("ENUM_UNKNOWN", "one that is there", of(type_of("ENUM", enum_id="mood"))),
    yes("LENGTH_MISSING", "a VARCHAR without", of(type_of("VARCHAR")), f"{COLUMN}.dataType"),
    no("LENGTH_MISSING", "CHAR and TEXT", of(type_of("CHAR"), type_of("TEXT"))),
    yes("LENGTH_OUT_OF_RANGE", "zero", of(type_of("VARCHAR", length=0)), f"{COLUMN}.length"),
    yes(
        "LENGTH_OUT_OF_RANGE",
        "too many",
        of(type_of("CHAR", length=10_485_761)),
        f"{COLUMN}.length",
    ),
    no(
        "LENGTH_OUT_OF_RANGE",
        "the largest, and types that take none",
        of(type_of("VARCHAR", length=10_485_760), type_of("INT", length=0)),
    ),
    yes(
        "PRECISION_OUT_OF_RANGE",
        "1,001",
        of(type_of("NUMERIC", precision=1_001)),
        f"{COLUMN}.precision",
    ),
    yes(
        "PRECISION_OUT_OF_RANGE",
        "seconds below none",
        of(type_of("TIME", precision=-1)),
        f"{COLUMN}.precision",
    ),
    yes("PRECISION_REDUCED", "seconds", of(type_of("TIME", precision=10)), f"{COLUMN}.precision"),
    no(
        "PRECISION_REDUCED",
        "bounds, and types that take none",
        of(type_of("TIMESTAMP", precision=6), type_of("TIME"), type_of("INT", precision=10)),
    ),
    no(
        "PRECISION_OUT_OF_RANGE",
        "bounds, and types that take none",
        of(
            type_of("DECIMAL", precision=1_000),
            type_of("TIMESTAMPTZ", precision=0),
            type_of("INT", precision=-5),
        ),
    ),
    yes(
        "SCALE_OUT_OF_RANGE",
        "more than the precision, and less than none",
        of(type_of("DECIMAL", precision=2, scale=3), type_of("DECIMAL", precision=2, scale=-1)),
        f"{COLUMN}.scale",
        "tables[0].columns[1].scale",
    ),
    no(
        "SCALE_OUT_OF_RANGE",
        "one that fits, and types that take none",
        of(type_of("DECIMAL", precision=2, scale=2), type_of("INT", precision=2, scale=9)),
    ),
    yes(
        "SCALE_WITHOUT_PRECISION",
        "a scale alone",
        of(type_of("DECIMAL", scale=2)),
        f"{COLUMN}.scale",
    ),
    no(
        "SCALE_WITHOUT_PRECISION",
        "both, and a scale nobody reads",
        of(type_of("DECIMAL", precision=5, scale=2), type_of("INT", scale=2)),
    ),
    yes(
        "NATIVE_TYPE_INVALID",
        "what is more or less than one type name",
        natives(*INJECTIONS),
        *(f"tables[0].columns[{place}].nativeType" for place in range(len(INJECTIONS))),
    ),
    no(
        "NATIVE_TYPE_INVALID",
        "type names",
        natives(
            "int[]", "timestamp(3) with time zone", "double precision", '"char"', "public.mood"
        ),
    ),
    yes(
        "NATIVE_TYPE_UNKNOWN",
        "extensions, pseudo-types, serials and tables",
        natives("citext", "anyelement", "serial", "t", "other.mood"),
        *(f"tables[0].columns[{place}].nativeType" for place in range(5)),
    ),
    no(
        "NATIVE_TYPE_UNKNOWN",
        "built-in types and enums",
        natives("inet", "pg_catalog.int4", "mood[]"),
    ),
    yes(
        "NATIVE_TYPE_PARAMETERS",
        "parameters out of place",
        natives(
            *("text(3)", "numeric(0)", "numeric(5,6)", "numeric(1,2,3)", "varchar(0)"),
            *("bit(0)", "time(7)", "interval second(9)", "mood(1)", "pg_catalog.varchar(a)"),
        ),
        *(f"tables[0].columns[{place}].nativeType" for place in range(10)),
    ),
    no(
        "NATIVE_TYPE_PARAMETERS",
        "parameters in their place",
        natives("numeric(5,2)", "varchar(3)[]", "bit varying(9)", "interval(3)", "time(6)", "text"),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_types(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
