"""What defaults mean on columns of each type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.definition.defaults import (
    WELL_KNOWN_CALLS,
    DefaultMismatchError,
    Expression,
    Literal,
    meaning,
    well_known_call,
)
from core.definition.types import ColumnType, DataType
from tests.builders import expression, literal, native, type_of

DECIMAL_5_2 = type_of("DECIMAL", precision=5, scale=2)


@pytest.mark.parametrize(
    ("value", "column_type", "expected"),
    [
        (5, "INT", 5),
        ("-5", "INTEGER", -5),
        (" +5 ", "INT", 5),
        (Decimal("5.0"), "INT", 5),
        (-(2**15), "SMALLINT", -(2**15)),
        (2**63 - 1, "BIGINT", 2**63 - 1),
        (Decimal("1.50"), DECIMAL_5_2, Decimal("1.5")),
        ("999.99", DECIMAL_5_2, Decimal("999.99")),
        (0, type_of("DECIMAL", precision=2, scale=2), 0),
        (Decimal("0.000"), DECIMAL_5_2, 0),
        (100, type_of("NUMERIC", precision=3), 100),
        (Decimal("1E+50"), "DECIMAL", Decimal("1E+50")),
        (Decimal("-0.0001"), "NUMERIC", Decimal("-0.0001")),
        (Decimal("0.1"), "FLOAT", Decimal("0.1")),
        ("1e3", "DOUBLE", 1000),
        (10**30, "DOUBLE", 10**30),
        (True, "BOOLEAN", True),
        ("Yes", "BOOLEAN", True),
        ("0", "BOOLEAN", False),
        ("text", "TEXT", "text"),
        ("NaN", "TEXT", "NaN"),
        ("abc", type_of("VARCHAR", length=3), "abc"),
        ("abc", "VARCHAR", "abc"),
        ("a", "CHAR", "a"),
        ("sad", "ENUM", "sad"),
        ("", "BLOB", "\\x"),
        ("\\xDEAD", "BLOB", "\\xdead"),
        (
            "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
            "UUID",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
        (
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "UUID",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
        ({"a": 1}, "JSONB", {"a": 1}),
        ('{"a": 1.50}', "JSON", {"a": Decimal("1.50")}),
        (" [1] ", "JSON", [1]),
        ("{broken", "JSON", "{broken"),
        ("[NaN]", "JSON", "[NaN]"),
        ("plain", "JSON", "plain"),
        (5, "JSON", 5),
        (5, native("money"), 5),
        ("x", native("citext"), "x"),
        ("2024-02-29", "DATE", "2024-02-29"),
        ("Infinity", "DATE", "infinity"),
        ("10:30", "TIME", "10:30:00"),
        ("10:30:00.500", type_of("TIME", precision=1), "10:30:00.5"),
        ("2024-02-29", "TIMESTAMP", "2024-02-29 00:00:00"),
        ("2024-02-29T10:30:00.000001", "DATETIME", "2024-02-29 10:30:00.000001"),
        ("-infinity", "TIMESTAMP", "-infinity"),
        ("infinity", "TIMESTAMPTZ", "infinity"),
        ("2024-02-29T10:30", "TIMESTAMPTZ", "2024-02-29 10:30:00+00:00"),
        ("2024-02-29T10:30z", "TIMESTAMPTZ", "2024-02-29 10:30:00+00:00"),
        ("2024-02-29 10:30:00-0330", "TIMESTAMPTZ", "2024-02-29 10:30:00-03:30"),
        ("2024-02-29 10:30:00 +02", "TIMESTAMPTZ", "2024-02-29 10:30:00+02:00"),
        ("P1Y2M3DT4H5M6.5S", "INTERVAL", "P1Y2M3DT4H5M6.5S"),
        ("1 day -02:30:00", "INTERVAL", "1 day -02:30:00"),
        ("3 Mon 1day", "INTERVAL", "3 Mon 1day"),
    ],
)
def test_a_literal_is_a_value_of_its_type(
    value: object, column_type: str | ColumnType, expected: object
) -> None:
    """Text is taken as what it spells, and each value has one spelling."""
    wanted = type_of(column_type) if isinstance(column_type, str) else column_type
    found = meaning(literal(value), wanted)
    assert found == Literal(expected)
    assert isinstance(found, Literal)
    assert type(found.value) is type(expected)


@pytest.mark.parametrize(
    ("value", "column_type", "reason"),
    [
        (True, "INT", "true is not a whole number"),
        (Decimal("1.5"), "INT", "1.5 is not a whole number"),
        (Decimal("1E+50"), "INT", "not a whole number"),
        ("x", "INT", '"x" is not a whole number'),
        ("", "INT", "is not a whole number"),
        (2**31, "INT", "2147483648 is out of range"),
        (-(2**15) - 1, "SMALLINT", "out of range"),
        (False, "DECIMAL", "false is not a number"),
        ("NaN", "DECIMAL", "is not a number"),
        (1000, DECIMAL_5_2, "1000 has too many digits"),
        (Decimal("1.001"), DECIMAL_5_2, "1.001 has more than 2 fractional digits"),
        (Decimal("0.5"), type_of("DECIMAL", precision=5), "more than 0 fractional digits"),
        ("1e200000", "DECIMAL", "too many digits"),
        ("1e-20000", "DECIMAL", "too many digits"),
        (Decimal("1E+39"), "FLOAT", "out of range"),
        (Decimal("1E-60"), "FLOAT", "out of range"),
        (Decimal("1E+400"), "DOUBLE", "out of range"),
        (Decimal("-1E-400"), "DOUBLE", "out of range"),
        (1, "BOOLEAN", "1 is neither true nor false"),
        ("maybe", "BOOLEAN", "neither true nor false"),
        (5, "TEXT", "5 is not a string"),
        ("abcd", type_of("VARCHAR", length=3), "4 characters where 3 are allowed"),
        ("ab", "CHAR", "2 characters where 1 are allowed"),
        ("xyz", "BLOB", "hexadecimals"),
        ("x", "UUID", "not a UUID"),
        (1, "DATE", "1 is not a string"),
        ("2023-02-29", "DATE", "not a day like"),
        ("today", "DATE", "not a day like"),
        ("2020-W01-1", "DATE", "not a day like"),
        ("25:00", "TIME", "not a time like"),
        ("10:30:00.55", type_of("TIME", precision=1), "no more digits"),
        ("x", "TIME", "not a time like"),
        ("2024-02-29T10:30Z", "TIMESTAMP", "without a zone"),
        ("2024-02-30T10:30", "TIMESTAMP", "not a time like"),
        ("2024-02-29T10:30+16", "TIMESTAMPTZ", "not a time like"),
        ("2024-02-29T10:30+02:60", "TIMESTAMPTZ", "not a time like"),
        ("2024-02-29T10:61", "TIMESTAMPTZ", "not a time like"),
        ("", "INTERVAL", "not a span like"),
        ("P", "INTERVAL", "not a span like"),
        ("00:00:00.1234", type_of("INTERVAL", precision=3), "not a span like"),
        ('{"a": "\\u0000"}', "JSON", "cannot be kept"),
        ("now()", "INT", r"now\(\) gives a value of another type"),
        ("gen_random_uuid()", "DATE", "gives a value of another type"),
        ("x" * 200, "INT", "x{79}… is not"),
    ],
)
def test_what_is_no_value_of_its_type_is_refused(
    value: object, column_type: str | ColumnType, reason: str
) -> None:
    """With the reason in words."""
    wanted = type_of(column_type) if isinstance(column_type, str) else column_type
    with pytest.raises(DefaultMismatchError, match=reason) as caught:
        meaning(literal(value), wanted)
    assert caught.value.code == "DEFAULT_DOES_NOT_FIT"


@pytest.mark.parametrize(
    ("text", "column_type", "expected"),
    [
        ("now()", "TIMESTAMPTZ", Expression("now()")),
        (" NOW() ", "TIMESTAMP", Expression("now()")),
        ("current_timestamp", "DATE", Expression("CURRENT_TIMESTAMP")),
        ("CURRENT_DATE", "DATE", Expression("CURRENT_DATE")),
        ("gen_random_uuid()", "UUID", Expression("gen_random_uuid()")),
        ("NULL", "INT", Expression("NULL")),
        ("null", "TEXT", Expression("NULL")),
        ("now()", "TEXT", Literal("now()")),
        ("now()", "JSON", Literal("now()")),
    ],
)
def test_well_known_calls_are_understood_where_they_fit(
    text: str, column_type: str, expected: Expression | Literal
) -> None:
    """Elsewhere they are text like any other."""
    assert meaning(literal(text), type_of(column_type)) == expected


@pytest.mark.parametrize(
    ("text", "spelling", "expected"),
    [
        ("now()", "timestamp(3) with time zone", Expression("now()")),
        ("CURRENT_DATE", "time", Literal("CURRENT_DATE")),
        ("gen_random_uuid()", " UUID", Expression("gen_random_uuid()")),
        ("NULL", "inet", Expression("NULL")),
        ("now()", "citext", Literal("now()")),
    ],
)
def test_well_known_calls_fit_native_types_by_their_spelling(
    text: str, spelling: str, expected: Expression | Literal
) -> None:
    """Nothing else is known of a native type here."""
    assert meaning(literal(text), native(spelling)) == expected


def test_an_expression_means_itself() -> None:
    """Whatever it says."""
    assert meaning(expression("1 + 1"), type_of("INT")) == Expression("1 + 1")


def test_every_well_known_call_is_found_in_any_case() -> None:
    """And nothing else is."""
    for call in WELL_KNOWN_CALLS:
        assert well_known_call(f" {call.swapcase()} ") == call
    assert well_known_call("now") is None


def test_native_types_without_a_spelling_take_no_call_but_null() -> None:
    """A rule reports that the spelling is missing."""
    nothing = ColumnType(data_type=DataType.NATIVE)
    assert meaning(literal("now()"), nothing) == Literal("now()")
