"""What a retention policy keeps, by example and by law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.backups.model import Backup, BackupState, Verification, VerificationState
from core.backups.retention import keep
from core.backups.schedule import Generations, RetentionPolicy
from core.backups.taking import pending_backup
from tests.fakes.clock import START, FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
NOW = START + timedelta(days=400)


def taken(name: str, at: datetime, *, size_bytes: int = 1, is_proven: bool = False) -> Backup:
    """Return a complete backup."""
    backup = pending_backup(
        backup_id=name,
        schema_id="schema",
        version_number=1,
        reason="scheduled",
        clock=FakeClock(at),
    )
    state = VerificationState.PASSED if is_proven else VerificationState.NEVER
    return replace(
        backup,
        state=BackupState.AVAILABLE,
        size_bytes=size_bytes,
        verification=Verification(state=state),
    )


@st.composite
def backups(draw: st.DrawFn, *, all_proven: bool = False) -> list[Backup]:
    """Return backups of the last year, some of them at the same moment."""
    hours = draw(st.lists(st.integers(0, 400 * 24), max_size=25))
    return [
        taken(
            f"{number:03}",
            NOW - timedelta(hours=ago),
            size_bytes=draw(st.integers(0, 50)),
            is_proven=all_proven or draw(st.booleans()),
        )
        for number, ago in enumerate(hours)
    ]


def policies(*, with_bytes: bool = True) -> st.SearchStrategy[RetentionPolicy]:
    """Return policies of every sort."""
    few = st.integers(0, 6)
    return st.builds(
        RetentionPolicy,
        days=st.none() | st.integers(1, 400),
        count=st.none() | st.integers(1, 30),
        generations=st.none()
        | st.builds(Generations, hourly=few, daily=few, weekly=few, monthly=few, yearly=few),
        max_bytes=st.none() | st.integers(1, 300) if with_bytes else st.none(),
    )


def kept_of(found: Sequence[Backup], policy: RetentionPolicy) -> list[Backup]:
    """Return the backups that are kept."""
    kept = keep(found, policy, NOW, BERLIN)
    return [backup for backup in found if backup.id in kept]


@given(backups(), policies())
def test_the_newest_proven_and_the_newest_backup_always_stay(
    found: list[Backup], policy: RetentionPolicy
) -> None:
    """Whatever somebody writes into a policy, there is something to restore."""
    kept = keep(found, policy, NOW, BERLIN)
    assert kept <= {backup.id for backup in found}
    order = sorted(found, key=lambda backup: (backup.created_at, backup.id))
    proven = [b for b in order if b.verification.state is VerificationState.PASSED]
    assert {backup.id for backup in (*order[-1:], *proven[-1:])} <= kept


@given(backups(), policies())
def test_applying_a_policy_twice_removes_nothing_more(
    found: list[Backup], policy: RetentionPolicy
) -> None:
    """Rounds may come as often as they like."""
    once = kept_of(found, policy)
    assert kept_of(once, policy) == once


@given(backups(), policies())
def test_the_order_of_the_backups_does_not_matter(
    found: list[Backup], policy: RetentionPolicy
) -> None:
    """The records may come in any order."""
    assert keep(list(reversed(found)), policy, NOW, BERLIN) == keep(found, policy, NOW, BERLIN)


@given(backups(), policies(with_bytes=False), st.integers(1, 300))
def test_a_limit_of_bytes_only_takes_the_oldest_away(
    found: list[Backup], policy: RetentionPolicy, max_bytes: int
) -> None:
    """What is kept fits, save what is spared, and is newer than what went for it."""
    freely = keep(found, policy, NOW, BERLIN)
    tightly = keep(found, replace(policy, max_bytes=max_bytes), NOW, BERLIN)
    assert tightly <= freely
    size = sum(backup.size_bytes or 0 for backup in found if backup.id in tightly)
    order = sorted(found, key=lambda backup: (backup.created_at, backup.id), reverse=True)
    proven = [b.id for b in order if b.verification.state is VerificationState.PASSED][:1]
    spared = {*[b.id for b in order[:1]], *proven}
    assert size <= max_bytes or tightly == spared
    gone = [b for b in order if b.id in freely - tightly]
    ordinary = [b for b in order if b.id in tightly - spared]
    if gone and ordinary:
        newest, oldest = gone[0], ordinary[-1]
        assert (newest.created_at, newest.id) < (oldest.created_at, oldest.id)


@given(backups(all_proven=True), policies(with_bytes=False))
def test_pruning_all_along_keeps_what_pruning_at_the_end_keeps(
    found: list[Backup], policy: RetentionPolicy
) -> None:
    """A backup that is needed for a period later is never removed before."""
    there: list[Backup] = []
    for backup in sorted(found, key=lambda each: (each.created_at, each.id)):
        there.append(backup)
        kept = keep(there, policy, backup.created_at, BERLIN)
        there = [each for each in there if each.id in kept]
    assert keep(there, policy, NOW, BERLIN) == keep(found, policy, NOW, BERLIN)


@given(backups(all_proven=True), st.integers(1, 30))
def test_a_count_keeps_exactly_the_newest_so_many(found: list[Backup], count: int) -> None:
    """Neither more nor fewer."""
    order = sorted(found, key=lambda backup: (backup.created_at, backup.id), reverse=True)
    kept = keep(found, RetentionPolicy(count=count), NOW, BERLIN)
    assert kept == {backup.id for backup in order[:count]}


@given(backups())
def test_without_a_wish_everything_stays(found: list[Backup]) -> None:
    """An empty policy removes nothing."""
    assert kept_of(found, RetentionPolicy()) == found


def test_generations_keep_the_newest_of_each_period_of_the_zone() -> None:
    """Midnight is where the schedule says, and a period without a backup does not count."""
    found = [
        taken("berlin 2 January", datetime(2026, 1, 1, 23, 30, tzinfo=UTC)),
        taken("berlin 1 January, late", datetime(2026, 1, 1, 22, 30, tzinfo=UTC)),
        taken("berlin 1 January, early", datetime(2026, 1, 1, 1, tzinfo=UTC)),
        taken("November", datetime(2025, 11, 30, 1, tzinfo=UTC)),
        taken("October", datetime(2025, 10, 30, 1, tzinfo=UTC)),
    ]
    daily = RetentionPolicy(generations=Generations(daily=2))
    assert keep(found, daily, NOW, BERLIN) == {"berlin 2 January", "berlin 1 January, late"}
    monthly = RetentionPolicy(generations=Generations(monthly=2))
    assert keep(found, monthly, NOW, BERLIN) == {"berlin 2 January", "November"}
    yearly = RetentionPolicy(generations=Generations(yearly=2, daily=1))
    assert keep(found, yearly, NOW, BERLIN) == {"berlin 2 January", "November"}


def test_the_hour_that_a_clock_shows_twice_is_two_hours() -> None:
    """In the night in which the clock is put back."""
    found = [
        taken("first", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        taken("second", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ]
    hourly = RetentionPolicy(generations=Generations(hourly=2))
    assert keep(found, hourly, NOW, BERLIN) == {"first", "second"}
