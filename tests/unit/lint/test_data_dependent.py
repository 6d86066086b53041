"""Rules about changes that fail because of the rows that are there."""

from __future__ import annotations

import pytest

from core.lint import DEFAULT, Level
from tests.builders import (
    TEXT,
    column,
    definition,
    enum,
    foreign_key,
    index,
    literal,
    table,
)
from tests.unit.lint.plans import Case, asked, known, no, parameters, yes

USERS = definition(table("users", "id", "code", primary_key="id"))
SMALL = known(small=["users"])
REQUIRED = definition(table("users", "id", "code", column("age", nullable=False), primary_key="id"))
FILLED = definition(
    table(
        "users",
        "id",
        "code",
        column("age", nullable=False, default=literal(1)),
        primary_key="id",
    )
)
NOT_NULL = definition(table("users", "id", column("code", nullable=False), primary_key="id"))
KEYLESS = definition(table("users", column("id", nullable=False), "code"))
UNIQUE = definition(table("users", "id", "code", primary_key="id", uniques=["code"]))
INDEXED = definition(table("users", "id", "code", primary_key="id", indexes=[index("code")]))
UNIQUELY_INDEXED = definition(
    table("users", "id", "code", primary_key="id", indexes=[index("code", unique=True)])
)
CHECKED = definition(table("users", "id", "code", primary_key="id", checks=["code > 0"]))
SPELLED = definition(table("users", "id", column("code", TEXT), primary_key="id"))
MOODS = enum("mood", "happy", "sad")
TARGET = table("orders", "id", primary_key="id")
APART = definition(table("users", "id", "code", primary_key="id"), TARGET)
TOGETHER = definition(
    table("users", "id", "code", primary_key="id"),
    TARGET,
    foreign_keys=[foreign_key("users", "code", "orders")],
)

CASES = [
    yes(
        "DD_ADD_REQUIRED_COLUMN",
        "rows without a value",
        USERS,
        REQUIRED,
        "public.users.age",
        facts=known(asked("ROWS_WITHOUT_VALUE", "users.age", 20)),
    ),
    yes(
        "DD_ADD_REQUIRED_COLUMN",
        "rows nobody asked",
        USERS,
        REQUIRED,
        "public.users.age",
        facts=SMALL,
    ),
    no("DD_ADD_REQUIRED_COLUMN", "an empty table", USERS, REQUIRED),
    no("DD_ADD_REQUIRED_COLUMN", "a default", USERS, FILLED, facts=SMALL),
    yes(
        "DD_SET_NOT_NULL",
        "nulls",
        USERS,
        NOT_NULL,
        "public.users.code",
        facts=known(asked("NULLS_IN_COLUMN", "users.code", 3), small=["users"]),
    ),
    no(
        "DD_SET_NOT_NULL",
        "no nulls",
        USERS,
        NOT_NULL,
        facts=known(asked("NULLS_IN_COLUMN", "users.code", 0), small=["users"]),
    ),
    no("DD_SET_NOT_NULL", "nulls allowed", NOT_NULL, USERS, facts=SMALL),
    yes(
        "DD_ADD_PRIMARY_KEY",
        "equal rows",
        KEYLESS,
        USERS,
        "public.users.users_pkey",
        facts=known(asked("DUPLICATES", "users", 2)),
    ),
    no("DD_ADD_PRIMARY_KEY", "an empty table", KEYLESS, USERS),
    yes(
        "DD_ADD_UNIQUE",
        "equal rows",
        USERS,
        UNIQUE,
        "public.users.users_code_key",
        facts=known(asked("DUPLICATES", "users.unique0", 2)),
    ),
    no("DD_ADD_UNIQUE", "a unique left out", UNIQUE, USERS, facts=SMALL),
    yes(
        "DD_ADD_UNIQUE_INDEX",
        "equal rows",
        USERS,
        UNIQUELY_INDEXED,
        "public.users.users_code_idx",
        facts=known(asked("DUPLICATES", "users.index0", 2)),
    ),
    no("DD_ADD_UNIQUE_INDEX", "a plain index", USERS, INDEXED, facts=SMALL),
    yes(
        "DD_INDEX_MADE_UNIQUE",
        "equal rows",
        INDEXED,
        UNIQUELY_INDEXED,
        "public.users.users_code_idx",
        facts=known(asked("DUPLICATES", "users.index0", 2)),
    ),
    no("DD_INDEX_MADE_UNIQUE", "unique no more", UNIQUELY_INDEXED, INDEXED, facts=SMALL),
    yes(
        "DD_ADD_CHECK",
        "rows that break it",
        USERS,
        CHECKED,
        "public.users.users_code_check",
        facts=known(asked("CHECK_VIOLATED", "users.check0", 1)),
    ),
    no("DD_ADD_CHECK", "a check left out", CHECKED, USERS, facts=SMALL),
    yes(
        "DD_ADD_FOREIGN_KEY",
        "orphans",
        APART,
        TOGETHER,
        "public.users.users_code_fkey",
        facts=known(asked("ORPHANS", "users.code.fk", 1)),
    ),
    no("DD_ADD_FOREIGN_KEY", "a large target", APART, TOGETHER, facts=known(large=["orders"])),
    yes(
        "DD_CHANGE_TYPE",
        "values that do not convert",
        SPELLED,
        USERS,
        "public.users.code",
        facts=known(asked("CAST_FAILS", "users.code", 1)),
    ),
    no("DD_CHANGE_TYPE", "a type that holds all", USERS, SPELLED, facts=SMALL),
    yes(
        "DD_REMOVE_ENUM_VALUE",
        "rows with the value",
        definition(table("users", column("mood", "ENUM")), enums=[MOODS]),
        definition(table("users", column("mood", "ENUM")), enums=[enum("mood", "happy")]),
        "public.users",
        facts=known(asked("ENUM_VALUE_IN_USE", "users.mood", 4)),
    ),
    no(
        "DD_REMOVE_ENUM_VALUE",
        "no rows with the value",
        definition(table("users", column("mood", "ENUM")), enums=[MOODS]),
        definition(table("users", column("mood", "ENUM")), enums=[enum("mood", "happy")]),
        facts=known(asked("ENUM_VALUE_IN_USE", "users.mood", 0)),
    ),
    yes(
        "DD_ROWS_DO_NOT_FIT",
        "equal rows once converted",
        SPELLED,
        USERS,
        "public.users",
        facts=known(asked("DUPLICATES", "users.unique0", 2)),
    ),
    no(
        "DD_ROWS_DO_NOT_FIT",
        "what another rule tells",
        USERS,
        NOT_NULL,
        facts=known(asked("NULLS_IN_COLUMN", "users.code", 3)),
    ),
]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_rows(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()


def test_rows_that_were_found_block_and_are_named() -> None:
    """A plan that is sure to fail is not applied, and three of the rows are named."""
    case = yes(
        "DD_SET_NOT_NULL",
        "",
        USERS,
        NOT_NULL,
        "",
        facts=known(asked("NULLS_IN_COLUMN", "users.code", 5)),
    )
    finding = case.findings(DEFAULT)[0]
    assert finding.level is Level.BLOCK
    assert finding.is_blocking
    assert finding.message == (
        "5 rows of public.users hold NULL in public.users.code, which is to refuse it."
    )


def test_rows_that_nobody_asked_only_warn() -> None:
    """What is only possible does not block, whatever the policy."""
    case = yes("DD_SET_NOT_NULL", "", USERS, NOT_NULL, "", facts=SMALL)
    found = [item for item in case.findings(DEFAULT) if item.code == "DD_SET_NOT_NULL"]
    assert [item.level for item in found] == [Level.WARN]
