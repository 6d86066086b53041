"""Rules about names and promises that running code relies on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.dialects.facts import Dependent, TableFacts
from tests.builders import TEXT, column, definition, enum, foreign_key, index, table, type_of
from tests.unit.lint.plans import Case, known, no, parameters, yes

USERS = table("users", "id", column("email", TEXT), primary_key="id")
PLAIN = definition(USERS)
ACCOUNTS = definition(
    table(
        "accounts",
        column("id", column_id="users.id", nullable=False),
        column("email", TEXT, column_id="users.email"),
        primary_key="id",
        table_id="users",
    )
)
MOOD = enum("mood", "happy", "sad")


def _dependent(column_name: str | None) -> Dependent:
    return Dependent(
        kind="view",
        name="public.active",
        column=column_name,
        level=1,
        drop_sql="",
        create_sql=(),
    )


def _used(column_name: str | None) -> TableFacts:
    return TableFacts(
        estimated_rows=0,
        size_bytes=0,
        index_size_bytes=0,
        dependents=(_dependent(column_name),),
    )


MOVED = definition(
    table("users", "id", column("email", TEXT), primary_key="id", namespace="app"),
    namespaces=["app"],
)
RENAMED_COLUMN = definition(
    table("users", "id", column("mail", TEXT, column_id="users.email"), primary_key="id")
)
BARE = definition(table("users", "id", primary_key="id"))
ORDERS = table("orders", "id", "user_id", primary_key="id")
APART = definition(USERS, ORDERS)
TOGETHER = definition(USERS, ORDERS, foreign_keys=[foreign_key("orders", "user_id", "users")])
UNIQUE = definition(
    table("users", "id", column("email", TEXT), primary_key="id", uniques=["email"])
)
INDEXED = definition(
    table("users", "id", column("email", TEXT), primary_key="id", indexes=[index("email")])
)
UNIQUELY_INDEXED = definition(
    table(
        "users",
        "id",
        column("email", TEXT),
        primary_key="id",
        indexes=[index("email", unique=True)],
    )
)
CHECKED = definition(
    table("users", "id", column("email", TEXT), primary_key="id", checks=["email <> ''"])
)
LIMITED = definition(
    table("users", "id", column("email", type_of("VARCHAR", length=9)), primary_key="id")
)

CASES = [
    yes("BC_RENAME_TABLE", "another name", PLAIN, ACCOUNTS, "public.accounts"),
    no("BC_RENAME_TABLE", "another namespace", PLAIN, MOVED),
    yes("BC_MOVE_TABLE", "another namespace", PLAIN, MOVED, "app.users"),
    no("BC_MOVE_TABLE", "another name", PLAIN, ACCOUNTS),
    yes("BC_RENAME_COLUMN", "another name", PLAIN, RENAMED_COLUMN, "public.users.mail"),
    no("BC_RENAME_COLUMN", "another name of the table", PLAIN, ACCOUNTS),
    yes(
        "BC_RENAME_ENUM",
        "another name",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[replace(MOOD, name="feeling")]),
        "public.feeling",
    ),
    no(
        "BC_RENAME_ENUM",
        "other values",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[enum("mood", "happy")]),
    ),
    yes(
        "BC_RENAME_ENUM_VALUE",
        "a value renamed",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[enum("mood", "glad", "sad")]),
        "public.mood",
        renamed={"mood": {"happy": "glad"}},
    ),
    no(
        "BC_RENAME_ENUM_VALUE",
        "a value replaced",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[enum("mood", "glad", "sad")]),
    ),
    yes("BC_DROP_TABLE", "an empty table", APART, PLAIN, "public.orders"),
    no("BC_DROP_TABLE", "a new table", PLAIN, APART),
    yes("BC_DROP_COLUMN", "an empty column", PLAIN, BARE, "public.users.email"),
    no("BC_DROP_COLUMN", "a new column", BARE, PLAIN),
    yes(
        "BC_DROP_FOREIGN_KEY",
        "a key left out",
        TOGETHER,
        APART,
        "public.orders.orders_user_id_fkey",
    ),
    no("BC_DROP_FOREIGN_KEY", "a key that goes with its table", TOGETHER, PLAIN),
    yes(
        "BC_DROP_UNIQUE",
        "a constraint left out",
        UNIQUE,
        PLAIN,
        "public.users.users_email_key",
    ),
    yes(
        "BC_DROP_UNIQUE",
        "a unique index left out",
        UNIQUELY_INDEXED,
        PLAIN,
        "public.users.users_email_idx",
    ),
    no("BC_DROP_UNIQUE", "a plain index left out", INDEXED, PLAIN),
    yes("BC_DROP_CHECK", "a check left out", CHECKED, PLAIN, "public.users.users_email_check"),
    no("BC_DROP_CHECK", "a new check", PLAIN, CHECKED),
    yes(
        "BC_DROP_INDEX",
        "an index of a large table",
        INDEXED,
        PLAIN,
        "public.users.users_email_idx",
        facts=known(large=["users"]),
    ),
    no(
        "BC_DROP_INDEX",
        "an index of a small table",
        INDEXED,
        PLAIN,
        facts=known(small=["users"]),
    ),
    yes(
        "BC_DEPENDENT_REMADE",
        "a view of a column that goes",
        PLAIN,
        BARE,
        "public.users.email",
        facts=known(tables={"users": _used("email")}),
    ),
    yes(
        "BC_DEPENDENT_REMADE",
        "a view of a column of another type",
        PLAIN,
        LIMITED,
        "public.users.email",
        facts=known(tables={"users": _used("email")}),
    ),
    yes(
        "BC_DEPENDENT_REMADE",
        "a view of a table that goes",
        APART,
        PLAIN,
        "public.orders",
        facts=known(tables={"orders": _used(None)}),
    ),
    no(
        "BC_DEPENDENT_REMADE",
        "a view of another column",
        PLAIN,
        BARE,
        facts=known(tables={"users": _used("id")}),
    ),
]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_names_and_promises(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()
