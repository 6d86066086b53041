"""Texts that are no values; what stands here is asked of a real server elsewhere too."""

from __future__ import annotations

import pytest

from core.validation.constants import is_no_value
from core.validation.sql_types import SqlType

VALUES = {
    "int2": ("1", " -32768 ", "+1", "0000000000000007"),
    "int4": ("2147483647", "-2147483648"),
    "int8": ("9223372036854775807",),
    "numeric": ("1", ".5", "1.", "1e3", "NaN", "-1.5e-3", " 7 "),
    "float8": ("1", "inf", "-Infinity", "nan", "1e300"),
    "bool": ("t", "TRUE", " yes ", "of", "on", "1"),
    "uuid": (
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "{a0eebc999c0b4ef8bb6d6bb9bd380a11}",
        "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
    ),
    "date": ("2024-02-29", "today", "epoch", "-infinity", "Jan 8 1999", "2024-1-2", "5-1-1 BC"),
    "time": ("23:59", "24:00:00", "now", "04:05 PM", "allballs"),
    "timetz": ("04:05:06-08", "now"),
    "timestamp": ("2024-12-31T23:59:59", "now", "20240101", "infinity"),
    "timestamptz": ("2024-12-31 23:59:59+02", "0044-03-15 12:00:00 BC"),
    "interval": ("1 day", "P1D", "01:02", "@ 0"),
    "bytea": ("", "\\xAB cd", "abc", "\\\\", "\\001"),
    "json": ("{}", " 1 ", '"x"', "null", "[" * 50 + "]" * 50, "1" * 5_000),
    "jsonb": ("[1]", "true"),
    "inet": ("10.0.0.1", "::1", "10.0.0.0/8", "::ffff:1.2.3.4"),
    "cidr": ("10", "10.1", "10.0.0.0/8", "::/0"),
    "macaddr": ("08:00:2b:01:02:03", "0800.2b01.0203", "08002b010203"),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "bit": ("1", "b1", "xF"),
    "varbit": ("", "101"),
    "point": ("(1,2)", "1,2", "nan,inf"),
    "int4range": ("[1,2)", "empty", " (,)"),
    "int4multirange": ("{}", "{[1,2)}"),
    "money": ("1", "$1.00"),
    "oid": ("1",),
    "pg_lsn": ("16/B374D848",),
    "tid": ("(0,1)",),
    "text": ("anything",),
    "tsvector": ("a b",),
}
NO_VALUES = {
    "int2": ("32768", "-32769", "abc", "", "1.5", "+-1"),
    "int4": ("abc", "2147483648", "now()"),
    "int8": ("9223372036854775808", "9" * 5_000),
    "numeric": ("abc", "", ".", "1,5", "+"),
    "float8": ("abc", "1 2"),
    "bool": ("abc", "", "o", "2", "truely"),
    "uuid": ("abc", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1"),
    "date": ("abc", "2024-13-45", "2023-02-29", "2024-00-01", "CURRENT_DATE", ""),
    "time": ("abc", "25:00", "23:60", "CURRENT_TIME"),
    "timetz": ("CURRENT_DATE",),
    "timestamp": ("2024-02-30T10:00:00", "0000-01-01", "CURRENT_TIMESTAMP"),
    "timestamptz": ("x", "2024-13-01 10:00"),
    "interval": ("abc", "", "now"),
    "bytea": ("\\xabc", "\\xzz", "\\", "\\9"),
    "json": ("", "{", "{'a':1}", "abc"),
    "jsonb": ("[1,]",),
    "inet": ("abc", "10.0.0.256", "localhost", "10.0.0.1:80x", ""),
    "cidr": ("abc",),
    "macaddr": ("abc", "08:00"),
    "macaddr8": ("x",),
    "bit": ("2", "abc"),
    "varbit": ("x0g",),
    "point": ("abc", ""),
    "int4range": ("abc", "1,2"),
    "int4multirange": ("[1,2)",),
    "money": ("abc",),
    "oid": ("abc",),
    "pg_lsn": ("abc",),
    "tid": ("abc",),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_let_pass(name: str) -> None:
    """What the server may read is never refused."""
    assert [text for text in VALUES[name] if is_no_value(text, SqlType(name=name))] == []


@pytest.mark.parametrize("name", NO_VALUES)
def test_what_is_plainly_no_value_is_told(name: str) -> None:
    """What no server reads is refused."""
    assert [text for text in NO_VALUES[name] if not is_no_value(text, SqlType(name=name))] == []


def test_json_deeper_than_can_be_read_is_let_pass() -> None:
    """Where nothing can be told, nothing is said."""
    assert not is_no_value("[" * 100_000, SqlType(name="json"))


def test_arrays_and_enums_have_their_own_texts() -> None:
    """An array stands in braces; an enum has just its values."""
    array = SqlType(name="text", is_array=True)
    assert [is_no_value(text, array) for text in ("{a}", "[0:0]={a}", "a", "")] == [
        *(False, False, True, True)
    ]
    mood = SqlType(name="mood", is_enum=True)
    assert [is_no_value(text, mood, ("glad",)) for text in ("glad", "Glad")] == [False, True]
    assert not is_no_value("x", mood)
