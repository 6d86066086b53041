"""Column types are spelled as PostgreSQL spells them."""

from __future__ import annotations

import pytest

from core.definition.model import Definition, Enum
from core.definition.types import ColumnType, DataType
from core.dialects.errors import MissingThingError
from core.dialects.postgresql import type_sql

EMPTY = Definition(tables=())


@pytest.mark.parametrize(
    ("data_type", "spelling"),
    [
        (DataType.SMALLINT, "smallint"),
        (DataType.INT, "integer"),
        (DataType.INTEGER, "integer"),
        (DataType.BIGINT, "bigint"),
        (DataType.DECIMAL, "numeric"),
        (DataType.NUMERIC, "numeric"),
        (DataType.FLOAT, "real"),
        (DataType.DOUBLE, "double precision"),
        (DataType.BOOLEAN, "boolean"),
        (DataType.UUID, "uuid"),
        (DataType.TEXT, "text"),
        (DataType.BLOB, "bytea"),
        (DataType.CHAR, "char(1)"),
        (DataType.VARCHAR, "varchar"),
        (DataType.DATE, "date"),
        (DataType.TIME, "time"),
        (DataType.TIMESTAMP, "timestamp"),
        (DataType.DATETIME, "timestamp"),
        (DataType.TIMESTAMPTZ, "timestamptz"),
        (DataType.INTERVAL, "interval"),
        (DataType.JSON, "jsonb"),
        (DataType.JSONB, "jsonb"),
    ],
    ids=str,
)
def test_each_type_has_its_spelling(data_type: DataType, spelling: str) -> None:
    """Without parameters the bare word is written."""
    assert type_sql(ColumnType(data_type=data_type), EMPTY) == spelling


@pytest.mark.parametrize(
    ("column_type", "spelling"),
    [
        (ColumnType(data_type=DataType.VARCHAR, length=255), "varchar(255)"),
        (ColumnType(data_type=DataType.CHAR, length=2), "char(2)"),
        (ColumnType(data_type=DataType.DECIMAL, precision=10, scale=2), "numeric(10,2)"),
        (ColumnType(data_type=DataType.NUMERIC, precision=10), "numeric(10,0)"),
        (ColumnType(data_type=DataType.DECIMAL, scale=2), "numeric"),
        (ColumnType(data_type=DataType.TIMESTAMPTZ, precision=0), "timestamptz(0)"),
        (ColumnType(data_type=DataType.INTERVAL, precision=3), "interval(3)"),
        (ColumnType(data_type=DataType.DATETIME, precision=10), "timestamp(6)"),
        (ColumnType(data_type=DataType.INT, length=255, precision=10, scale=2), "integer"),
        (ColumnType(data_type=DataType.TEXT, length=255), "text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_are_written_where_the_type_takes_them(
    column_type: ColumnType, spelling: str
) -> None:
    """Designers send every parameter everywhere; only the fitting ones count."""
    assert type_sql(column_type, EMPTY) == spelling


def test_a_native_type_is_written_as_it_is() -> None:
    """The engine's own spelling is not touched."""
    native = ColumnType(data_type=DataType.NATIVE, native="int4range")
    assert type_sql(native, EMPTY) == "int4range"


def test_a_comment_in_a_native_type_cannot_swallow_what_follows() -> None:
    """A line break ends the comment."""
    native = ColumnType(data_type=DataType.NATIVE, native="inet -- address")
    assert type_sql(native, EMPTY) == "inet -- address\n"


def test_an_enum_is_qualified_so_that_no_type_of_the_server_hides_it() -> None:
    """An enum called text is not the server's text."""
    definition = Definition(tables=(), enums=(Enum(id="e", name="text", values=("a",)),))
    column_type = ColumnType(data_type=DataType.ENUM, enum_id="e")
    assert type_sql(column_type, definition) == 'public."text"'


@pytest.mark.parametrize("enum_id", [None, "gone"], ids=["no id", "unknown id"])
def test_an_enum_that_is_not_there_is_an_error_of_its_own(enum_id: str | None) -> None:
    """Unvalidated definitions fail with a sentence, not with a bare KeyError."""
    with pytest.raises(MissingThingError, match="There is no enum"):
        type_sql(ColumnType(data_type=DataType.ENUM, enum_id=enum_id), EMPTY)
