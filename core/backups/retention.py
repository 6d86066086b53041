"""Which backups a retention policy keeps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from core.backups.model import Backup, VerificationState
from core.backups.schedule import Generations, RetentionPolicy


def keep(
    backups: Iterable[Backup], policy: RetentionPolicy, now: datetime, zone: tzinfo
) -> frozenset[str]:
    """Return the ids of the backups that are kept.

    Two are kept whatever the policy says: the newest one, and the newest one that was proven by
    restoring it.

    Args:
        backups: Those of one schema that are complete, in any order.
        policy: What is wanted.
        now: The present.
        zone: Where days, weeks, months and years begin.
    """
    ordered = sorted(backups, key=lambda backup: (taken_at(backup), backup.id), reverse=True)
    spared = _spared(ordered)
    wanted = spared | _wanted(ordered, policy, now, zone)
    return spared | _fitting([backup for backup in ordered if backup.id in wanted], policy, spared)


def taken_at(backup: Backup) -> datetime:
    """Return the time that counts as a backup's age: that of being asked for, as its data is."""
    return backup.created_at


def _spared(newest_first: Sequence[Backup]) -> frozenset[str]:
    proven = [
        backup for backup in newest_first if backup.verification.state is VerificationState.PASSED
    ]
    return frozenset(backup.id for backup in (*newest_first[:1], *proven[:1]))


def _wanted(
    newest_first: Sequence[Backup], policy: RetentionPolicy, now: datetime, zone: tzinfo
) -> frozenset[str]:
    if policy.days is None and policy.count is None and policy.generations is None:
        return frozenset(backup.id for backup in newest_first)
    wanted: set[str] = set()
    if policy.days is not None:
        oldest = now - timedelta(days=policy.days)
        wanted.update(backup.id for backup in newest_first if taken_at(backup) >= oldest)
    if policy.count is not None:
        wanted.update(backup.id for backup in newest_first[: policy.count])
    if policy.generations is not None:
        for periods, period_of in _rhythms(policy.generations):
            wanted.update(_newest_of_each(newest_first, periods, period_of, zone))
    return frozenset(wanted)


def _rhythms(
    generations: Generations,
) -> tuple[tuple[int, Callable[[datetime], tuple[object, ...]]], ...]:
    """Return how many periods are kept, and what tells two of them apart."""
    return (
        # The offset tells the two hours apart that a clock shows twice when it is put back.
        (generations.hourly, lambda at: (at.date(), at.hour, at.utcoffset())),
        (generations.daily, lambda at: (at.date(),)),
        (generations.weekly, lambda at: tuple(at.isocalendar())[:2]),
        (generations.monthly, lambda at: (at.year, at.month)),
        (generations.yearly, lambda at: (at.year,)),
    )


def _newest_of_each(
    newest_first: Sequence[Backup],
    periods: int,
    period_of: Callable[[datetime], tuple[object, ...]],
    zone: tzinfo,
) -> list[str]:
    """Return the newest backup of each of the last so many periods that have one."""
    newest: dict[tuple[object, ...], str] = {}
    for backup in newest_first:
        newest.setdefault(period_of(taken_at(backup).astimezone(zone)), backup.id)
    return list(newest.values())[:periods]


def _fitting(
    newest_first: Sequence[Backup], policy: RetentionPolicy, spared: frozenset[str]
) -> frozenset[str]:
    """Return the newest ones that fit into the bytes beside those that are spared."""
    if policy.max_bytes is None:
        return frozenset(backup.id for backup in newest_first)
    left = policy.max_bytes - sum(
        backup.size_bytes or 0 for backup in newest_first if backup.id in spared
    )
    fitting: set[str] = set()
    for backup in newest_first:
        if backup.id in spared:
            continue
        left -= backup.size_bytes or 0
        if left < 0:
            break
        fitting.add(backup.id)
    return frozenset(fitting)
