"""Types as a server writes them become types of a definition."""

from __future__ import annotations

import pytest

from core.definition.types import ColumnType, DataType
from core.engines.postgresql.column_types import column_type_of
from tests.builders import native, type_of


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("integer", type_of("INT")),
        ("numeric", type_of("DECIMAL")),
        ("numeric(10,2)", type_of("DECIMAL", precision=10, scale=2)),
        ("numeric(3,-2)", type_of("DECIMAL", precision=3, scale=-2)),
        ("character varying", type_of("VARCHAR")),
        ("character varying(20)", type_of("VARCHAR", length=20)),
        ("character(3)", type_of("CHAR", length=3)),
        ("bpchar", native("bpchar")),
        ("timestamp without time zone", type_of("TIMESTAMP")),
        ("timestamp(3) with time zone", type_of("TIMESTAMPTZ", precision=3)),
        ("time(0) without time zone", type_of("TIME", precision=0)),
        ("time with time zone", native("time with time zone")),
        ("time(3) with time zone", native("time(3) with time zone")),
        ("interval(2)", type_of("INTERVAL", precision=2)),
        ("interval day to second(2)", native("interval day to second(2)")),
        ("json", native("json")),
        ("integer[]", native("integer[]")),
        ("public.citext", native("public.citext")),
    ],
)
def test_a_written_type_is_recognised(written: str, expected: ColumnType) -> None:
    """With its parameters; what the list has no word for stays native."""
    assert column_type_of(written, enum_name=None, enum_ids={}) == expected


def test_an_enum_of_the_definition_is_referred_to_by_id() -> None:
    """One that is not of the definition stays native."""
    ids = {("app", "state"): "e1"}
    known = column_type_of("app.state", enum_name=("app", "state"), enum_ids=ids)
    assert known == ColumnType(data_type=DataType.ENUM, enum_id="e1")
    assert column_type_of("x.y", enum_name=("x", "y"), enum_ids=ids) == native("x.y")
