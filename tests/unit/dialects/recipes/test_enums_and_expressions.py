"""Defaults of a live database, which name their enum, while enums get other names and labels."""

from __future__ import annotations

from dataclasses import replace

from core.definition.model import Column, Definition, Enum
from core.definition.types import ColumnType, DataType
from core.dialects.facts import Dependent, Facts, TableFacts
from core.dialects.moves import Options
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import TEXT, column, definition, enum, expression, table

MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
VIEW = Dependent(
    kind="view",
    name="public.v",
    column="m",
    level=1,
    drop_sql="DROP VIEW public.v",
    create_sql=("CREATE VIEW public.v AS SELECT m FROM public.t",),
)


def state(name: str, *values: str, default: str | None, data_type: str = "INT") -> Definition:
    """Return a table with a column of an enum and one of another type."""
    of_enum: Enum = replace(enum("mood", *values), name=name)
    m: Column = column(
        "m", MOOD, default=None if default is None else expression(f"'{default}'::public.{name}")
    )
    return definition(table("t", m, column("n", data_type)), enums=[of_enum])


def back(plan: Plan) -> list[str]:
    """Return the statements of the way back."""
    return [each.sql for line in plan.down for each in line.statements]


def planned(before: Definition, after: Definition, **renamed: str) -> Plan:
    """Plan with labels renamed."""
    values = {"mood": renamed} if renamed else {}
    changes = diff(before, after, renamed_values=values)
    return make_plan(
        before, after, options=Options(token="x"), changes=changes, renamed_values=values
    )


def test_a_default_that_comes_back_names_the_enum_as_it_is_called_by_then() -> None:
    """It comes back before names do, with labels of after."""
    before = state("mood", "sad", "ok", default="sad")
    after = state("feeling", "blue", "ok", default=None)
    sql = back(planned(before, after, sad="blue"))
    default = next(each for each in sql if "SET DEFAULT" in each)
    assert default.endswith("SET DEFAULT (CAST('blue' AS public.feeling))")


def test_a_default_over_an_enum_that_is_made_anew_comes_back_with_its_old_label() -> None:
    """The type of before is there again by then, under the name of after."""
    before = state("mood", "sad", "ok", default="sad")
    after = state("feeling", "ok", "blue", default="blue")
    sql = back(planned(before, after, sad="blue"))
    assert any(each.endswith("SET DEFAULT (CAST('sad' AS public.feeling))") for each in sql)


def test_a_default_that_names_no_enum_comes_back_as_it_was() -> None:
    """Only what changed is written otherwise."""
    before = definition(
        table("t", column("m", MOOD), column("n", TEXT, default=expression("lower('A')"))),
        enums=[enum("mood", "sad", "ok")],
    )
    after = definition(
        table("t", column("m", MOOD), column("n", TEXT)),
        enums=[replace(enum("mood", "sad", "ok"), name="feeling")],
    )
    assert any("SET DEFAULT (lower('A'))" in each for each in back(planned(before, after)))


def test_a_view_is_taken_down_once_though_two_plans_meet_it() -> None:
    """The way back of added values is a plan of its own, inside the one that took the view down."""
    before = state("mood", "sad", "ok", default=None, data_type="INT")
    after = state("mood", "sad", "so so", "ok", default=None, data_type="BIGINT")
    size = TableFacts(
        estimated_rows=1,
        size_bytes=8192,
        index_size_bytes=0,
        dependents=(VIEW, replace(VIEW, column="n")),
    )
    facts = Facts(server_major=18, tables={"t": size}, rows={})
    plan = make_plan(before, after, options=Options(token="x"), facts=facts)
    assert back(plan).count("DROP VIEW public.v") == 1
