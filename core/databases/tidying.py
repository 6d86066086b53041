"""Removing what migrations set aside, once the time is over in which it can be wanted back.

The schedule queues a job for it, which excludes the other jobs of the same database.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from typing_extensions import override

from core.clock import Clock
from core.databases.engine import Session
from core.databases.errors import StatementFailedError
from core.databases.migration import Migration, MigrationState
from core.databases.model import DatabaseState
from core.databases.replacing import remove_leftovers
from core.databases.saving import save
from core.databases.site import Ports, open_site
from core.dialects.moves import SetAside
from core.jobs.model import Job, JobId, JobKind, JobState, NewJob
from core.jobs.queue import Announcer, announce_new
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import OpenStore, Store

BATCH = 100
"""Migrations looked at in one round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideRemoval(Runner[Store]):
    """Removes what was set aside in one database and is not kept any more."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Remove, and say so in the record of each migration."""
        job = run.job
        now = self.ports.clock.now()
        with ExitStack() as stack:
            # Reached before the step begins, so that a server that is away is known to hold nothing
            # of this attempt.
            site = stack.enter_context(open_site(job, self.ports))
            with run.step("remove_set_aside"):
                stack.enter_context(run.stoppable(site.engine.cancel))
                with self.ports.open_store() as store:
                    over = [
                        migration
                        for migration in store.migrations.keeping(job.schema_id)
                        if migration.set_aside_until is not None
                        and migration.set_aside_until <= now
                        and not _is_wanted_back(migration)
                    ]
                is_there = (
                    site.database.state is DatabaseState.READY
                    and site.engine.marker(site.database.name) is not None
                )
                if over and is_there:
                    session = stack.enter_context(
                        site.engine.session(site.database.name, site.credentials)
                    )
                    session.take_turn(lambda words, _share: run.progress(words))
                    if any(_had_no_window(each) for each in over) and _holds(session, over):
                        save(site, run, self.ports, reason="before_removal")
                    for migration in over:
                        run.prove_lease()
                        session.remove_set_aside(migration.set_aside)
                    session.tidy_set_aside()
            with run.step("record"):
                run.pass_point_of_no_return()

        def record(store: Store) -> None:
            for migration in over:
                _mark_removed(store, migration, self.ports.clock)

        return Outcome(
            result={
                "databaseName": site.database.name,
                "removed": sum(len(migration.set_aside) for migration in over),
            },
            record=record,
        )

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return nothing: what is removed is not removed twice, so nothing is lost by that."""
        return None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """End the sessions of attempts, which would keep others waiting for their turn.

        Each removal is whole, and what is left is for the next round.
        """
        remove_leftovers(job, self.ports, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Leave everything as it is: the next round tries again."""


def queue_removals(*, open_store: OpenStore, announcer: Announcer, clock: Clock) -> int:
    """Queue a job for each database that keeps things longer than it has to; return how many."""
    queued: list[Job] = []
    with open_store() as store:
        over = [
            migration
            for migration in store.migrations.expired(clock.now(), BATCH)
            if not _is_wanted_back(migration)
        ]
        for schema_id in dict.fromkeys(migration.schema_id for migration in over):
            schema = store.schemas.get(schema_id)
            if schema is None:
                # Nothing of ours changes the database of a deleted schema any more.
                for migration in over:
                    if migration.schema_id == schema_id:
                        _mark_removed(store, migration, clock)
                continue
            if any(job.kind is JobKind.TIDY for job in store.jobs.unfinished_of_schema(schema_id)):
                continue
            queued.append(
                store.jobs.add(
                    NewJob(
                        id=JobId(str(uuid4())),
                        kind=JobKind.TIDY,
                        owner=schema.owner,
                        schema_id=schema_id,
                        arguments={},
                        created_at=clock.now(),
                    )
                )
            )
        store.commit()
    for job in queued:
        announce_new(job, announcer=announcer)
    return len(queued)


def _had_no_window(migration: Migration) -> bool:
    """Tell whether nothing was to be kept.

    The backup before such a migration does not have what was written while it was taken.
    """
    return migration.set_aside_until is not None and (
        migration.applied_at is None or migration.set_aside_until <= migration.applied_at
    )


def _holds(session: Session, migrations: Iterable[Migration]) -> bool:
    """Tell whether anything that was set aside has a value."""
    return any(
        session.count_set_aside(thing)
        for migration in migrations
        for thing in migration.set_aside
        if thing.kind != "enum"
    )


def _is_wanted_back(migration: Migration) -> bool:
    """Tell whether somebody asked in time for what was set aside, and still waits for it."""
    return migration.state is MigrationState.REVERTING


def remove_stale(session: Session, kept: Iterable[Migration]) -> None:
    """Remove what is out of sight and belongs to no migration that still keeps it.

    A backup that was taken inside a window brings back what was removed since.

    Args:
        session: The database, which nobody else uses yet.
        kept: The migrations whose windows are open, or whose things the schedule is to remove.

    Raises:
        LockTimeoutError: others held it until patience was at its end.
    """
    known = {_told_apart(thing) for migration in kept for thing in migration.set_aside}
    for thing in session.hidden():
        if _told_apart(thing) not in known:
            # What a view of the backup reads stays, rather than that nothing can be restored.
            with suppress(StatementFailedError):
                session.remove_set_aside([thing])
    session.tidy_set_aside()


def _told_apart(thing: SetAside) -> tuple[str, str]:
    """Return the name that only this thing has: tables of columns may be renamed later."""
    return thing.kind, thing.column or thing.name


def forget_set_aside(store: Store, schema_id: str, clock: Clock) -> None:
    """Record that nothing is set aside any more in a database that was made anew."""
    for migration in store.migrations.keeping(schema_id):
        _mark_removed(store, migration, clock)


def _mark_removed(store: Store, migration: Migration, clock: Clock) -> None:
    newest = store.migrations.get(migration.schema_id, migration.id)
    if newest is not None:
        store.migrations.put(replace(newest, set_aside_removed_at=clock.now()))
