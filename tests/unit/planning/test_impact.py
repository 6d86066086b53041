"""What a plan does, with numbers."""

from __future__ import annotations

import json

from core.dialects.facts import (
    Dependent,
    Facts,
    RowTest,
    RowTestKind,
    RowTestResult,
    TableFacts,
)
from core.dialects.moves import Options
from core.dialects.statement import Blocks, Work
from core.planning.impact import ImpactItem, impact, impact_to_json
from core.planning.making import make_plan
from tests.builders import TEXT, column, definition, table

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
    return {item.subject.label: item for item in impact(plan, BEFORE, facts)}


def test_a_rewrite_says_how_long_everybody_waits() -> None:
    """Bytes and the measured rate give the seconds."""
    item = told()["public.users.n"]
    assert (item.work, item.blocks) == (Work.REWRITE, Blocks.READS_AND_WRITES)
    assert item.estimated_seconds >= 40
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
