"""Rules about types, designs, habits and names that a plan makes new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.definition.model import Definition, IdentityKind, PrimaryKey
from tests.builders import (
    TEXT,
    column,
    definition,
    enum,
    foreign_key,
    index,
    native,
    table,
    type_of,
)
from tests.unit.lint.plans import Case, no, parameters, yes

NOTHING = definition()
PLAIN = definition(table("users", "id", "code", primary_key="id"))


def with_column(data_type: Any, **others: Any) -> Definition:  # noqa: ANN401 - for the builder
    """Build users with one more column."""
    more = column("more", data_type, **others)
    return definition(table("users", "id", "code", more, primary_key="id"))


def both(code: str, label: str, after: Definition, *, harmless: Definition) -> list[Case]:
    """Make the case of a plan that makes something, of one that keeps it, and of another one."""
    return [
        yes(code, "made by the plan", PLAIN, after, label),
        no(code, "there before", after, after),
        no(code, "something else", PLAIN, harmless),
    ]


MORE = "public.users.more"
ORDERS = table("orders", "id", "user_id", primary_key="id")
INDEXED_ORDERS = replace(ORDERS, indexes=(index("user_id"),))
SMALL_ORDERS = table(
    "orders", "id", column("user_id", "SMALLINT"), primary_key="id", uniques=["user_id"]
)
GOOD_ORDERS = table("orders", "id", "user_id", primary_key="id", uniques=["user_id"])
KEY = foreign_key("orders", "user_id", "users")
USERS = PLAIN.tables[0]
WIDE = definition(table("users", "id", "code", *[f"c{n}" for n in range(40)], primary_key="id"))
CODES = index("code", name="first")


def indexed(*indexes: Any) -> Definition:  # noqa: ANN401 - handed on to the builder
    """Build users with indexes."""
    return definition(table("users", "id", "code", primary_key="id", indexes=indexes))


DESIGNS = [
    yes(
        "TD_NO_PRIMARY_KEY",
        "a table without",
        PLAIN,
        definition(USERS, table("log", "at")),
        "public.log",
    ),
    yes(
        "TD_NO_PRIMARY_KEY",
        "a key left out",
        PLAIN,
        definition(table("users", column("id", nullable=False), "code")),
        "public.users",
    ),
    no("TD_NO_PRIMARY_KEY", "a table with", PLAIN, definition(USERS, ORDERS)),
    yes(
        "TD_FOREIGN_KEY_WITHOUT_INDEX",
        "no index",
        definition(USERS, ORDERS),
        definition(USERS, ORDERS, foreign_keys=[KEY]),
        "public.orders.user_id",
    ),
    no(
        "TD_FOREIGN_KEY_WITHOUT_INDEX",
        "an index",
        definition(USERS, GOOD_ORDERS),
        definition(USERS, GOOD_ORDERS, foreign_keys=[KEY]),
    ),
    no(
        "TD_FOREIGN_KEY_WITHOUT_INDEX",
        "a table renamed",
        definition(USERS, ORDERS, foreign_keys=[KEY]),
        definition(USERS, replace(ORDERS, name="purchases"), foreign_keys=[KEY]),
    ),
    yes(
        "TD_FOREIGN_KEY_TYPE",
        "a smaller type",
        definition(USERS, SMALL_ORDERS),
        definition(USERS, SMALL_ORDERS, foreign_keys=[KEY]),
        "public.orders.user_id",
    ),
    yes(
        "TD_FOREIGN_KEY_TYPE",
        "a target that grows",
        definition(USERS, GOOD_ORDERS, foreign_keys=[KEY]),
        definition(
            table("users", column("id", "BIGINT", nullable=False), "code", primary_key="id"),
            GOOD_ORDERS,
            foreign_keys=[KEY],
        ),
        "public.orders.user_id",
    ),
    no(
        "TD_FOREIGN_KEY_TYPE",
        "a change of another table",
        definition(USERS, SMALL_ORDERS, table("log", "id", primary_key="id"), foreign_keys=[KEY]),
        definition(
            USERS, SMALL_ORDERS, table("log", "id", "at", primary_key="id"), foreign_keys=[KEY]
        ),
    ),
    no(
        "TD_FOREIGN_KEY_TYPE",
        "the same type",
        definition(USERS, GOOD_ORDERS),
        definition(USERS, GOOD_ORDERS, foreign_keys=[KEY]),
    ),
    *both(
        "TD_REPEATED_INDEX",
        "public.users",
        indexed(CODES, index("code", name="second")),
        harmless=indexed(CODES),
    ),
    *both(
        "TD_REPEATED_INDEX_COLUMN",
        "public.users",
        indexed(index("code", "id", "code")),
        harmless=indexed(index("code", "id")),
    ),
    *both("TD_WIDE_TABLE", "public.users", WIDE, harmless=with_column("INT")),
    *both(
        "TD_TOO_MANY_INDEXES",
        "public.users",
        indexed(*[index("code", name=f"i{n}") for n in range(30)]),
        harmless=indexed(CODES),
    ),
    *both(
        "TD_TIMESTAMP_WITHOUT_ZONE",
        MORE,
        with_column("TIMESTAMP"),
        harmless=with_column("TIMESTAMPTZ"),
    ),
    *both(
        "TD_FLOAT_FOR_MONEY",
        "public.users.price",
        definition(
            table("users", "id", "code", column("price", "DOUBLE"), primary_key="id"),
        ),
        harmless=with_column("DOUBLE"),
    ),
    *both("TD_MONEY", MORE, with_column(native("money")), harmless=with_column("DECIMAL")),
    *both("TD_CHAR", MORE, with_column(type_of("CHAR", length=9)), harmless=with_column(TEXT)),
    *both(
        "TD_SMALL_KEY",
        MORE,
        with_column("SMALLINT", identity=IdentityKind.ALWAYS),
        harmless=with_column("SMALLINT"),
    ),
]

HABITS = [
    *both(
        "TD_INT_KEY",
        MORE,
        with_column("INT", identity=IdentityKind.ALWAYS),
        harmless=with_column("INT"),
    ),
    *both("TD_JSON", MORE, with_column(native("json")), harmless=with_column("JSON")),
    *both(
        "TD_LIMITED_TEXT",
        MORE,
        with_column(type_of("VARCHAR", length=9)),
        harmless=with_column(TEXT),
    ),
    *both(
        "TD_UNLIMITED_TEXT",
        MORE,
        with_column(TEXT),
        harmless=with_column(type_of("VARCHAR", length=9)),
    ),
    yes(
        "TD_UNLIMITED_TEXT",
        "another type",
        with_column("INT"),
        with_column(TEXT),
        MORE,
    ),
    *both("TD_ENUM", MORE, with_column("ENUM"), harmless=with_column("INT")),
    *both(
        "TD_NULLABLE_BOOLEAN",
        MORE,
        with_column("BOOLEAN"),
        harmless=with_column("BOOLEAN", nullable=False),
    ),
    *both(
        "TD_WIDE_INDEX",
        "public.users.wide",
        indexed(index("code", "id", "code", "id", name="wide")),
        harmless=indexed(index("code", "id", "code", "id", unique=True)),
    ),
    yes(
        "TD_WIDE_INDEX",
        "an index widened",
        indexed(index("code", name="wide")),
        indexed(index("code", "id", "code", "id", name="wide")),
        "public.users.wide",
    ),
    yes(
        "TD_WIDE_INDEX",
        "a new table",
        NOTHING,
        indexed(CODES, index("code", "id", "code", "id", name="wide")),
        "public.users.wide",
    ),
    yes("TD_COMMENT_MISSING", "no description", NOTHING, PLAIN, "public.users"),
    no(
        "TD_COMMENT_MISSING",
        "a description",
        NOTHING,
        definition(table("users", "id", description="People.")),
    ),
    yes(
        "TD_COLUMN_PADDING",
        "short ones between",
        NOTHING,
        definition(
            table(
                "users",
                column("is_a", "BOOLEAN"),
                column("a", "BIGINT"),
                column("is_b", "BOOLEAN"),
                column("b", "BIGINT"),
            )
        ),
        "public.users",
    ),
    no(
        "TD_COLUMN_PADDING",
        "long ones first, and texts",
        NOTHING,
        definition(
            table(
                "users",
                column("a", "BIGINT"),
                column("is_a", "BOOLEAN"),
                column("name", TEXT),
                column("b", "BIGINT"),
            )
        ),
    ),
]

NAMES = [
    yes("NM_NAMESPACE", "a capital", PLAIN, definition(USERS, namespaces=["New"]), '"New"'),
    no("NM_NAMESPACE", "lower case", PLAIN, definition(USERS, namespaces=["new"])),
    yes("NM_TABLE", "a new table", NOTHING, definition(table("Users", "id")), 'public."Users"'),
    yes(
        "NM_TABLE",
        "a rename",
        PLAIN,
        definition(replace(USERS, name="Users")),
        'public."Users"',
    ),
    no("NM_TABLE", "lower case", NOTHING, PLAIN),
    yes(
        "NM_COLUMN",
        "a new table",
        NOTHING,
        definition(table("users", "userId")),
        'public.users."userId"',
    ),
    yes(
        "NM_COLUMN",
        "a new column and a rename",
        PLAIN,
        definition(
            table("users", "id", column("Code", column_id="users.code"), "newOne", primary_key="id")
        ),
        'public.users."newOne"',
        'public.users."Code"',
    ),
    no("NM_COLUMN", "lower case", NOTHING, PLAIN),
    yes("NM_ENUM", "a new enum", NOTHING, definition(enums=[enum("Mood", "a")]), 'public."Mood"'),
    yes(
        "NM_ENUM",
        "a rename",
        definition(enums=[enum("mood", "a")]),
        definition(enums=[replace(enum("mood", "a"), name="Mood")]),
        'public."Mood"',
    ),
    no("NM_ENUM", "lower case", NOTHING, definition(enums=[enum("mood", "a")])),
    yes(
        "NM_INDEX",
        "a new index and a rename",
        indexed(index("id", name="plain")),
        indexed(index("id", name="Ids"), index("code", name="Codes")),
        'public.users."Ids"',
        'public.users."Codes"',
    ),
    yes(
        "NM_INDEX",
        "a new table",
        NOTHING,
        indexed(index("id", name="Ids")),
        'public.users."Ids"',
    ),
    no("NM_INDEX", "lower case", NOTHING, indexed(CODES)),
    yes(
        "NM_CONSTRAINT",
        "a new table",
        NOTHING,
        definition(
            table(
                "Users",
                "id",
                "code",
                primary_key="id",
                uniques=["code"],
                checks=["code > 0"],
            )
        ),
        'public."Users"."Users_pkey"',
        'public."Users"."Users_code_key"',
        'public."Users"."Users_code_check"',
    ),
    yes(
        "NM_CONSTRAINT",
        "a new foreign key",
        definition(USERS, ORDERS),
        definition(USERS, ORDERS, foreign_keys=[replace(KEY, name="Users")]),
        'public.orders."Users"',
    ),
    yes(
        "NM_CONSTRAINT",
        "new ones on a table",
        definition(table("users", column("id", nullable=False), "Code")),
        definition(
            replace(
                table(
                    "users",
                    "id",
                    "Code",
                    uniques=["Code"],
                    checks=['"Code" > 0'],
                    primary_key="id",
                ),
                primary_key=PrimaryKey(column_ids=("users.id",), name="Key"),
            )
        ),
        'public.users."Key"',
        'public.users."users_Code_key"',
        'public.users."users_Code_check"',
    ),
    yes(
        "NM_CONSTRAINT",
        "a rename",
        PLAIN,
        definition(replace(USERS, primary_key=PrimaryKey(column_ids=("users.id",), name="Key"))),
        'public.users."Key"',
    ),
    no("NM_CONSTRAINT", "lower case", NOTHING, PLAIN),
    no("NM_CONSTRAINT", "a new column", PLAIN, with_column("INT")),
    no(
        "NM_CONSTRAINT",
        "a table without any",
        NOTHING,
        definition(table("Users", "id")),
    ),
    yes(
        "NM_RESERVED",
        "a reserved word",
        PLAIN,
        definition(USERS, table("user", "id", primary_key="id")),
        "public.user",
    ),
    no("NM_RESERVED", "another word", PLAIN, definition(USERS, ORDERS)),
]

CASES = [*DESIGNS, *HABITS, *NAMES]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_what_a_plan_makes_new(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()
