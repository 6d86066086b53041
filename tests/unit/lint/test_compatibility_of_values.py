"""Rules about what running code writes and reads."""

from __future__ import annotations

import pytest

from core.definition.model import IdentityKind
from core.lint import DEFAULT, Level
from tests.builders import TEXT, column, definition, enum, foreign_key, index, literal, table
from tests.unit.lint.plans import Case, no, parameters, yes

PLAIN = definition(table("users", "id", "code", primary_key="id"))
REQUIRED = definition(table("users", "id", "code", column("age", nullable=False), primary_key="id"))
OPTIONAL = definition(table("users", "id", "code", "age", primary_key="id"))
NOT_NULL = definition(table("users", "id", column("code", nullable=False), primary_key="id"))
TEXTUAL = definition(table("users", "id", column("code", TEXT), primary_key="id"))
ONE = definition(table("users", "id", column("code", default=literal(1)), primary_key="id"))
TWO = definition(table("users", "id", column("code", default=literal(2)), primary_key="id"))
STRICT_ONE = definition(
    table("users", "id", column("code", nullable=False, default=literal(1)), primary_key="id")
)
COMPUTED = definition(table("users", "id", column("code", generated="id + 1"), primary_key="id"))
BY_DEFAULT = definition(
    table("users", column("id", identity=IdentityKind.BY_DEFAULT), "code", primary_key="id")
)
ALWAYS = definition(
    table("users", column("id", identity=IdentityKind.ALWAYS), "code", primary_key="id")
)
OTHER = table("others", "id", "user_id", primary_key="id")
KEY = foreign_key("others", "user_id", "users")
MOOD = enum("mood", "low", "high", "medium")

CASES = [
    yes("BC_ADD_REQUIRED_COLUMN", "no default", PLAIN, REQUIRED, "public.users.age"),
    no("BC_ADD_REQUIRED_COLUMN", "a nullable column", PLAIN, OPTIONAL),
    yes("BC_SET_NOT_NULL", "refuses null", PLAIN, NOT_NULL, "public.users.code"),
    no("BC_SET_NOT_NULL", "allows null", NOT_NULL, PLAIN),
    yes("BC_DROP_NOT_NULL", "allows null", NOT_NULL, PLAIN, "public.users.code"),
    no("BC_DROP_NOT_NULL", "refuses null", PLAIN, NOT_NULL),
    yes("BC_CHANGE_TYPE", "another type", TEXTUAL, PLAIN, "public.users.code"),
    no("BC_CHANGE_TYPE", "another default", ONE, TWO),
    yes("BC_CHANGE_DEFAULT", "another default", ONE, TWO, "public.users.code"),
    yes("BC_CHANGE_DEFAULT", "no default", STRICT_ONE, NOT_NULL, "public.users.code"),
    no("BC_CHANGE_DEFAULT", "a first default", PLAIN, ONE),
    yes("BC_COLUMN_COMPUTED", "a generated column", PLAIN, COMPUTED, "public.users.code"),
    yes("BC_COLUMN_COMPUTED", "counts always", BY_DEFAULT, ALWAYS, "public.users.id"),
    no("BC_COLUMN_COMPUTED", "counts by default", ALWAYS, BY_DEFAULT),
    no("BC_COLUMN_COMPUTED", "a plain column", COMPUTED, PLAIN),
    yes(
        "BC_NEW_CONSTRAINT",
        "constraints of every sort",
        definition(
            table("users", column("id", nullable=False), "code"),
            table("others", "id", "user_id", primary_key="id", indexes=[index("user_id")]),
        ),
        definition(
            table(
                "users",
                "id",
                "code",
                primary_key="id",
                uniques=["code"],
                checks=["code > 0"],
                indexes=[index("id", "code", unique=True)],
            ),
            table(
                "others",
                "id",
                "user_id",
                primary_key="id",
                indexes=[index("user_id", unique=True)],
            ),
            foreign_keys=[KEY],
        ),
        "public.users.users_code_check",
        "public.users.users_code_key",
        "public.users.users_pkey",
        "public.others.others_user_id_fkey",
        "public.others.others_user_id_idx",
        "public.users.users_id_code_idx",
    ),
    no(
        "BC_NEW_CONSTRAINT",
        "a plain index and a new table",
        PLAIN,
        definition(
            table("users", "id", "code", primary_key="id", indexes=[index("code")]),
            OTHER,
            foreign_keys=[KEY],
        ),
    ),
    yes(
        "BC_ADD_ENUM_VALUE",
        "a new value",
        definition(enums=[MOOD]),
        definition(enums=[enum("mood", "low", "high", "medium", "highest")]),
        "public.mood",
    ),
    no(
        "BC_ADD_ENUM_VALUE",
        "a renamed value",
        definition(enums=[MOOD]),
        definition(enums=[enum("mood", "low", "high", "middle")]),
        renamed={"mood": {"medium": "middle"}},
    ),
    yes(
        "BC_REORDER_ENUM",
        "another order",
        definition(enums=[MOOD]),
        definition(enums=[enum("mood", "low", "medium", "high")]),
        "public.mood",
    ),
    no(
        "BC_REORDER_ENUM",
        "a value between",
        definition(enums=[MOOD]),
        definition(enums=[enum("mood", "low", "lower", "high", "medium")]),
    ),
]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_what_code_writes_and_reads(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()


@pytest.mark.parametrize(
    ("case", "level"),
    [
        (yes("BC_CHANGE_TYPE", "", PLAIN, TEXTUAL, ""), Level.NOTICE),
        (yes("BC_CHANGE_TYPE", "", TEXTUAL, PLAIN, ""), Level.WARN),
    ],
    ids=["wider", "narrower"],
)
def test_a_wider_type_is_only_noticed(case: Case, level: Level) -> None:
    """A type that holds every value of the one before is not warned of."""
    found = [item.level for item in case.findings(DEFAULT) if item.code == "BC_CHANGE_TYPE"]
    assert found == [level]
