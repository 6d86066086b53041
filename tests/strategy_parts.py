"""Hypothesis strategies for the small parts of definitions: names, types and defaults that fit."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from hypothesis import strategies as st

from core.definition.literals import json_text
from core.definition.model import Default, ExpressionDefault, LiteralDefault
from core.definition.types import ColumnType, DataType

NAME_BYTES = 63

HOSTILE_NAMES = (
    'order"; DROP TABLE x; --',
    "'; DROP TABLE x; --",
    "select",
    "user",
    "table",
    "Ünïcode",
    "a b",
    "'quoted'",
    'double "quoted"',
    "back\\slash",
    "semi;colon",
    "dot.dot",
    "percent%s %(x)s %%",
    "{curly} {0}",
    "$1",
    "$$",
    ":name",
    "CamelCase",
    "--",
    "/* comment */",
    "emoji😀",
    "x" * NAME_BYTES,
    "é" * (NAME_BYTES // 2),
    "表",
    "0",
    "NULL",
    "[x]",
)
"""Names that are legal and that a careless program stumbles over."""

_REFUSED_NAMES = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"})
"""System columns. Source: PostgreSQL manual, section 5.6."""

_VISIBLE = st.characters(categories=("L", "N", "P", "S"), include_characters=" ")
_PRINTABLE = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")


def _is_legal(name: str) -> bool:
    return (
        0 < len(name.encode()) <= NAME_BYTES
        and name == name.strip()
        and not name.casefold().startswith("pg_")
        and name.casefold() not in _REFUSED_NAMES
    )


PLAIN_NAMES = (
    *("users", "posts", "orders", "order_items", "id", "user_id", "name", "email", "created_at"),
    *("a", "b", "c", "x1", "_private", "total_price", "status", "public", "t_pkey", "t_id_key"),
)
"""Names as most people write them."""

hostile_names = st.sampled_from(HOSTILE_NAMES) | st.text(_VISIBLE, min_size=1, max_size=12).filter(
    _is_legal
)
"""Names as nobody should write them, though they may."""

names = st.sampled_from(PLAIN_NAMES) | st.sampled_from(HOSTILE_NAMES) | hostile_names
"""Every legal name."""

_DESCRIPTIONS = ("", "", "", "What it is for.", "it's", "line\nbreak", "; DROP TABLE x; --", "é😀")

descriptions = st.sampled_from(_DESCRIPTIONS) | st.text(_PRINTABLE, max_size=8)
"""Comments, none included."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.decimals(-(10**6), 10**6, places=3)
    | st.text(_PRINTABLE, max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(_PRINTABLE, max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
"""JSON values that PostgreSQL can keep, numbers as the reader of a body gives them."""

_NATIVE = ("inet", "macaddr", "int4range", "bit(3)", "varbit(9)", "text[]", "integer[]", "tsvector")

_PRECISIONS = st.none() | st.integers(0, 6)


@st.composite
def _decimal_types(draw: st.DrawFn, word: DataType) -> ColumnType:
    precision = draw(st.none() | st.integers(1, 40))
    scale = None if precision is None else draw(st.none() | st.integers(0, precision))
    return ColumnType(data_type=word, precision=precision, scale=scale)


def _types_of(word: DataType) -> st.SearchStrategy[ColumnType]:
    match word.canonical():
        case DataType.DECIMAL:
            return _decimal_types(word)
        case DataType.CHAR | DataType.VARCHAR:
            return st.builds(ColumnType, data_type=st.just(word), length=st.integers(1, 300))
        case DataType.TIME | DataType.TIMESTAMP | DataType.TIMESTAMPTZ | DataType.INTERVAL:
            return st.builds(ColumnType, data_type=st.just(word), precision=_PRECISIONS)
        case DataType.NATIVE:
            return st.builds(ColumnType, data_type=st.just(word), native=st.sampled_from(_NATIVE))
        case _:
            # Version 1 of the designer sends parameters with every type.
            return st.builds(
                ColumnType,
                data_type=st.just(word),
                length=st.sampled_from([None, 255]),
                precision=st.sampled_from([None, 10]),
                scale=st.sampled_from([None, 2]),
            )


column_types = st.one_of(*[_types_of(word) for word in DataType if word is not DataType.ENUM])
"""Every type with its parameters, but for enums, which a definition must hold."""

_SPANS = st.sampled_from(["1 day", "P1Y2M3DT4H5M6S", "2 hours 30 minutes", "-3 mon", "00:15:00"])

_EXPRESSIONS: dict[DataType, tuple[str, ...]] = {
    DataType.SMALLINT: ("1 + 1",),
    DataType.INT: ("1 + 1", "length('--')"),
    DataType.BIGINT: ("(extract(epoch from now()))::bigint",),
    DataType.DECIMAL: ("0.1 * 2",),
    DataType.TEXT: ("'a' || 'b'", "current_user", "'; DROP TABLE x; --'"),
    DataType.TIMESTAMPTZ: ("now() + interval '1 day'", "clock_timestamp()"),
    DataType.DATE: ("(now())::date",),
    DataType.JSONB: ("jsonb_build_object('a', 1)",),
}


@lru_cache(maxsize=1_000)
def defaults_for(column_type: ColumnType) -> st.SearchStrategy[Default]:
    """Give defaults that fit a type (for enums: `literals` of its own values)."""
    word = column_type.data_type.canonical()
    found: st.SearchStrategy[Default] = st.builds(
        LiteralDefault, json=_literals(column_type.canonical()).map(json_text)
    )
    if word in _EXPRESSIONS:
        found |= st.builds(ExpressionDefault, sql=st.sampled_from(_EXPRESSIONS[word]))
    if word in {DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMPTZ}:
        calls = st.sampled_from(['"now()"', '"CURRENT_TIMESTAMP"', '"CURRENT_DATE"'])
        found |= st.builds(LiteralDefault, json=calls)
    if word is DataType.UUID:
        found |= st.builds(LiteralDefault, json=st.just('"gen_random_uuid()"'))
    return found


def _literals(column_type: ColumnType) -> st.SearchStrategy[object]:
    word = column_type.data_type
    digits = 6 if column_type.precision is None else column_type.precision
    bits = {DataType.SMALLINT: 15, DataType.INT: 31, DataType.BIGINT: 63}.get(word, 0)
    whole = st.integers(-(2**bits), 2**bits - 1)
    makers: dict[DataType, Callable[[], st.SearchStrategy[object]]] = {
        DataType.SMALLINT: lambda: whole | whole.map(str),
        DataType.INT: lambda: whole | whole.map(str),
        DataType.BIGINT: lambda: whole,
        DataType.DECIMAL: lambda: _decimals(column_type),
        DataType.FLOAT: lambda: _floats(32),
        DataType.DOUBLE: lambda: _floats(64),
        DataType.BOOLEAN: lambda: st.sampled_from([True, False, "true", "no"]),
        DataType.UUID: lambda: st.uuids().map(str),
        DataType.TEXT: lambda: st.text(_PRINTABLE, max_size=20),
        DataType.CHAR: lambda: st.text(_PRINTABLE, max_size=min(20, column_type.length or 1)),
        DataType.VARCHAR: lambda: st.text(_PRINTABLE, max_size=min(20, column_type.length or 1)),
        DataType.BLOB: lambda: st.binary(max_size=8).map(lambda value: f"\\x{value.hex()}"),
        DataType.DATE: lambda: st.dates().map(str),
        DataType.TIME: lambda: st.times().map(lambda value: _clipped(value.isoformat(), digits)),
        DataType.TIMESTAMP: lambda: st.datetimes().map(
            lambda value: _clipped(value.isoformat(), digits)
        ),
        DataType.TIMESTAMPTZ: lambda: st.datetimes().map(
            lambda value: _clipped(value.isoformat(), digits) + "Z"
        ),
        DataType.INTERVAL: lambda: _SPANS,
        DataType.JSONB: lambda: json_values.filter(lambda value: value is not None),
        DataType.NATIVE: lambda: st.just("NULL"),
    }
    return makers[word]()


def _decimals(column_type: ColumnType) -> st.SearchStrategy[object]:
    precision = 20 if column_type.precision is None else column_type.precision
    scale = 5 if column_type.scale is None else column_type.scale
    # scaleb would round to the context's 28 digits.
    return st.integers(-(10**precision) + 1, 10**precision - 1).map(
        lambda unscaled: Decimal(f"{unscaled}E-{scale}")
    )


def _floats(width: int) -> st.SearchStrategy[object]:
    if width == 32:
        largest = struct.unpack("f", b"\xff\xff\x7f\x7f")[0]
    else:
        largest = math.ldexp(1 - 2**-53, 1024)
    return st.floats(
        -largest,
        largest,
        width=32 if width == 32 else 64,
        allow_subnormal=False,
    ).map(lambda value: Decimal(repr(value)))


def _clipped(text: str, digits: int) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:digits]}" if fraction and digits else whole
