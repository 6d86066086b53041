"""Defaults are spelled so that the server stores the value that was meant."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.definition.model import (
    Column,
    Default,
    Definition,
    ExpressionDefault,
    LiteralDefault,
)
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql import default_sql, literal_sql

EMPTY = Definition(tables=())


def spell(data_type: DataType, default: Default | None) -> str | None:
    """Return what follows DEFAULT."""
    column = Column(id="c", name="c", type=ColumnType(data_type=data_type), default=default)
    return default_sql(column, EMPTY)


def test_no_default_is_no_text() -> None:
    """A column need not have one."""
    assert spell(DataType.INT, None) is None


@pytest.mark.parametrize(
    ("data_type", "json", "spelling"),
    [
        (DataType.INT, "-5", "-5"),
        (DataType.INT, '"0"', "0"),
        (DataType.BIGINT, "9223372036854775807", "9223372036854775807"),
        (DataType.DECIMAL, "12345678901234567.05", "12345678901234567.05"),
        (DataType.BOOLEAN, "true", "true"),
        (DataType.BOOLEAN, '"false"', "false"),
        (DataType.TEXT, '"it\'s"', "'it''s'"),
        (DataType.VARCHAR, '"a\\\\b"', "E'a\\\\b'"),
        (DataType.JSONB, '{"a": [1.50, "it\'s"]}', "'{\"a\":[1.50,\"it''s\"]}'"),
        (DataType.JSON, '"text"', "'\"text\"'"),
        (DataType.JSONB, "true", "'true'"),
        (DataType.DATE, '"2026-01-31"', "'2026-01-31'"),
    ],
    ids=str,
)
def test_a_literal_is_spelled_as_a_constant(data_type: DataType, json: str, spelling: str) -> None:
    """Numbers keep every digit and texts are escaped."""
    assert spell(data_type, LiteralDefault(json=json)) == spelling


@pytest.mark.parametrize(
    ("data_type", "call"),
    [
        (DataType.TIMESTAMP, "CURRENT_TIMESTAMP"),
        (DataType.DATE, "CURRENT_DATE"),
        (DataType.TIMESTAMPTZ, "now()"),
        (DataType.UUID, "gen_random_uuid()"),
    ],
    ids=str,
)
def test_a_well_known_call_is_written_as_a_call(data_type: DataType, call: str) -> None:
    """It is not a text, and needs no parentheses."""
    assert spell(data_type, LiteralDefault(json=f'"{call}"')) == call


def test_an_expression_stands_in_parentheses() -> None:
    """The grammar admits only simple expressions behind DEFAULT otherwise."""
    assert spell(DataType.BOOLEAN, ExpressionDefault(sql="1 IN (1)")) == "(1 IN (1))"


@pytest.mark.parametrize(
    ("value", "column_type", "spelling"),
    [
        (None, ColumnType(data_type=DataType.TEXT), "NULL"),
        (True, ColumnType(data_type=DataType.TEXT), "'true'"),
        (5, ColumnType(data_type=DataType.TEXT), "'5'"),
        (Decimal("1E+5"), ColumnType(data_type=DataType.DOUBLE), "1E+5"),
        (False, ColumnType(data_type=DataType.NATIVE, native="bool"), "false"),
        ([1, Decimal("2.0")], ColumnType(data_type=DataType.NATIVE, native="json"), "'[1,2.0]'"),
    ],
    ids=repr,
)
def test_any_json_value_can_be_a_constant(
    value: object, column_type: ColumnType, spelling: str
) -> None:
    """What a type does not take bare is written as the text it reads."""
    assert literal_sql(value, column_type) == spelling
