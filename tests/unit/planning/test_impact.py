"""What a plan does, with numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.definition.model import Definition, IdentityKind, Unique
from core.dialects.facts import (
    Dependent,
    Facts,
    RowTest,
    RowTestKind,
    RowTestResult,
    TableFacts,
)
from core.dialects.moves import Options
from core.dialects.postgresql import effects
from core.dialects.statement import Batches, Blocks, Line, Statement, Work
from core.planning.impact import ImpactItem, impact, impact_to_json
from core.planning.making import make_plan
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

BEFORE = definition(table("users", column("id"), column("n"), column("old"), primary_key="id"))
AFTER = definition(
    table("users", column("id"), column("n", TEXT), primary_key="id"), table("new", column("id"))
)
VIEW = Dependent(
    kind="view", name="public.v", column="n", level=1, drop_sql="DROP VIEW v", create_sql=("C",)
)


def asked(code: str, kind: RowTestKind, cause: str) -> RowTest:
    """Build a question to the rows of the table."""
    return RowTest(
        code=code,
        kind=kind,
        subject="",
        cause=cause,
        table_id="users",
        count_sql="",
        sample_sql="",
    )


def told(*, is_measured: bool = True, size_bytes: int = 10_000_000) -> dict[str, ImpactItem]:
    """Return the impact of a plan on a table in use, by the label of what it is about."""
    facts = Facts(
        server_major=18,
        tables={
            "users": TableFacts(
                estimated_rows=1_000,
                size_bytes=size_bytes,
                index_size_bytes=0,
                sessions=("pid 7 of reports, idle",),
                dependents=(VIEW,),
            )
        },
        rows={
            asked("CAST_FAILS", RowTestKind.DOES_NOT_FIT, "users.n"): RowTestResult(
                count=1, samples=("id=5",)
            ),
            asked("VALUES_LOST", RowTestKind.LOSES, "users.old"): RowTestResult(
                count=12, samples=()
            ),
        },
        bytes_per_second=1_000_000 if is_measured else None,
    )
    plan = make_plan(BEFORE, AFTER, options=Options(token="t"), facts=facts)
    return {item.subject.label: item for item in impact(plan, BEFORE, AFTER, facts)}


def test_a_rewrite_says_how_long_everybody_waits() -> None:
    """Bytes and the measured rate give the seconds."""
    item = told()["public.users.n"]
    assert (item.work, item.blocks) == (Work.REWRITE, Blocks.READS_AND_WRITES)
    assert item.estimated_seconds >= 40
    assert item.readers_wait_seconds == item.writers_wait_seconds == item.estimated_seconds
    assert "Readers and writers wait meanwhile." in item.sentences
    assert "The table has about 1,000 rows in 10 MB." in item.sentences
    assert "1 row does not fit, so that it fails." in item.sentences
    assert "These sessions hold a lock on the table now: pid 7 of reports, idle." in item.sentences


def test_what_is_made_again_around_it_is_named() -> None:
    """A view over the column disappears for a moment."""
    item = told()["public.users.n"]
    assert item.recreated == ("view public.v",)
    assert "Taken down and made again around it: view public.v." in item.sentences


def test_what_is_lost_is_counted() -> None:
    """People see how many rows before they allow it."""
    item = told()["public.users.old"]
    assert item.rows_losing == 12
    assert "12 rows lose what is stored there." in item.sentences


def test_a_new_table_touches_no_rows() -> None:
    """There is nothing to say of it but what it is."""
    item = told()["public.new"]
    assert (item.sentences, item.rows, item.sessions) == ((), 0, ())


def test_without_a_measured_rate_a_careful_one_is_taken() -> None:
    """An estimate is better than none."""
    item = told(is_measured=False)["public.users.n"]
    assert item.estimated_seconds >= 2


def test_an_impact_is_written_as_json() -> None:
    """Clients read the same."""
    written = impact_to_json(told(size_bytes=2**50).values())
    assert json.loads(json.dumps(written))[0].keys() >= {"subject", "sentences", "rowsLosing"}


USERS = table("users", column("id"), column("n"), primary_key="id")
UNIQUE_N = Unique(id="u", name="u", column_ids=("users.n",))
LARGE = 200 * 1024**2
ENUM = type_of("ENUM", enum_id="mood")


def told_online(
    before: Definition,
    after: Definition,
    *,
    size_bytes: int = LARGE,
    online_from: int = 16 * 1024**2,
    dependents: tuple[Dependent, ...] = (),
) -> dict[str, ImpactItem]:
    """Return the impact of a plan whose tables before have a million rows each, by the label."""
    facts = Facts(
        server_major=18,
        tables={
            item.id: TableFacts(
                estimated_rows=1_000_000,
                size_bytes=size_bytes,
                index_size_bytes=0,
                sessions=(f"pid 7 in {item.name}", "pid 8"),
                dependents=dependents,
            )
            for item in before.tables
        },
        rows={},
        bytes_per_second=1024**2,
    )
    options = Options(token="t", online_from_bytes=online_from)
    plan = make_plan(before, after, options=options, facts=facts)
    return {item.subject.label: item for item in impact(plan, before, after, facts)}


ONLINE = {
    "int to bigint": (
        definition(table("users", column("id"), column("n", "BIGINT"), primary_key="id")),
        "public.users.n",
    ),
    "not null": (
        definition(table("users", column("id"), column("n", nullable=False), primary_key="id")),
        "public.users.n",
    ),
    "unique": (
        definition(table("users", column("id"), column("n"), primary_key="id", uniques=[UNIQUE_N])),
        "public.users.u",
    ),
    "identity": (
        definition(
            table(
                "users",
                column("id"),
                column("n"),
                column("k", nullable=False, identity=IdentityKind.BY_DEFAULT),
                primary_key="id",
            )
        ),
        "public.users.k",
    ),
    "a volatile default": (
        definition(
            table(
                "users",
                column("id"),
                column("n"),
                column("d", "DOUBLE", default=expression("random()")),
                primary_key="id",
            )
        ),
        "public.users.d",
    ),
}


@pytest.mark.parametrize(("after", "label"), ONLINE.values(), ids=ONLINE)
def test_long_work_online_is_not_told_as_a_wait(after: Definition, label: str) -> None:
    """The seconds of work are one thing, those in which others wait another."""
    item = told_online(definition(USERS), after)[label]
    assert item.estimated_seconds >= 200
    assert item.blocks is Blocks.READS_AND_WRITES
    assert (item.readers_wait_seconds, item.writers_wait_seconds) == (0, 0)
    assert "Readers and writers wait for a moment only." in item.sentences


def test_an_index_that_is_built_concurrently_makes_nobody_wait() -> None:
    """There is no moment either."""
    after = definition(
        table("users", column("id"), column("n"), primary_key="id", indexes=[index("n", name="i")])
    )
    item = told_online(definition(USERS), after)["public.users.i"]
    assert item.blocks is Blocks.NOTHING
    assert "Readers and writers go on." in item.sentences


def test_an_index_that_is_built_in_place_makes_writers_wait() -> None:
    """Those who read go on."""
    after = definition(
        table("users", column("id"), column("n"), primary_key="id", indexes=[index("n", name="i")])
    )
    item = told_online(definition(USERS), after, online_from=2**40)["public.users.i"]
    assert item.readers_wait_seconds == 0
    assert item.writers_wait_seconds == item.estimated_seconds
    assert "Writers wait meanwhile, readers go on." in item.sentences


def test_the_part_of_the_work_in_which_others_wait_is_told() -> None:
    """A scan under a lock beside a long fill is told by its own seconds."""
    fill = Statement(
        sql="UPDATE",
        effect=effects.FILL,
        causes=("users.n",),
        batches=Batches(namespace="public", table="users"),
    )
    scan = Statement(sql="SET", effect=effects.SET_NOT_NULL, causes=("users.n",))
    build = Statement(sql="INDEX", effect=effects.CREATE_INDEX, causes=("users.n",))
    item = told_by(fill, scan)
    assert item.estimated_seconds == 7 * item.readers_wait_seconds == 7 * item.writers_wait_seconds
    assert "Readers and writers wait for about 200 seconds of it." in item.sentences
    item = told_by(fill, build)
    assert (item.readers_wait_seconds, item.writers_wait_seconds) == (0, 600)
    assert "Writers wait for about 600 seconds of it, readers go on." in item.sentences
    item = told_by(fill, scan, build)
    assert (item.readers_wait_seconds, item.writers_wait_seconds) == (200, 800)
    assert "Readers wait for about 200 seconds of it, writers for about 800 seconds of it." in (
        item.sentences
    )


def told_by(*statements: Statement) -> ImpactItem:
    """Return the impact of statements on the large table, each in a line of its own."""
    before = definition(USERS)
    after = definition(table("users", column("id"), column("n", TEXT), primary_key="id"))
    plan = replace(
        make_plan(before, after, options=Options(token="t")),
        up=tuple(Line(statements=(each,)) for each in statements),
    )
    facts = Facts(
        server_major=18,
        tables={"users": TableFacts(estimated_rows=9, size_bytes=LARGE, index_size_bytes=0)},
        rows={},
        bytes_per_second=1024**2,
    )
    (item,) = impact(plan, before, after, facts)
    return item


def test_values_of_an_enum_tell_of_the_tables_that_use_it() -> None:
    """An enum is of no table, but all that have a column of it are written anew."""
    tables = [
        table("one", column("id"), column("mood", ENUM), primary_key="id"),
        table("two", column("id"), column("mood", ENUM), primary_key="id"),
    ]
    before = definition(*tables, enums=[enum("mood", "sad", "ok", "happy")])
    after = definition(*tables, enums=[enum("mood", "sad", "happy")])
    item = told_online(before, after, size_bytes=8 * 1024**2)["public.mood"]
    assert (item.rows, item.size_bytes) == (2_000_000, 16 * 1024**2)
    assert item.sessions == ("pid 7 in one", "pid 8", "pid 7 in two")
    assert item.tables == ("public.one", "public.two")
    assert item.readers_wait_seconds >= 64
    assert "Tables public.one and public.two have about 2,000,000 rows in 16 MB." in item.sentences


def test_a_foreign_key_of_a_new_table_tells_of_the_one_it_locks() -> None:
    """The new table has no rows to look at, the target is stopped for a moment."""
    after = definition(
        USERS,
        table("posts", column("id"), column("user"), primary_key="id"),
        foreign_keys=[foreign_key("posts", "user", "users", name="fk")],
    )
    item = told_online(definition(USERS), after)["public.posts.fk"]
    assert (item.rows, item.size_bytes, item.tables) == (1_000_000, LARGE, ("public.users",))
    assert item.sessions == ("pid 7 in users", "pid 8")
    assert item.estimated_seconds == item.writers_wait_seconds == 0
    assert item.sentences[:3] == (
        "Table public.users has about 1,000,000 rows in 200 MB.",
        "Only the catalogue changes, whatever the size.",
        "Writers wait for a moment only, readers go on.",
    )


def test_what_is_made_again_for_a_change_counts_with_it() -> None:
    """A foreign key whose columns get another type is checked again over all rows."""
    before, after = (
        definition(
            table("users", column("id", type_name), primary_key="id"),
            table("posts", column("id"), column("user", type_name), primary_key="id"),
            foreign_keys=[foreign_key("posts", "user", "users", name="fk")],
        )
        for type_name in ("INT", "DECIMAL")
    )
    items = told_online(before, after, online_from=2**40)
    assert items.keys() == {"public.users.id", "public.posts.user"}
    assert {label for item in items.values() for label in item.tables} == {
        "public.users",
        "public.posts",
    }
    assert sum(item.estimated_seconds for item in items.values()) >= 2 * 800 + 200


@pytest.mark.parametrize(("data", "is_filled"), [("DATA", True), ("NO DATA", False)])
def test_a_materialized_view_is_filled_while_its_table_is_locked(
    data: str, *, is_filled: bool
) -> None:
    """It is made again in the line that swaps the columns, whose lock is held until the end."""
    view = replace(
        VIEW, kind="materialized view", create_sql=(f"CREATE MATERIALIZED VIEW v WITH {data}",)
    )
    after = definition(table("users", column("id"), column("n", "BIGINT"), primary_key="id"))
    item = told_online(definition(USERS), after, dependents=(view,))["public.users.n"]
    assert item.readers_wait_seconds == item.writers_wait_seconds == (200 if is_filled else 0)
