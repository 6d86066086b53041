"""Rules about locks and load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from core.definition.model import Definition, IdentityKind
from core.dialects.facts import TableFacts
from core.dialects.postgresql import effects
from core.dialects.statement import Blocks, Effect, Line
from core.lint import DEFAULT
from tests.builders import (
    TEXT,
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    table,
    type_of,
)
from tests.unit.lint.plans import GIGABYTES, Case, known, line, no, parameters, step, yes

ORDERS = table("orders", "id", primary_key="id")
PLAIN = definition(table("users", "id", "code", primary_key="id"), ORDERS)
LARGE = known(large=["users"])
SMALL = known(small=["users"])
WATCHED = known(
    tables={
        "users": TableFacts(
            estimated_rows=1, size_bytes=8192, index_size_bytes=0, update_triggers=("watching",)
        )
    }
)


def _users(*columns: Any, **others: Any) -> Definition:  # noqa: ANN401 - handed on to the builder
    wanted = columns or ("id", "code")
    others.setdefault("primary_key", "id")
    return definition(table("users", *wanted, **others), ORDERS)


INDEXED = _users(indexes=[index("code")])
REINDEXED = _users(indexes=[index("code", "id")])
UNIQUE = _users(uniques=["code"])
KEYLESS = _users(column("id", nullable=False), "code", primary_key=None)
TOGETHER = definition(*PLAIN.tables, foreign_keys=[foreign_key("users", "code", "orders")])
CHECKED = _users(checks=["code > 0"])
NOT_NULL = _users("id", column("code", nullable=False))
TEXTUAL = _users("id", column("code", TEXT))
DEFAULTED = _users("id", "code", column("token", "UUID", default=expression("gen_random_uuid()")))
GENERATED = _users("id", "code", column("token", generated="id + 1"))
COUNTED = _users("id", "code", column("token", identity=IdentityKind.ALWAYS))
RECOMPUTED = _users("id", "code", column("token", generated="id + 2"))
MOODY = definition(
    table("users", "id", "code", column("mood", type_of("ENUM", enum_id="mood")), primary_key="id"),
    ORDERS,
    enums=[enum("mood", "happy")],
)


def pair(  # noqa: PLR0917 - a row of a table
    code: str, before: Definition, after: Definition, cause: str, effect: Effect, subject: str
) -> list[Case]:
    """Make the case of a large table, that of a small one, and that of no wait."""
    up = (line(step(cause, effect)),)
    free = Effect(lock=effect.lock, blocks=Blocks.NOTHING, work=effect.work, source="")
    return [
        yes(code, "a large table", before, after, subject, up=up, facts=LARGE),
        no(code, "a small table", before, after, up=up, facts=SMALL),
        no(code, "no wait", before, after, up=(line(step(cause, free)),), facts=LARGE),
    ]


def lines(*steps: tuple[str, Effect]) -> tuple[Line, ...]:
    """Make one line of several statements."""
    return (line(*(step(cause, effect) for cause, effect in steps)),)


def held(sessions: Sequence[str]) -> TableFacts:
    """Make a table on which sessions hold locks."""
    return TableFacts(
        estimated_rows=1, size_bytes=8192, index_size_bytes=0, sessions=tuple(sessions)
    )


HEAVY = [
    *pair(
        "LK_BUILD_INDEX",
        PLAIN,
        INDEXED,
        "users.index0",
        effects.CREATE_INDEX,
        "public.users.users_code_idx",
    ),
    *pair(
        "LK_BUILD_KEY",
        PLAIN,
        UNIQUE,
        "users.unique0",
        effects.ADD_KEY,
        "public.users.users_code_key",
    ),
    *pair(
        "LK_ADD_FOREIGN_KEY",
        PLAIN,
        TOGETHER,
        "users.code.fk",
        effects.ADD_FOREIGN_KEY,
        "public.users.users_code_fkey",
    ),
    no(
        "LK_ADD_FOREIGN_KEY",
        "a large target",
        PLAIN,
        TOGETHER,
        up=lines(("users.code.fk", effects.ADD_FOREIGN_KEY)),
        facts=known(large=["orders"]),
    ),
    *pair(
        "LK_ADD_CHECK",
        PLAIN,
        CHECKED,
        "users.check0",
        effects.ADD_CHECK,
        "public.users.users_code_check",
    ),
    *pair(
        "LK_SET_NOT_NULL",
        PLAIN,
        NOT_NULL,
        "users.code",
        effects.SET_NOT_NULL,
        "public.users.code",
    ),
    *pair(
        "LK_PRIMARY_KEY_OVER_NULLABLE",
        KEYLESS,
        PLAIN,
        "users",
        effects.ATTACH_KEY_SCANNING,
        "public.users.users_pkey",
    ),
    *pair(
        "LK_CHANGE_TYPE",
        PLAIN,
        TEXTUAL,
        "users.code",
        effects.CHANGE_TYPE_REWRITING,
        "public.users.code",
    ),
    *pair(
        "LK_VOLATILE_DEFAULT",
        PLAIN,
        DEFAULTED,
        "users.token",
        effects.ADD_COLUMN_REWRITING,
        "public.users.token",
    ),
    *pair(
        "LK_ADD_GENERATED_COLUMN",
        PLAIN,
        GENERATED,
        "users.token",
        effects.ADD_COLUMN_REWRITING,
        "public.users.token",
    ),
    *pair(
        "LK_ADD_IDENTITY_COLUMN",
        PLAIN,
        COUNTED,
        "users.token",
        effects.ADD_COLUMN_REWRITING,
        "public.users.token",
    ),
    *pair(
        "LK_LONG_LOCK",
        GENERATED,
        RECOMPUTED,
        "users.token",
        effects.ADD_COLUMN_REWRITING,
        "public.users.token",
    ),
    yes(
        "LK_LONG_LOCK",
        "a column of an enum that did not change",
        MOODY,
        MOODY,
        "public.users",
        up=lines(("mood", effects.CHANGE_TYPE_REWRITING)),
        facts=LARGE,
    ),
    yes(
        "LK_REPEATED_REWRITE",
        "two rewrites",
        PLAIN,
        TEXTUAL,
        "public.users",
        up=lines(
            ("users.code", effects.CHANGE_TYPE_REWRITING),
            ("users.code", effects.CHANGE_TYPE_REWRITING),
        ),
        facts=LARGE,
    ),
    no(
        "LK_REPEATED_REWRITE",
        "one rewrite and an index",
        PLAIN,
        TEXTUAL,
        up=lines(
            ("users.code", effects.CHANGE_TYPE_REWRITING), ("users.code", effects.CREATE_INDEX)
        ),
        facts=LARGE,
    ),
    yes(
        "LK_WORK_UNDER_LOCK",
        "a rename before a look at all rows",
        PLAIN,
        CHECKED,
        "public.users",
        up=lines(("users.code", effects.RENAME_COLUMN), ("users.check0", effects.VALIDATE_CHECK)),
        facts=LARGE,
    ),
    yes(
        "LK_WORK_UNDER_LOCK",
        "another table locked before",
        PLAIN,
        CHECKED,
        "public.orders",
        up=lines(("orders", effects.RENAME_TABLE), ("users.check0", effects.ADD_CHECK)),
        facts=known(large=["users"], small=["orders"]),
    ),
    no(
        "LK_WORK_UNDER_LOCK",
        "lines of their own",
        PLAIN,
        CHECKED,
        up=(
            *lines(("users.code", effects.RENAME_COLUMN)),
            *lines(("users.check0", effects.VALIDATE_CHECK)),
        ),
        facts=LARGE,
    ),
]

BRIEF = [
    yes(
        "LK_DROP_INDEX",
        "in a transaction",
        INDEXED,
        PLAIN,
        "public.users.users_code_idx",
        up=lines(("users", effects.RENAME_TABLE), ("users.index0", effects.DROP_INDEX)),
        facts=LARGE,
    ),
    no(
        "LK_DROP_INDEX",
        "concurrently",
        INDEXED,
        PLAIN,
        up=(line(step("users.index0", effects.DROP_INDEX_CONCURRENTLY, is_transactional=False)),),
        facts=LARGE,
    ),
    yes(
        "LK_BRIEF_LOCK",
        "the same lock twice",
        PLAIN,
        PLAIN,
        "public.users",
        up=lines(("users.code", effects.RENAME_COLUMN), ("users.id", effects.RENAME_COLUMN)),
        facts=LARGE,
    ),
    no(
        "LK_BRIEF_LOCK",
        "long work and small tables",
        PLAIN,
        PLAIN,
        up=lines(("users.code", effects.SET_NOT_NULL), ("orders", effects.RENAME_TABLE)),
        facts=known(large=["users"], small=["orders"]),
    ),
    yes(
        "LK_LOCK_HELD",
        "sessions on one table",
        PLAIN,
        PLAIN,
        "public.users",
        "public.orders",
        up=lines(
            ("users.code", effects.RENAME_COLUMN),
            ("users.code", effects.RENAME_COLUMN),
            ("orders", effects.RENAME_TABLE),
        ),
        facts=known(tables={"users": held(["a report"]), "orders": held(["one", "two"])}),
    ),
    no(
        "LK_LOCK_HELD",
        "nobody there",
        PLAIN,
        PLAIN,
        up=lines(("users.code", effects.RENAME_COLUMN)),
        facts=SMALL,
    ),
    yes(
        "LK_MANY_TABLES",
        "two large tables",
        PLAIN,
        PLAIN,
        "",
        up=lines(("users", effects.RENAME_TABLE), ("orders", effects.RENAME_TABLE)),
        facts=known(large=["users", "orders"]),
    ),
    no(
        "LK_MANY_TABLES",
        "two lines",
        PLAIN,
        PLAIN,
        up=(
            *lines(("users", effects.RENAME_TABLE)),
            *lines(("orders", effects.RENAME_TABLE)),
        ),
        facts=known(large=["users", "orders"]),
    ),
    yes(
        "LK_INDEX_REPLACED",
        "a large table",
        INDEXED,
        REINDEXED,
        "public.users.users_code_id_idx",
        facts=LARGE,
    ),
    no("LK_INDEX_REPLACED", "a small table", INDEXED, REINDEXED, facts=SMALL),
]

LOAD = [
    yes(
        "LK_INDEX_LOAD",
        "built concurrently",
        PLAIN,
        INDEXED,
        "public.users.users_code_idx",
        up=(line(step("users.index0", effects.CREATE_INDEX_CONCURRENTLY, concurrent="i")),),
        facts=LARGE,
    ),
    no(
        "LK_INDEX_LOAD",
        "built in place",
        PLAIN,
        INDEXED,
        up=lines(("users.index0", effects.CREATE_INDEX)),
        facts=LARGE,
    ),
    no(
        "LK_INDEX_LOAD",
        "a small table",
        PLAIN,
        INDEXED,
        up=lines(("users.index0", effects.CREATE_INDEX_CONCURRENTLY)),
        facts=SMALL,
    ),
    yes(
        "LK_BACKGROUND_LOAD",
        "a look at all rows and a fill",
        PLAIN,
        CHECKED,
        "public.users.users_code_check",
        "public.users",
        up=(
            *lines(("users.check0", effects.VALIDATE_CHECK)),
            line(step("users.code", effects.FILL, batched="users")),
        ),
        facts=LARGE,
    ),
    no(
        "LK_BACKGROUND_LOAD",
        "a fill without batches",
        PLAIN,
        PLAIN,
        up=lines(("users.code", effects.FILL)),
        facts=LARGE,
    ),
    yes(
        "LK_TRIGGERS_FIRE",
        "two fills of a table with a trigger",
        PLAIN,
        PLAIN,
        "public.users",
        up=lines(("users.code", effects.WRITE_ROWS), ("users.code", effects.FILL)),
        facts=WATCHED,
    ),
    no(
        "LK_TRIGGERS_FIRE",
        "no trigger",
        PLAIN,
        PLAIN,
        up=lines(("users.code", effects.FILL)),
        facts=LARGE,
    ),
    no(
        "LK_TRIGGERS_FIRE",
        "a table that the server itself writes anew",
        PLAIN,
        PLAIN,
        up=lines(("users.code", effects.CHANGE_TYPE_REWRITING)),
        facts=WATCHED,
    ),
    no(
        "LK_TRIGGERS_FIRE",
        "a look at all rows",
        PLAIN,
        CHECKED,
        up=lines(("users.check0", effects.VALIDATE_CHECK)),
        facts=WATCHED,
    ),
]

CASES = [*HEAVY, *BRIEF, *LOAD]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_locks_and_load(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()


@pytest.mark.parametrize(
    ("effect", "rate", "message"),
    [
        (
            effects.CREATE_INDEX,
            None,
            "Table public.users (2 GB) cannot be written while a statement builds an index.",
        ),
        (
            effects.ADD_KEY,
            GIGABYTES / 40,
            (
                "Table public.users (2 GB) can neither be read nor written for at least 40 s"
                " while a statement builds an index."
            ),
        ),
    ],
    ids=["writers-wait", "everybody-waits-for-a-known-time"],
)
def test_the_message_says_who_waits_and_how_long(
    effect: Effect, rate: float | None, message: str
) -> None:
    """A measured rate makes seconds of the size."""
    case = yes(
        "LK_BUILD_INDEX",
        "",
        PLAIN,
        INDEXED,
        "",
        up=lines(("users.index0", effect)),
        facts=known(large=["users"], bytes_per_second=rate),
    )
    found = [item for item in case.findings(DEFAULT) if item.code == "LK_BUILD_INDEX"]
    assert [item.message for item in found] == [message]
    assert [item.statement_index for item in found] == [0]
