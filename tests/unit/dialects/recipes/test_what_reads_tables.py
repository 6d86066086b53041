"""Views and policies in the way: taken down and made again, under the names they were read with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Definition, Namespace
from core.definition.types import ColumnType, DataType
from core.dialects.facts import Dependent, Facts, TableFacts
from core.dialects.moves import Options
from core.dialects.statement import Work
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import TEXT, column, definition, enum, table

MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
BEFORE = definition(
    table("t", "a", column("b", "SMALLINT"), column("m", MOOD), column("k", nullable=False)),
    table("s", "x", "y"),
    enums=[enum("mood", "sad", "ok"), enum("unread", "z")],
)


def view(*names: str, kind: str = "view", sql: str = "SELECT 1") -> tuple[Dependent, ...]:
    """Return what is known of something that reads columns."""
    return tuple(
        Dependent(
            kind=kind,
            name="public.v",
            column=name,
            level=1,
            drop_sql="DROP v",
            create_sql=(f"CREATE v AS {sql}",),
        )
        for name in names
    )


def facts(size: int, **read: tuple[Dependent, ...]) -> Facts:
    """Know tables of a size with what reads them."""
    found = {
        name: TableFacts(
            estimated_rows=5, size_bytes=size, index_size_bytes=0, dependents=dependents
        )
        for name, dependents in read.items()
    }
    return Facts(server_major=18, tables=found, rows={})


def planned(
    after: Definition, known: Facts, before: Definition = BEFORE, **labels: dict[str, str]
) -> Plan:
    """Plan from the state before."""
    changes = diff(before, after, renamed_values=labels)
    return make_plan(
        before,
        after,
        options=Options(token="x"),
        facts=known,
        changes=changes,
        renamed_values=labels,
    )


def retyped(design: Definition, table_id: str = "t", **types: str | ColumnType) -> Definition:
    """Give columns of a table other types."""
    return replace(
        design,
        tables=tuple(
            replace(
                each,
                columns=tuple(
                    replace(one, type=column("", types[one.name]).type)
                    if one.name in types
                    else one
                    for one in each.columns
                ),
            )
            if each.id == table_id
            else each
            for each in design.tables
        ),
    )


def renamed(design: Definition, table_id: str, **names: str) -> Definition:
    """Give columns of a table other names."""
    return replace(
        design,
        tables=tuple(
            replace(
                each,
                columns=tuple(
                    replace(one, name=names.get(one.name, one.name)) for one in each.columns
                ),
            )
            if each.id == table_id
            else each
            for each in design.tables
        ),
    )


def turned(design: Definition) -> Definition:
    """Put the values of the enum in another order."""
    return replace(design, enums=(enum("mood", "ok", "sad"), *design.enums[1:]))


def places(plan: Plan, *, back: bool = False) -> list[tuple[bool, bool]]:
    """Return for each line with such a thing whether it takes it down, and makes it again."""
    texts = [[each.sql for each in line.statements] for line in (plan.down if back else plan.up)]
    return [
        ("DROP v" in sql, any(each.startswith("CREATE v") for each in sql))
        for sql in texts
        if any(each.startswith(("DROP v", "CREATE v")) for each in sql)
    ]


BIG = 200_000_000


@pytest.mark.parametrize(
    ("after", "read"),
    [
        (retyped(BEFORE, a="BIGINT"), "a"),
        (retyped(BEFORE, a="TEXT"), "a"),
        (retyped(BEFORE, b="INT"), "b"),
        (turned(BEFORE), "m"),
    ],
)
def test_the_line_that_exchanges_a_column_takes_along_what_reads_it(
    after: Definition, read: str
) -> None:
    """Nobody misses the view while the new column is filled, there and back."""
    plan = planned(after, facts(BIG, t=view(read)))
    assert places(plan) == [(True, True)]
    assert places(plan, back=True) == [(True, True)]
    assert len(plan.up) > 1


def test_what_is_quick_one_way_alone_takes_it_along_both_ways() -> None:
    """A wider text is had at once, and the narrower one again beside it."""
    short, long = (retyped(BEFORE, a=kind) for kind in (_varchar(5), _varchar(9)))
    plan = planned(long, facts(BIG, t=view("a")), short)
    assert places(plan) == [(True, True)]
    assert places(plan, back=True) == [(True, True)]
    assert (len(plan.up), len(plan.down) > 1) == (1, True)


@pytest.mark.parametrize(
    "after",
    [
        retyped(BEFORE, a="BIGINT", b="INT"),
        turned(retyped(BEFORE, a="BIGINT")),
    ],
)
def test_what_two_changes_meet_is_away_from_the_first_to_the_last(after: Definition) -> None:
    """Between them it could not be made."""
    plan = planned(after, facts(BIG, t=view("a", "b", "m")))
    assert places(plan) == [(True, False), (False, True)]
    assert places(plan, back=True) == [(True, False), (False, True)]


def test_what_may_stand_on_a_key_is_away_while_the_key_is() -> None:
    """A view that groups by a key depends on it."""
    keyed = replace(
        BEFORE,
        tables=(
            replace(BEFORE.tables[0], primary_key=table("t", "k", primary_key="k").primary_key),
            BEFORE.tables[1],
        ),
    )
    plan = planned(retyped(BEFORE, a="BIGINT"), facts(BIG, t=view("a")), keyed)
    assert places(plan) == [(True, False), (False, True)]


def test_what_reads_a_column_that_is_made_anew_is_away_meanwhile() -> None:
    """No value of the one type means anything in the other, so the column goes and comes."""
    plan = planned(retyped(BEFORE, b="BLOB"), facts(BIG, t=view("b")))
    assert places(plan)[0][0]
    assert places(plan)[-1][1]


def test_on_a_small_table_everything_is_one_line() -> None:
    """Nothing has to be filled."""
    assert places(planned(turned(BEFORE), facts(1, t=view("m")))) == [(True, True)]
    assert places(planned(retyped(BEFORE, a="BIGINT"), facts(1, t=view("a")))) == [(True, True)]


def between(plan: Plan) -> tuple[list[str], list[str]]:
    """Return the statements right before and after what makes the thing again."""
    sql = [each.sql for line in plan.up for each in line.statements]
    made = next(place for place, each in enumerate(sql) if each.startswith("CREATE v"))
    dropped = max(place for place, each in enumerate(sql) if "ALTER COLUMN a TYPE" in each)
    return sql[dropped + 1 : made], sql[made + 1 :]


def test_columns_that_are_read_have_their_names_of_before_meanwhile() -> None:
    """Also where they exchange them, and where a new one has the name of a renamed one."""
    other = renamed(retyped(BEFORE, a="TEXT"), "t", b="k", k="b")
    first, last = between(planned(other, facts(1, t=view("a", "b", "k"))))
    assert len(first) == len(last) == 4
    added = replace(
        renamed(retyped(BEFORE, a="TEXT"), "s", x="z"),
        tables=tuple(
            replace(each, columns=(*each.columns, replace(column("x"), id="new")))
            if each.id == "s"
            else each
            for each in renamed(retyped(BEFORE, a="TEXT"), "s", x="z").tables
        ),
    )
    first, last = between(planned(added, facts(1, t=view("a"), s=view("x"))))
    assert [each.split("RENAME")[1] for each in first][1] == " COLUMN z TO x"
    assert len(first) == len(last) == 2


def test_tables_that_are_read_have_their_places_of_before_meanwhile() -> None:
    """Also where another one stands there by now."""
    after = retyped(BEFORE, a="TEXT")
    first_table, second = after.tables
    swapped = replace(after, tables=(replace(first_table, name="s"), replace(second, name="t")))
    first, last = between(planned(swapped, facts(1, t=view("a"))))
    assert len(first) == len(last) == 2
    first, last = between(planned(swapped, facts(1, t=view("a"), s=view("x"))))
    assert len(first) == len(last) == 4
    moved = replace(
        after,
        namespaces=(*after.namespaces, Namespace(name="n")),
        tables=(replace(first_table, namespace="n"), replace(second, namespace="n", name="z")),
    )
    first, last = between(planned(moved, facts(1, t=view("a"), s=view("x"))))
    assert len(first) == len(last) == 4
    assert not any("new" in each for each in first)


def test_enums_that_are_written_have_their_names_and_values_of_before_meanwhile() -> None:
    """Labels that are exchanged go by way of others."""
    known = facts(1, t=view("a", sql="'sad'::mood"))
    after = retyped(BEFORE, a="TEXT")
    feeling = replace(enum("mood", "ok", "sad"), name="feeling")
    plan = planned(
        replace(after, enums=(feeling, after.enums[1])), known, mood={"sad": "ok", "ok": "sad"}
    )
    first, last = between(plan)
    assert len(first) == len(last) == 5
    gone = replace(after, enums=after.enums[1:])
    without = retyped(gone, m=TEXT)
    assert not any("RENAME" in each for each in between(planned(without, known))[0])
    blue = replace(after, enums=(enum("mood", "blue", "ok"), after.enums[1]))
    assert len(between(planned(blue, known, mood={"sad": "blue"}))[0]) == 1


def test_what_drops_a_policy_names_its_table_as_before() -> None:
    """The plan's way back takes it down under that name."""
    after = retyped(BEFORE, a="TEXT")
    moved = replace(after, tables=(replace(after.tables[0], name="u"), after.tables[1]))
    plan = planned(moved, facts(1, t=view("a", kind="policy")))
    sql = [each.sql for line in plan.down for each in line.statements]
    at = sql.index("DROP v")
    assert sql[at - 1].endswith("RENAME TO t")
    assert sql[at + 1].endswith("RENAME TO u")


def _varchar(length: int) -> ColumnType:
    return ColumnType(data_type=DataType.VARCHAR, length=length)


@pytest.mark.parametrize("size", [8192, 2**30], ids=["small", "large"])
def test_a_materialized_view_that_had_rows_reads_them_again_there_and_back(size: int) -> None:
    """It is filled on the spot; what belongs to it is made in the catalogue."""
    (seen,) = view("b", kind="materialized view", sql="SELECT b FROM t WITH DATA")
    seen = replace(seen, create_sql=(*seen.create_sql, "ALTER MATERIALIZED VIEW v OWNER TO x"))
    plan = planned(retyped(BEFORE, b="INT"), facts(size, t=(seen,)))
    for lines in (plan.up, plan.down):
        works = {
            statement.sql: statement.effect.work
            for line in lines
            for statement in line.statements
            if " v " in statement.sql
        }
        assert works == {
            seen.create_sql[0]: Work.SCAN,
            seen.create_sql[1]: Work.CATALOG,
        }
