"""Conversions between types: which need words, which are impossible, which lose nothing."""

from __future__ import annotations

import pytest

from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.casts import is_castable, keeps_every_value, using
from core.dialects.postgresql.type_changes import rewrites_table


def of(word: str, length: int | None = None) -> ColumnType:
    """Return a type by its word."""
    return ColumnType(data_type=DataType(word), length=length)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("INT", "BIGINT", None),
        ("TEXT", "INT", "x::text::T"),
        ("DOUBLE", "BOOLEAN", "x <> 0"),
        ("BOOLEAN", "DECIMAL", "x::integer"),
        ("JSONB", "INT", "(x #>> '{}')::T"),
        ("INT", "JSONB", "to_jsonb(x)"),
        ("TIMESTAMP", "TIMESTAMPTZ", "x AT TIME ZONE 'UTC'"),
        ("TIMESTAMPTZ", "DATE", "(x AT TIME ZONE 'UTC')::date"),
    ],
)
def test_a_conversion_is_spelled_the_same_for_every_session(
    before: str, after: str, expected: str | None
) -> None:
    """Assignment says nothing; the zone of a session plays no part."""
    assert using("x", of(before), of(after), "T") == expected


@pytest.mark.parametrize(
    ("before", "after"), [("UUID", "INT"), ("DATE", "TIME"), ("BLOB", "JSONB"), ("INT", "DATE")]
)
def test_what_means_nothing_in_the_other_type_cannot_be_converted(before: str, after: str) -> None:
    """Such a column can only be replaced."""
    assert not is_castable(of(before), of(after))


def test_growing_texts_lose_nothing_and_rewrite_nothing() -> None:
    """The commonest change of a type is free."""
    narrow, wide = of("VARCHAR", 10), of("VARCHAR", 20)
    assert keeps_every_value(narrow, wide)
    assert not rewrites_table(narrow, wide)
    assert not keeps_every_value(wide, narrow)
    assert rewrites_table(wide, narrow)
