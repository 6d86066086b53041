"""Where a plan goes on, or back, from what its journal says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from core.databases.engine import Session
from core.databases.lines import Track, progress_of
from core.databases.migration import Migration, MigrationState
from core.databases.names import Direction, Marker, MigrationProgress
from core.dialects.moves import Reversibility
from core.dialects.statement import Blocks, Effect, Line, Statement, Work
from core.planning.plan import Plan, Return

MIGRATION = Migration(
    id="m",
    schema_id="s",
    from_version=1,
    to_version=2,
    document=None,
    state=MigrationState.APPLYING,
    plan={},
    before_fingerprint="before",
    after_fingerprint="after",
    impact={},
    findings=(),
    allowed_losses=(),
    set_aside=(),
    author="local",
    note="",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass(slots=True)
class Sheet:
    """A session that writes down which lines it is given."""

    text: str = ""
    """The journal."""
    ran: list[str] = field(default_factory=list)
    """The lines."""

    def journal(self) -> str:
        """Return the journal."""
        return self.text

    def write_journal(self, text: str) -> None:
        """Replace the journal."""
        self.text = text

    def run_line(
        self, line: Line, *, journal: str, progress: Callable[[str, float | None], None]
    ) -> None:
        """Write down a line."""
        progress("runs", None)
        if line.statements[0].sql == "dies":
            raise ConnectionError
        self.ran.append(line.statements[0].sql)
        self.text = journal


def line(sql: str, *, is_transactional: bool = True) -> Line:
    """Return a line of one statement."""
    effect = Effect(lock=None, blocks=Blocks.NOTHING, work=Work.CATALOG, source="a test")
    return Line(statements=(Statement(sql=sql, effect=effect, is_transactional=is_transactional),))


PLAN = Plan(
    changes=(),
    up=(line("up 0"), line("up 1", is_transactional=False), line("up 2")),
    down=(line("down 2"), line("down 1"), line("down 0")),
    undo_from=(3, 2, 1, 0),
    before_fingerprint="before",
    after_fingerprint="after",
    sets_aside=(),
    reversibility=Reversibility.EXACT,
    notes=(),
)


def track(sheet: Sheet, plan: Plan = PLAN) -> Track:
    """Return the plan on its way through a sheet."""
    # It has the three methods that a track uses.
    return Track(session=cast("Session", sheet), migration=MIGRATION, plan=plan)


def at(direction: Direction, done: int, *, migration_id: str = "m") -> Sheet:
    """Return a sheet whose journal says so much."""
    progress = MigrationProgress(migration_id=migration_id, direction=direction, line=done, lines=3)
    marker = Marker(job_id="j", schema_id="s", version_number=1, progress=progress)
    return Sheet(text=marker.text())


UP, DOWN = Direction.UP, Direction.DOWN


@pytest.mark.parametrize(
    ("sheet", "ran"),
    [
        (Sheet(), ["up 0", "up 1", "up 2"]),
        (at(UP, 3, migration_id="another"), ["up 0", "up 1", "up 2"]),
        (at(UP, 1), ["up 1", "up 2"]),
        (at(UP, 3), []),
        (at(DOWN, 1), ["down 1", "down 0", "up 0", "up 1", "up 2"]),
        (at(DOWN, 3), ["up 0", "up 1", "up 2"]),
    ],
    ids=["no journal", "another's", "one up", "all up", "one down", "all down"],
)
def test_the_way_up_goes_on_where_the_journal_says(sheet: Sheet, ran: Sequence[str]) -> None:
    """At its end the marker has the version it led to."""
    track(sheet).go_up()
    assert sheet.ran == ran
    marker = Marker.read(sheet.text)
    assert marker is not None
    if ran:
        assert marker.version_number == 2
        assert not track(sheet).is_under_way()


@pytest.mark.parametrize(
    ("sheet", "ran"),
    [
        (Sheet(), []),
        (at(UP, 0), []),
        (at(UP, 1), ["down 1", "down 0"]),
        (at(UP, 2), ["down 1", "down 0"]),
        (at(UP, 3), ["down 2", "down 1", "down 0"]),
        (at(DOWN, 2), ["down 0"]),
        (at(DOWN, 3), []),
    ],
    ids=["nothing", "none", "one and part of two", "two", "three", "two back", "all back"],
)
def test_the_way_back_takes_back_what_is_in_effect(sheet: Sheet, ran: Sequence[str]) -> None:
    """A line that is not transactional may have run in part without a word of it."""
    track(sheet).go_down()
    assert sheet.ran == ran


def test_what_no_journal_tells_of_is_taken_back_as_a_whole() -> None:
    """A restored database is in the state after, and has no journal."""
    sheet = Sheet()
    track(sheet).take_back()
    assert sheet.ran == ["down 2", "down 1", "down 0"]
    begun = at(DOWN, 1)
    track(begun).take_back()
    assert begun.ran == ["down 1", "down 0"]


@pytest.mark.parametrize(
    ("sheet", "ran"),
    [
        (Sheet(), []),
        (at(UP, 2), ["up 2"]),
        (at(DOWN, 0), []),
        (at(DOWN, 1), ["up 2"]),
        (at(DOWN, 3), ["up 0", "up 1", "up 2"]),
    ],
    ids=["nothing", "on the way up", "none back", "one back", "all back"],
)
def test_an_unfinished_taking_back_is_brought_up_again(sheet: Sheet, ran: Sequence[str]) -> None:
    """From the nearest place from where there is a way up."""
    track(sheet).return_up()
    assert sheet.ran == ran


TURNING = replace(
    PLAN,
    returns=(
        Return(line=None, done=3),
        Return(line=line("turn 1"), done=2),
        Return(line=None, done=1),
        Return(line=None, done=0),
    ),
)
"""A plan that can turn round at each line of its way back."""


@pytest.mark.parametrize(
    ("sheet", "ran"),
    [
        (at(DOWN, 0), []),
        (at(DOWN, 1), ["turn 1", "up 2"]),
        (at(DOWN, 2), ["up 1", "up 2"]),
        (at(DOWN, 3), ["up 0", "up 1", "up 2"]),
    ],
    ids=["none back", "one back", "two back", "all back"],
)
def test_a_plan_that_knows_how_turns_round_at_any_line(sheet: Sheet, ran: Sequence[str]) -> None:
    """The journal turns with it, so that whoever comes next goes on up."""
    track(sheet, TURNING).return_up()
    assert sheet.ran == ran
    marker = Marker.read(sheet.text)
    assert marker is not None
    assert marker.progress is not None
    assert (marker.progress.direction, marker.progress.is_complete) == (UP, True)
    assert marker.version_number == 2


def test_a_first_line_down_that_may_be_done_in_part_is_noted_before() -> None:
    """Else nobody would know that there is something to mend."""
    sheet = at(UP, 3)
    died = replace(PLAN, down=(line("dies", is_transactional=False), *PLAN.down[1:]))
    with pytest.raises(ConnectionError):
        track(sheet, died).go_down()
    assert progress_of(Marker.read(sheet.text), MIGRATION) == MigrationProgress(
        migration_id="m", direction=DOWN, line=0, lines=3
    )


def test_lines_down_are_given_a_last_look() -> None:
    """Those up are not: what they drop is put out of sight."""
    sheet = at(UP, 2)
    looking = replace(track(sheet), last_look=lambda _: line("looked"))
    looking.go_up()
    looking.go_down()
    assert sheet.ran == ["up 2", "looked", "looked", "looked"]


def test_a_plan_between_its_states_is_under_way() -> None:
    """Whichever way it goes."""
    assert track(at(UP, 1)).is_under_way()
    assert track(at(DOWN, 2)).is_under_way()
    assert not track(at(DOWN, 3)).is_under_way()
    assert not track(Sheet()).is_under_way()


def test_progress_survives_the_comment_of_a_database() -> None:
    """A marker without progress, or of a broken one, speaks of no migration."""
    marker = Marker.read(at(UP, 2).text)
    assert progress_of(marker, MIGRATION) == MigrationProgress(
        migration_id="m", direction=UP, line=2, lines=3
    )
    assert progress_of(Marker(job_id="j", schema_id="s", version_number=1), MIGRATION) is None
    assert Marker.read(at(UP, 2).text.replace('"up"', '"sideways"')) is None
    assert progress_of(None, MIGRATION) is None
