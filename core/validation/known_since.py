"""What definitions can say on servers of some major versions only. Facts only, no judgement.

What is not listed, PostgreSQL 13 knows. Tests ask servers of every major version.

Source: pg_proc and pg_type of PostgreSQL 13 to 18; release notes of 14 to 18.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.validation.known_types import MULTIRANGES

_FUNCTIONS_BY_MAJOR: Mapping[int, frozenset[str]] = {
    14: frozenset(
        [
            "bit_count",
            "bit_xor",
            "date_bin",
            "extract",
            "multirange",
            "pg_column_compression",
            "pg_lsn",
            "range_agg",
            "range_intersect_agg",
            "string_to_table",
            "trim_array",
            "unistr",
        ]
    )
    | MULTIRANGES,
    15: frozenset(["regexp_count", "regexp_instr", "regexp_like", "regexp_substr"]),
    16: frozenset(
        [
            "any_value",
            "array_sample",
            "array_shuffle",
            "date_add",
            "date_subtract",
            "erf",
            "erfc",
            "json_agg_strict",
            "json_object_agg_strict",
            "json_object_agg_unique",
            "json_object_agg_unique_strict",
            "jsonb_agg_strict",
            "jsonb_object_agg_strict",
            "jsonb_object_agg_unique",
            "jsonb_object_agg_unique_strict",
            "pg_input_is_valid",
            "random_normal",
            "system_user",
        ]
    ),
    17: frozenset(
        [
            "icu_unicode_version",
            "jsonb_populate_record_valid",
            "pg_basetype",
            "to_bin",
            "to_oct",
            "to_regtypemod",
            "unicode_assigned",
            "unicode_version",
            "uuid_extract_timestamp",
            "uuid_extract_version",
            "xmltext",
        ]
    ),
    18: frozenset(
        [
            "array_reverse",
            "array_sort",
            "bytea",
            "casefold",
            "crc32",
            "crc32c",
            "gamma",
            "lgamma",
            "uuidv4",
            "uuidv7",
        ]
    ),
}

FUNCTIONS: Mapping[str, int] = {
    name: major for major, names in _FUNCTIONS_BY_MAJOR.items() for name in names
}
"""The first major version that knows a function, by its name."""

SPELLED_OTHERWISE = frozenset({"extract"})
"""Functions that stand for words of the grammar, which older servers take for other functions."""

ARGUMENTS: Mapping[tuple[str, int], int] = {
    ("range_merge", 1): 14,
    ("regexp_replace", 5): 15,
    ("regexp_replace", 6): 15,
    ("random", 2): 17,
    ("timezone", 1): 17,
    ("json_strip_nulls", 2): 18,
    ("jsonb_strip_nulls", 2): 18,
}
"""The first major version in which a function that is older takes so many arguments."""

IMMUTABLE: Mapping[tuple[str, int], int] = {("date_trunc", 3): 16}
"""The first major version in which a function with so many arguments is immutable."""

TYPES: Mapping[str, int] = dict.fromkeys(MULTIRANGES, 14)
"""The first major version that knows a type, by its name."""

CONSTRUCTS: Mapping[str, tuple[int, str]] = {
    "JsonObjectConstructor": (16, "JSON_OBJECT of pairs"),
    "JsonArrayConstructor": (16, "JSON_ARRAY"),
    "JsonIsPredicate": (16, "IS JSON"),
    "JsonFuncExpr": (17, "JSON_EXISTS, JSON_QUERY or JSON_VALUE"),
    "JsonParseExpr": (17, "JSON()"),
    "JsonScalarExpr": (17, "JSON_SCALAR"),
    "JsonSerializeExpr": (17, "JSON_SERIALIZE"),
}
"""Nodes of the grammar with the first major version that knows them, and what they are."""

SUBSCRIPTS_BY_TEXT = 14
"""The first major version in which `value['key']` reads a JSON object."""

WRITTEN_NUMBERS = 16
"""The first major version that reads `0x1F` and `1_000`."""

INFINITE_NUMERIC = 14
"""The first major version in which a numeric can be infinite."""

INFINITE_INTERVAL = 17
"""The first major version in which an interval can be infinite."""

FREE_SCALE = 15
"""The first major version in which a scale may be negative, or larger than the precision."""

INCLUDING_SPGIST = 14
"""The first major version in which indexes of method `spgist` carry further columns."""

OWNED_PUBLIC = 15
"""The first major version in which the owner of a database may describe its `public`."""
