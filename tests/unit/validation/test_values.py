"""Rules about where the values of a column come from."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.definition.model import Column, Definition, IdentityKind
from core.definition.types import ColumnType
from tests.builders import column, definition, enum, expression, literal, native, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes

ALWAYS = IdentityKind.ALWAYS
MOOD = type_of("ENUM", enum_id="mood")
COLUMN = "tables[0].columns[0]"


def of(*columns: Column) -> Definition:
    """Build a table with these columns, beside an enum."""
    return definition(table("t", *columns), enums=[enum("mood", "glad", "sad")])


def nullable_identity() -> Definition:
    """Build a column that counts up and is nullable, as no document can say it."""
    built = of(column("a", identity=ALWAYS))
    kept = replace(built.tables[0].columns[0], nullable=True)
    return replace(built, tables=(replace(built.tables[0], columns=(kept,)),))


def counting(column_type: str | ColumnType) -> Definition:
    """Build a column of that type that counts up."""
    return of(column("a", column_type, identity=ALWAYS))


CASES = (
    yes(
        "VALUE_SOURCES_CONFLICT",
        "two sources at once",
        of(
            column("a", identity=ALWAYS, default=literal(1)),
            column("b", generated="1", default=literal(1)),
            column("c", generated="1", identity=ALWAYS),
        ),
        COLUMN,
        "tables[0].columns[1]",
        "tables[0].columns[2]",
    ),
    no(
        "VALUE_SOURCES_CONFLICT",
        "one",
        of(column("a", identity=ALWAYS), column("b", generated="1")),
    ),
    yes("IDENTITY_NOT_WHOLE", "text", counting("TEXT"), f"{COLUMN}.autoIncrement"),
    yes("IDENTITY_NOT_WHOLE", "an array", counting(native("int[]")), f"{COLUMN}.autoIncrement"),
    no(
        "IDENTITY_NOT_WHOLE",
        "numbers",
        of(column("a", "SMALLINT", identity=ALWAYS), column("b", "TEXT")),
    ),
    no("IDENTITY_NOT_WHOLE", "a native number", counting(native("bigint"))),
    yes("IDENTITY_NULLABLE", "a nullable one", nullable_identity(), f"{COLUMN}.nullable"),
    no("IDENTITY_NULLABLE", "one that is not", of(column("a", identity=ALWAYS))),
    yes(
        "IDENTITY_REPEATED",
        "two of them",
        of(column("a", identity=ALWAYS), column("b", identity=ALWAYS)),
        "tables[0].columns[1].autoIncrement",
    ),
    no("IDENTITY_REPEATED", "one of them", of(column("a", identity=ALWAYS), column("b"))),
    yes(
        "DEFAULT_DOES_NOT_FIT",
        "text on INT",
        of(column("a", default=literal("x"))),
        f"{COLUMN}.defaultValue",
    ),
    yes(
        "DEFAULT_DOES_NOT_FIT",
        "no value of the enum",
        of(column("a", MOOD, default=literal("angry"))),
        f"{COLUMN}.defaultValue",
    ),
    yes(
        "DEFAULT_DOES_NOT_FIT",
        "numbers and truth values on native types",
        of(
            column("a", native("inet"), default=literal(1)),
            column("b", native("box"), default=literal(value=True)),
            column("c", native("oid"), default=literal(Decimal("1.5"))),
        ),
        *(f"tables[0].columns[{place}].defaultValue" for place in range(3)),
    ),
    yes(
        "DEFAULT_DOES_NOT_FIT",
        "texts and calls on native types",
        of(
            column("a", native("int8"), default=literal("x")),
            column("b", native("daterange"), default=literal("now()")),
            column("c", native("mood"), default=literal("angry")),
            column("d", native("inet"), default=literal("localhost")),
            column("e", native("timetz"), default=literal("CURRENT_DATE")),
            column("f", native("uuid[]"), default=literal("gen_random_uuid()")),
            column("g", native("box"), default=literal({"a": None})),
            column("h", native("tsquery"), default=literal("now()")),
        ),
        *(f"tables[0].columns[{place}].defaultValue" for place in range(8)),
    ),
    no(
        "DEFAULT_DOES_NOT_FIT",
        "values that fit",
        of(
            column("x", native("money"), default=literal(1)),
            column("y", native("point"), default=literal("(1,2)")),
            column("z", native("nothing"), default=literal(1)),
            column("u", native("bool"), default=literal("true")),
            column("v", native("timestamp"), default=literal("now()")),
            column("s", native('pg_catalog."timestamptz"'), default=literal("now()")),
            column("t", native("json"), default=literal({"a": [1]})),
            column("p", native("inet"), default=literal(None)),
            column("o", native("name"), default=literal("now()")),
            column("w", native("mood[]"), default=literal("{sad}")),
            column("q", native("inet"), default=literal("NULL")),
            column("r", native("mood"), default=literal("NULL")),
            column("a", default=literal("0")),
            column("b", MOOD, default=literal("glad")),
            column("c", "TIMESTAMPTZ", default=literal("now()")),
            column("d", type_of("ENUM", enum_id="x"), default=literal("any")),
        ),
    ),
    yes(
        "DEFAULT_NULL_REFUSED",
        "NULL as text and as SQL",
        of(
            column("a", nullable=False, default=literal("NULL")),
            column("b", nullable=False, default=expression("null::int")),
        ),
        f"{COLUMN}.defaultValue",
        "tables[0].columns[1].defaultExpression",
    ),
    no(
        "DEFAULT_NULL_REFUSED",
        "NULL where it may be, and SQL that is not read",
        of(
            column("a", default=literal("NULL")),
            column("b", default=expression("NULL")),
            column("c", nullable=False, default=expression("1 +")),
            column("d", nullable=False, default=expression("1"), generated="1"),
        ),
    ),
    yes(
        "DEFAULT_TEXT_NULL",
        "four letters",
        of(column("a", "TEXT", default=expression("'null'"))),
        f"{COLUMN}.defaultExpression",
    ),
    no(
        "DEFAULT_TEXT_NULL",
        "other texts",
        of(column("a", "TEXT", default=expression("'x'")), column("b", default=expression("1 +"))),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_values(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
