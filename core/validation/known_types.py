"""Types that PostgreSQL brings along and what they can do. Facts only, no judgement.

A test compares these lists with a live server. Source: pg_type and pg_opclass of PostgreSQL 18.
"""

from __future__ import annotations

from collections.abc import Mapping

RANGES = frozenset(["daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange"])
"""Range types."""

MULTIRANGES = frozenset(name.replace("range", "multirange") for name in RANGES)
"""Multirange types."""

_OBJECT_IDENTIFIERS = frozenset(
    [
        "oid",
        "regclass",
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
    ]
)

TYPES = (
    frozenset(
        [
            "aclitem",
            "bit",
            "bool",
            "box",
            "bpchar",
            "bytea",
            "char",
            "cid",
            "cidr",
            "circle",
            "date",
            "float4",
            "float8",
            "gtsvector",
            "inet",
            "int2",
            "int4",
            "int8",
            "interval",
            "json",
            "jsonb",
            "jsonpath",
            "line",
            "lseg",
            "macaddr",
            "macaddr8",
            "money",
            "name",
            "numeric",
            "path",
            "pg_lsn",
            "pg_snapshot",
            "point",
            "polygon",
            "refcursor",
            "text",
            "tid",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "tsquery",
            "tsvector",
            "txid_snapshot",
            "uuid",
            "varbit",
            "varchar",
            "xid",
            "xid8",
            "xml",
        ]
    )
    | RANGES
    | MULTIRANGES
    | _OBJECT_IDENTIFIERS
)
"""Every type that a column can have without an extension, by its name in pg_type."""

SERIALS: Mapping[str, str] = {
    "smallserial": "SMALLINT",
    "serial2": "SMALLINT",
    "serial": "INT",
    "serial4": "INT",
    "bigserial": "BIGINT",
    "serial8": "BIGINT",
}
"""Words that look like types and make a sequence, with the dataType to count up instead."""

PSEUDO_TYPES = frozenset(
    [
        "any",
        "anyarray",
        "anycompatible",
        "anycompatiblearray",
        "anycompatiblemultirange",
        "anycompatiblenonarray",
        "anycompatiblerange",
        "anyelement",
        "anyenum",
        "anymultirange",
        "anynonarray",
        "anyrange",
        "cstring",
        "event_trigger",
        "internal",
        "record",
        "trigger",
        "unknown",
        "void",
    ]
)
"""Names that stand for types in signatures and that no column can have."""

TEXT_TYPES = frozenset({"text", "varchar", "bpchar"})
"""Types of characters, which PostgreSQL compares with each other."""

WHOLE_TYPES = frozenset({"int2", "int4", "int8"})
"""Types of whole numbers, which PostgreSQL compares with each other."""

FLOAT_TYPES = frozenset({"float4", "float8"})
"""Types of binary floating point, which PostgreSQL compares with each other."""

TAKES_MODIFIERS = frozenset(
    [
        "bit",
        "bpchar",
        "interval",
        "numeric",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "varbit",
        "varchar",
    ]
)
"""Types that take parameters in parentheses."""

SECONDS_TYPES = frozenset(["time", "timetz", "timestamp", "timestamptz", "interval"])
"""Types whose parameter counts fractional digits of a second."""

_SCALAR_BTREE = (
    frozenset(
        [
            "bit",
            "bool",
            "bpchar",
            "bytea",
            "char",
            "cidr",
            "date",
            "float4",
            "float8",
            "inet",
            "int2",
            "int4",
            "int8",
            "interval",
            "jsonb",
            "macaddr",
            "macaddr8",
            "money",
            "name",
            "numeric",
            "pg_lsn",
            "text",
            "tid",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "tsquery",
            "tsvector",
            "uuid",
            "varbit",
            "varchar",
            "xid8",
        ]
    )
    | RANGES
    | MULTIRANGES
    | _OBJECT_IDENTIFIERS
)

INDEXABLE: Mapping[str, frozenset[str]] = {
    "btree": _SCALAR_BTREE,
    "hash": (
        _SCALAR_BTREE - frozenset(["bit", "money", "tsquery", "tsvector", "varbit"])
        | frozenset(["aclitem", "cid", "xid"])
    ),
    "gin": frozenset({"jsonb", "tsvector"}),
    "gist": frozenset(["box", "circle", "point", "polygon", "tsquery", "tsvector"])
    | RANGES
    | MULTIRANGES,
    "spgist": frozenset(["box", "cidr", "inet", "point", "polygon", "text", "varchar"]) | RANGES,
    "brin": (
        _SCALAR_BTREE
        - frozenset(["bool", "jsonb", "money", "tsquery", "tsvector", "xid8"])
        - MULTIRANGES
        | frozenset({"box"})
    ),
}
"""Types that an index of each method takes without naming an operator class."""

ARRAY_METHODS = frozenset({"btree", "hash", "gin"})
"""Index methods that take arrays; gin asks for elements that a btree takes."""

ENUM_METHODS = frozenset({"btree", "hash"})
"""Index methods that take enums."""

_NUMBERS = WHOLE_TYPES | FLOAT_TYPES | frozenset({"numeric"})
_AS_OBJECTS = frozenset({"int4", "int8", "oid"})

ASSIGNABLE: Mapping[str, frozenset[str]] = {
    "bit": frozenset({"varbit"}),
    "box": frozenset({"polygon"}),
    "bpchar": frozenset({"char"}),
    "cidr": frozenset({"inet"}),
    "date": frozenset({"timestamp", "timestamptz"}),
    "float4": _NUMBERS,
    "float8": _NUMBERS,
    "inet": frozenset({"cidr"}),
    "int2": _NUMBERS | _OBJECT_IDENTIFIERS,
    "int4": _NUMBERS | _OBJECT_IDENTIFIERS | {"money"},
    "int8": _NUMBERS | _OBJECT_IDENTIFIERS | {"money"},
    "interval": frozenset({"time"}),
    "json": frozenset({"jsonb"}),
    "jsonb": frozenset({"json"}),
    "macaddr": frozenset({"macaddr8"}),
    "macaddr8": frozenset({"macaddr"}),
    "money": frozenset({"numeric"}),
    "numeric": _NUMBERS | {"money"},
    "path": frozenset({"polygon"}),
    "point": frozenset({"box"}),
    "polygon": frozenset({"path"}),
    "text": frozenset({"char", "regclass"}),
    "time": frozenset({"interval", "timetz"}),
    "timestamp": frozenset({"date", "time", "timestamptz"}),
    "timestamptz": frozenset({"date", "time", "timestamp", "timetz"}),
    "timetz": frozenset({"time"}),
    "varbit": frozenset({"bit"}),
    "varchar": frozenset({"char", "regclass"}),
    **dict.fromkeys(_OBJECT_IDENTIFIERS, _AS_OBJECTS),
    "oid": _AS_OBJECTS | _OBJECT_IDENTIFIERS,
    "regoper": _AS_OBJECTS | {"regoperator"},
    "regoperator": _AS_OBJECTS | {"regoper"},
    "regproc": _AS_OBJECTS | {"regprocedure"},
    "regprocedure": _AS_OBJECTS | {"regproc"},
}
"""For each type the others whose columns take its values as they are; `AS_TEXT` takes all."""

AS_TEXT = TEXT_TYPES | frozenset({"name"})
"""Types whose columns take the text of any value."""
