"""Recipes where they meet what is rare: taken names, missing parts, changes known before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.changes import Change, ChangeCheck, ChangeColumnGenerated, ObjectKind, TableName
from core.definition.model import Definition, IdentityKind, Table
from core.definition.names import resolve_names
from core.definition.types import ColumnType, DataType
from core.dialects.errors import MissingThingError
from core.dialects.facts import Facts, RowTest, RowTestKind, RowTestResult, TableFacts
from core.dialects.moves import Options, Reversibility, Scene
from core.dialects.postgresql.altering_enums import add_enum_value
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes import all_moves
from core.dialects.postgresql.recipes.rebuilding import part_anew
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Blocks
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import column, definition, enum, foreign_key, index, literal, table, type_of

KEEPING = Options(token="t")
FOR_GOOD = Options(token="t", sets_aside=False)
MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
BIG = TableFacts(estimated_rows=5, size_bytes=200_000_000, index_size_bytes=0)
BARE = table("t", "a")
FULL = table(
    "t",
    column("a", nullable=False),
    primary_key="a",
    uniques=["a"],
    checks=["a > 1"],
    indexes=[index("a")],
)


def scene(before: Definition, after: Definition) -> Scene:
    """Look at two definitions with small tables."""
    return Scene(before=resolve_names(before), after=resolve_names(after), options=KEEPING)


def texts(plan: Plan) -> list[str]:
    """Return the statements up."""
    return [each.sql for line in plan.up for each in line.statements]


def losing(cause: str, count: int, facts: TableFacts) -> Facts:
    """Know how many rows would lose something, and how big the table is."""
    test = RowTest(
        code="VALUES_LOST",
        kind=RowTestKind.LOSES,
        subject="",
        cause=cause,
        table_id="t",
        count_sql="",
        sample_sql="",
    )
    found = {test: RowTestResult(count=count, samples=())}
    return Facts(server_major=18, tables={"t": facts}, rows=found)


@pytest.mark.parametrize(
    ("kind", "part_id"),
    [
        (ObjectKind.PRIMARY_KEY, "t"),
        (ObjectKind.UNIQUE, "t.unique0"),
        (ObjectKind.CHECK, "t.check0"),
        (ObjectKind.INDEX, "t.index0"),
    ],
)
def test_a_part_that_one_end_lacks_is_not_made_anew(kind: ObjectKind, part_id: str) -> None:
    """It comes or goes by a change of its own."""
    ends = definition(FULL), definition(BARE)
    assert list(part_anew(kind, part_id, Scenery(scene(*ends)))) == []
    assert list(part_anew(kind, part_id, Scenery(scene(*ends[::-1])))) == []
    assert len(list(part_anew(kind, part_id, Scenery(scene(ends[0], ends[0]))))) == 2


@pytest.mark.parametrize("kind", [ObjectKind.TABLE, ObjectKind.COLUMN, ObjectKind.ENUM])
def test_only_parts_are_made_anew(kind: ObjectKind) -> None:
    """What holds rows or values is not."""
    assert list(part_anew(kind, "t", Scenery(scene(definition(FULL), definition(FULL))))) == []


def test_a_change_of_what_is_not_there_is_refused() -> None:
    """It was made for other definitions."""
    side = Scenery(scene(definition(BARE), definition(BARE))).before
    with pytest.raises(MissingThingError, match="no table with the id 'x'"):
        side.table("x")
    with pytest.raises(MissingThingError, match="no column with the id 'y'"):
        side.column("y")


@pytest.mark.parametrize("name", ["c", "other"])
def test_a_check_that_only_follows_a_renamed_column_is_at_most_renamed(name: str) -> None:
    """The server writes the new name into it by itself."""
    before = table("t", "a", checks=["a > 0"])
    check = replace(before.checks[0], name="c")
    before = replace(before, checks=(check,))
    later = replace(check, name=name, expression="b > 0")
    after = replace(before, columns=(replace(before.columns[0], name="b"),), checks=(later,))
    change = ChangeCheck(table=TableName.of(after), before=check, after=later)
    moves = all_moves((change,), scene(definition(before), definition(after)))
    found = [each.sql for move in moves for line in move.up for each in line.statements]
    renamed = ["ALTER TABLE public.t RENAME CONSTRAINT c TO other"]
    assert found == ([] if name == "c" else renamed)


def test_a_computed_column_that_only_follows_a_rename_stays() -> None:
    """Nothing is computed anew."""
    before = table("t", "a", column("made", generated="a + 1"))
    made = replace(before.columns[1], generated="b + 1")
    after = replace(before, columns=(replace(before.columns[0], name="b"), made))
    change = ChangeColumnGenerated(table=TableName.of(after), before=before.columns[1], after=made)
    assert all_moves((change,), scene(definition(before), definition(after))) == ()


def test_a_change_of_a_check_in_a_table_that_is_new_is_taken_as_it_is() -> None:
    """There are no columns of before whose names it could follow."""
    full = resolve_names(definition(FULL)).tables[0]
    check = full.checks[0]
    change: Change = ChangeCheck(
        table=TableName.of(full), before=check, after=replace(check, expression="a > 2")
    )
    with pytest.raises(MissingThingError):
        all_moves((change,), scene(definition(), definition(FULL)))


def test_a_label_without_a_place_comes_last() -> None:
    """An enum may have been empty."""
    found = add_enum_value(Place("public", "mood"), "ok", "mood")
    assert found.sql == "ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'ok'"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, Reversibility.EXACT), (2, Reversibility.STRUCTURE)]
)
def test_a_type_that_could_lose_is_exact_when_no_value_does(
    count: int, expected: Reversibility
) -> None:
    """Rows decide, not types."""
    before = definition(table("t", column("a", "BIGINT")))
    after = definition(table("t", column("a", "INT")))
    small = replace(BIG, size_bytes=8192)
    facts = losing("t.a", count, small)
    plan = make_plan(before, after, options=FOR_GOOD, facts=facts)
    assert plan.reversibility is expected


def test_a_column_that_loses_and_allows_no_null_cannot_come_back() -> None:
    """There are rows, and nothing to put into them."""
    before = definition(table("t", "id", column("a", nullable=False)))
    after = definition(table("t", "id"))
    plan = make_plan(before, after, options=FOR_GOOD, facts=losing("t.a", 2, BIG))
    assert plan.reversibility is Reversibility.IMPOSSIBLE
    assert "could not come back" in plan.notes[0]


def test_a_limit_that_goes_comes_back_beside_a_big_column() -> None:
    """What is done at once is not always undone at once."""
    before = definition(table("t", column("a", type_of("DECIMAL", precision=5, scale=2))))
    after = definition(table("t", column("a", "DECIMAL")))
    facts = Facts(server_major=18, tables={"t": BIG}, rows={})
    plan = make_plan(before, after, options=KEEPING, facts=facts)
    assert (len(plan.up), len(plan.down) > 1) == (1, True)
    assert "beside" in plan.notes[0]


def test_a_not_null_gets_its_former_name_back_where_its_column_had_another() -> None:
    """The way back makes it under the names of after."""
    made = table("t", "a")
    before = definition(replace(made, columns=(replace(made.columns[0], nullable=False),)))
    after = definition(replace(made, columns=(replace(made.columns[0], name="b"),)))
    plan = make_plan(before, after, options=KEEPING)
    back = [each.sql for line in plan.down for each in line.statements]
    assert any("t_a_not_null" in each for each in back)


def test_a_key_that_goes_from_a_table_that_moves_is_not_renamed() -> None:
    """Only what stays follows its table."""

    def moved(whole: Table) -> Definition:
        return definition(replace(whole, namespace="app"), namespaces=["app"])

    counted = table("t", column("n", identity=IdentityKind.ALWAYS), "a", uniques=["a"])
    before = definition(replace(counted, indexes=FULL.indexes), namespaces=["app"])
    plan = make_plan(before, moved(table("t", column("n", nullable=False), "a")), options=KEEPING)
    assert not any("RENAME" in each for each in texts(plan))


def test_an_enum_that_goes_makes_way_for_another_of_its_name() -> None:
    """Columns leave it under the name that it has meanwhile."""
    before = definition(
        table("t", column("a", MOOD, default=literal("x"))), enums=[enum("mood", "x")]
    )
    new = replace(enum("new", "x", "y"), name="mood")
    after = definition(
        table("t", column("a", ColumnType(data_type=DataType.ENUM, enum_id="new"))), enums=[new]
    )
    plan = make_plan(before, after, options=KEEPING)
    assert any("RENAME TO sb_tmp_t" in each for each in texts(plan))
    assert plan.reversibility is Reversibility.EXACT


def test_a_default_that_is_no_renamed_label_stays_as_it_is() -> None:
    """Only labels are called otherwise."""

    def with_default(*values: str, default: str) -> Definition:
        made = table("t", column("a", MOOD, default=literal(default)))
        return definition(made, enums=[enum("mood", *values)])

    before = with_default("x", "y", default="x")
    plan = make_plan(
        before,
        with_default("x", "z", default="z"),
        options=KEEPING,
        renamed_values={"mood": {"y": "z"}},
    )
    back = [each.sql for line in plan.down for each in line.statements]
    assert any("SET DEFAULT 'x'" in each for each in back)


def test_dropping_a_unique_index_takes_the_references_that_stand_on_it_along() -> None:
    """They are made again on the constraint that takes its place."""

    def made(**parts: object) -> Definition:
        return definition(
            table("t", "a", "b", **parts),  # type: ignore[arg-type]  # parts of a table
            table("c", "a"),
            foreign_keys=[foreign_key("c", "a", "t", "a")],
        )

    before = made(indexes=[index("a", unique=True)])
    plan = make_plan(before, made(uniques=["a"]), options=KEEPING)
    found = texts(plan)
    dropped = next(place for place, each in enumerate(found) if "DROP CONSTRAINT" in each)
    assert dropped < next(place for place, each in enumerate(found) if "DROP INDEX" in each)
    assert Blocks.READS_AND_WRITES in {
        each.effect.blocks for line in plan.up for each in line.statements
    }


def test_a_default_comes_back_under_the_text_that_its_label_has_by_then() -> None:
    """The way back changes the default before it renames labels back."""

    def with_default(*values: str, default: str) -> Definition:
        made = table("t", column("a", MOOD, default=literal(default)))
        return definition(made, enums=[enum("mood", *values)])

    plan = make_plan(
        with_default("x", "y", default="y"),
        with_default("x", "z", default="x"),
        options=KEEPING,
        renamed_values={"mood": {"y": "z"}},
    )
    back = [each.sql for line in plan.down for each in line.statements]
    assert [each for each in back if "SET DEFAULT" in each] == [
        "ALTER TABLE public.t ALTER COLUMN a SET DEFAULT 'z'"
    ]


def test_a_unique_goes_after_the_references_that_stand_on_it() -> None:
    """They are made again on the primary key that takes its place."""

    def made(**parts: object) -> Definition:
        return definition(
            table("t", column("a", nullable=False), **parts),  # type: ignore[arg-type]  # parts of a table
            table("c", "a"),
            foreign_keys=[foreign_key("c", "a", "t", "a")],
        )

    ends = made(uniques=["a"]), made(primary_key="a")
    for (before, after), name in ((ends, "t_a_key"), (ends[::-1], "t_pkey")):
        found = texts(make_plan(before, after, options=KEEPING))
        dropped = [each.rpartition(" ")[2] for each in found if "DROP CONSTRAINT" in each]
        assert dropped == ["c_a_fkey", name]


def test_a_unique_constraint_of_a_big_table_over_other_columns_is_built_beside_the_old_one() -> (
    None
):
    """The old one holds until the new one is there."""
    columns = (column("a", nullable=False), column("b", nullable=False))
    before = definition(table("t", *columns, uniques=["a"]))
    (old,) = before.tables[0].uniques
    changed = replace(old, column_ids=tuple(each.id for each in before.tables[0].columns))
    after = replace(before, tables=(replace(before.tables[0], uniques=(changed,)),))
    facts = Facts(server_major=18, tables={"t": BIG}, rows={})
    sql = texts(make_plan(before, after, options=KEEPING, facts=facts))
    (built,) = [n for n, each in enumerate(sql) if "UNIQUE INDEX CONCURRENTLY" in each]
    (gone,) = [n for n, each in enumerate(sql) if "DROP CONSTRAINT" in each]
    assert built < gone
