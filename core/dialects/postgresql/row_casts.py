"""Functions that try a conversion of one value, so that one value that fails stops no test.

They live in the session's temporary namespace, for the transaction in which a test is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.definition.model import Enum
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.casts import bare, converted
from core.dialects.postgresql.quoting import quote_literal
from core.dialects.postgresql.types import spell_type

FITS = "pg_temp.sb_fits"
"""Tells whether a value can be converted."""

KEEPS = "pg_temp.sb_keeps"
"""Tells whether a value that can be converted comes back the same."""


def fits_function(before: ColumnType, after: ColumnType, enums: Mapping[str, Enum]) -> str:
    """Write the function `FITS` for two types, of which the first is the type of what is there."""
    made = _assigned("made", "given", before, after, enums)
    return _function(
        f"{FITS}(given {spell_type(before, enums)})",
        "boolean",
        f"DECLARE made {spell_type(after, enums)}; "
        f"BEGIN {made} RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END",
    )


def keeps_function(before: ColumnType, after: ColumnType, enums: Mapping[str, Enum]) -> str | None:
    """Write the function `KEEPS` for two types, None when there is no conversion back."""
    if converted("made", after, before, "text") is None:
        return None
    old = spell_type(before, enums)
    made = _assigned("made", "given", before, after, enums)
    again = _assigned("again", "made", after, before, enums)
    cast = "::text" if DataType.NATIVE in (before.data_type, after.data_type) else ""
    return _function(
        f"{KEEPS}(given {old})",
        "boolean",
        f"DECLARE made {spell_type(after, enums)}; again {old}; "
        f"BEGIN BEGIN {made} EXCEPTION WHEN OTHERS THEN RETURN true; END; "
        f"BEGIN {again} EXCEPTION WHEN OTHERS THEN RETURN false; END; "
        f"RETURN again{cast} IS NOT DISTINCT FROM given{cast}; END",
    )


def conversion_function(
    name: str, before: ColumnType, after: ColumnType, enums: Mapping[str, Enum]
) -> str:
    """Write a function that converts a value, or gives NULL when that fails."""
    new = spell_type(after, enums)
    made = _assigned("made", "given", before, after, enums)
    return _function(
        f"{name}(given {spell_type(before, enums)})",
        new,
        f"DECLARE made {new}; "
        f"BEGIN {made} RETURN made; EXCEPTION WHEN OTHERS THEN RETURN NULL; END",
    )


def _assigned(
    variable: str,
    value: str,
    before: ColumnType,
    after: ColumnType,
    enums: Mapping[str, Enum],
) -> str:
    """Write the assignment of a value to a variable of another type, with a semicolon."""
    written = converted(value, before, after, spell_type(bare(after), enums)) or "NULL"
    return f"{variable} := {written};"


def _function(signature: str, result: str, body: str) -> str:
    """Write a function that reads nothing but its argument.

    Source: PostgreSQL manual, SQL Commands, CREATE FUNCTION; 41.6.8 Trapping Errors.
    """
    return (
        f"CREATE OR REPLACE FUNCTION {signature} RETURNS {result} LANGUAGE plpgsql STABLE"
        f" AS {quote_literal(body)}"
    )
