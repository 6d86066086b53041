"""Rules about what goes for good."""

from __future__ import annotations

import pytest

from core.definition.model import IdentityKind
from core.dialects.moves import SetAside
from core.lint import DEFAULT
from tests.builders import TEXT, column, definition, enum, table, type_of
from tests.unit.lint.plans import Case, asked, known, no, parameters, yes

USERS = table("users", "id", column("email", TEXT), primary_key="id")
BARE = table("users", "id", primary_key="id")
OTHER = table("others", "id", primary_key="id")
MOOD = enum("mood", "happy", "sad", "angry")
SMALL = known(small=["users"])


NARROWER = (
    definition(table("users", column("amount", type_of("DECIMAL", precision=9, scale=4)))),
    definition(table("users", column("amount", type_of("DECIMAL", precision=9, scale=2)))),
)
COMPUTED = (
    definition(table("users", "id", "total")),
    definition(table("users", "id", column("total", generated="id * 2"))),
)

CASES = [
    yes(
        "DS_DROP_TABLE",
        "rows lost",
        definition(USERS, OTHER),
        definition(OTHER),
        "public.users",
        facts=known(asked("ROWS_LOST", "users", 3, loses=True)),
    ),
    yes(
        "DS_DROP_TABLE",
        "rows nobody asked",
        definition(USERS, OTHER),
        definition(OTHER),
        "public.users",
        facts=SMALL,
    ),
    no("DS_DROP_TABLE", "an empty table", definition(USERS, OTHER), definition(OTHER)),
    no(
        "DS_DROP_TABLE",
        "a table found empty",
        definition(USERS, OTHER),
        definition(OTHER),
        facts=known(asked("ROWS_LOST", "users", 0, loses=True), small=["users"]),
    ),
    yes(
        "DS_DROP_COLUMN",
        "values lost",
        definition(USERS),
        definition(BARE),
        "public.users.email",
        facts=known(asked("VALUES_LOST", "users.email", 2, loses=True)),
    ),
    no(
        "DS_DROP_COLUMN",
        "a column found empty",
        definition(USERS),
        definition(BARE),
        facts=known(asked("VALUES_LOST", "users.email", 0, loses=True), small=["users"]),
    ),
    no(
        "DS_DROP_COLUMN",
        "a computed column",
        definition(table("users", "id", column("twice", generated="id * 2"))),
        definition(table("users", "id")),
        facts=SMALL,
    ),
    yes(
        "DS_DROP_NAMESPACE",
        "a namespace left out",
        definition(USERS, namespaces=["old"]),
        definition(USERS),
        "old",
    ),
    no(
        "DS_DROP_NAMESPACE",
        "a new namespace",
        definition(USERS),
        definition(USERS, namespaces=["old"]),
    ),
    yes(
        "DS_DROP_ENUM",
        "an enum left out",
        definition(USERS, enums=[MOOD]),
        definition(USERS),
        "public.mood",
    ),
    no("DS_DROP_ENUM", "a new enum", definition(USERS), definition(USERS, enums=[MOOD])),
    yes(
        "DS_DROP_ENUM_VALUE",
        "a value left out",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[enum("mood", "happy", "sad")]),
        "public.mood",
    ),
    no(
        "DS_DROP_ENUM_VALUE",
        "a value renamed",
        definition(USERS, enums=[MOOD]),
        definition(USERS, enums=[enum("mood", "happy", "sad", "cross")]),
        renamed={"mood": {"angry": "cross"}},
    ),
    yes(
        "DS_NARROW_TYPE",
        "digits rounded",
        *NARROWER,
        "public.users.amount",
        facts=known(asked("CAST_CHANGES_VALUES", "users.amount", 4, loses=True)),
    ),
    no("DS_NARROW_TYPE", "rows that nobody had to ask", *NARROWER, facts=SMALL),
    no(
        "DS_NARROW_TYPE",
        "values that stay",
        *NARROWER,
        facts=known(asked("CAST_CHANGES_VALUES", "users.amount", 0, loses=True), small=["users"]),
    ),
    yes(
        "DS_OVERWRITE_COLUMN",
        "values replaced",
        *COMPUTED,
        "public.users.total",
        facts=known(asked("VALUES_REPLACED", "users.total", 4, loses=True)),
    ),
    no("DS_OVERWRITE_COLUMN", "a column that is computed no more", *reversed(COMPUTED)),
    yes(
        "DS_DROP_IDENTITY",
        "counting stops",
        definition(table("users", column("id", identity=IdentityKind.ALWAYS))),
        definition(table("users", column("id", nullable=False))),
        "public.users.id",
    ),
    no(
        "DS_DROP_IDENTITY",
        "counting becomes less strict",
        definition(table("users", column("id", identity=IdentityKind.ALWAYS))),
        definition(table("users", column("id", identity=IdentityKind.BY_DEFAULT))),
    ),
    yes(
        "DS_VALUES_LOST",
        "a loss of another sort",
        definition(USERS),
        definition(USERS),
        "public.users",
        facts=known(asked("SOMETHING_NEW", "users.email", 1, loses=True)),
    ),
    no(
        "DS_VALUES_LOST",
        "a loss that another rule tells",
        definition(USERS),
        definition(BARE),
        facts=known(asked("VALUES_LOST", "users.email", 2, loses=True)),
    ),
]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_losses(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()


def test_what_is_set_aside_is_said_to_come_back() -> None:
    """The message tells how many rows lose something, and that it can come back."""
    aside = SetAside(
        kind="column",
        subject="public.users.email",
        namespace="public",
        name="users",
        column="sb_aside_1",
    )
    case = yes(
        "DS_DROP_COLUMN",
        "",
        definition(USERS),
        definition(BARE),
        "public.users.email",
        facts=known(asked("VALUES_LOST", "users.email", 1, loses=True)),
        sets_aside=(aside,),
    )
    message = next(item.message for item in case.findings(DEFAULT) if item.code == "DS_DROP_COLUMN")
    assert message == (
        "Column public.users.email goes with its values in 1 row."
        " It can come back until the set-aside window closes."
    )
