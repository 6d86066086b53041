"""Rules about types and names that are often regretted."""

from __future__ import annotations

import pytest

from core.definition.model import IdentityKind
from tests.builders import column, definition, enum, native, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes

TYPE = "tables[0].columns[0].dataType"
NATIVE = "tables[0].columns[0].nativeType"

CASES = (
    yes("TIMESTAMP_WITHOUT_ZONE", "none", definition(table("t", column("a", "DATETIME"))), TYPE),
    yes(
        "TIMESTAMP_WITHOUT_ZONE",
        "native",
        definition(table("t", column("a", native("timestamp")))),
        NATIVE,
    ),
    no("TIMESTAMP_WITHOUT_ZONE", "one", definition(table("t", column("a", "TIMESTAMPTZ")))),
    yes("FLOAT_FOR_MONEY", "a price", definition(table("t", column("unitPrice", "DOUBLE"))), TYPE),
    no(
        "FLOAT_FOR_MONEY",
        "no money",
        definition(table("t", column("weight", "FLOAT"), column("price", "DECIMAL"))),
    ),
    yes("MONEY_TYPE", "money", definition(table("t", column("a", native("money")))), NATIVE),
    no("MONEY_TYPE", "decimal", definition(table("t", column("money", "DECIMAL")))),
    yes(
        "PADDED_CHAR", "three", definition(table("t", column("a", type_of("CHAR", length=3)))), TYPE
    ),
    no("PADDED_CHAR", "one", definition(table("t", column("a", "CHAR")))),
    yes("JSON_AS_TEXT", "json", definition(table("t", column("a", native("json")))), NATIVE),
    no(
        "JSON_AS_TEXT",
        "JSON, which is stored like JSONB",
        definition(table("t", column("a", "JSON"))),
    ),
    yes(
        "TEXT_KEY",
        "an id of text",
        definition(table("t", column("user_id", "TEXT"), primary_key="user_id")),
        TYPE,
    ),
    no(
        "TEXT_KEY",
        "a code, a number, several columns, no column, no key, no type",
        definition(
            table("t", column("code", "TEXT"), primary_key="code"),
            table("u", "id", primary_key="id"),
            table("v", column("id", "TEXT"), "b", primary_key=["id", "b"]),
            table("w", "a", primary_key="id"),
            table("x", column("id", "TEXT")),
            table("y", column("id", native("nothing")), primary_key="id"),
            table("z", column("id", native("text[]")), primary_key="id"),
        ),
    ),
    yes(
        "SMALL_KEY",
        "a SMALLINT that counts up",
        definition(table("t", column("a", "SMALLINT", identity=IdentityKind.ALWAYS))),
        TYPE,
    ),
    no("SMALL_KEY", "one that does not", definition(table("t", column("a", "SMALLINT")))),
    yes(
        "COLUMN_TYPE_DIFFERS",
        "one of three",
        definition(
            table("t", column("a", native("text[]"))),
            table("u", "a"),
            table("v", column("a", "BIGINT")),
        ),
        NATIVE,
    ),
    no(
        "COLUMN_TYPE_DIFFERS",
        "sizes, enums and keys",
        definition(
            table("v", column("id", "UUID"), primary_key="id"),
            table("w", column("id", "BIGINT"), primary_key="id"),
            table("t", "a", column("b", type_of("ENUM", enum_id="e"))),
            table("u", column("a", "BIGINT"), column("b", "TEXT")),
            enums=[enum("e", "x")],
        ),
    ),
    yes(
        "NUMBERED_COLUMNS", "two", definition(table("t", "phone1", "phone_2")), "tables[0].columns"
    ),
    no(
        "NUMBERED_COLUMNS",
        "one, and bare numbers",
        definition(table("t", "line1", "sha256", "1", "2")),
    ),
    yes(
        "SENSITIVE_COLUMN",
        "an email",
        definition(table("t", column("eMail"), column("user_email"))),
        "tables[0].columns[1]",
    ),
    no(
        "SENSITIVE_COLUMN",
        "one that is described",
        definition(table("t", column("email", description="hashed"))),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_habits(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
