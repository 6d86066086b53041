"""Putting a proven database in the place of the published one, and taking back what failed.

A replacement is built in a staging database and swapped in by renames in one transaction, so there
is no moment in which a killed job leaves the published name without a whole database.
"""

from __future__ import annotations

from contextlib import ExitStack

from core.backups.model import Backup
from core.backups.taking import backup_id_of, discard_dumps, take
from core.databases.engine import Engine, Session
from core.databases.errors import DatabaseExistsError, DataWouldBeLostError
from core.databases.mending_roles import mend_after_end
from core.databases.model import DatabaseState
from core.databases.names import (
    RETIRED_SUFFIX,
    Marker,
    is_made_by,
    retired_name,
    staging_name,
    stem,
)
from core.databases.site import Ports, Site, application_name_of, is_placed, reached
from core.errors import UnavailableError
from core.jobs.model import Job, JobKind
from core.jobs.running import Ending, JobRun


def is_published(engine: Engine, name: str, job: Job) -> bool:
    """Tell whether an attempt of this job has already put its database in place."""
    return is_made_by(engine.marker(name), job)


def make_staging(site: Site) -> str:
    """Make the empty staging database of a job; return its name."""
    name = staging_name(site.job)
    marker = Marker(
        job_id=site.job.id,
        schema_id=site.schema.id,
        version_number=site.version.number,
    )
    groups = None if site.access is None else site.access.groups
    site.engine.create_database(
        name, owner=site.credentials.role, marker=marker.text(), groups=groups
    )
    return name


def publish(site: Site, run: JobRun, ports: Ports, *, may_lose_rows: bool, reason: str) -> None:
    """Swap the staging database in, with a backup first of any rows that go with the old one.

    From the look for rows until the swap nobody can write, so no row falls between.

    Raises:
        DataWouldBeLostError: there are rows, and they may not be lost. The old one goes on.
        DatabaseExistsError: a first build found that there is a database already.
    """
    names = {
        "staging": staging_name(site.job),
        "final": site.database.name,
        "retired": retired_name(site.job),
    }
    has_backup_step = _takes_backups(site.job)
    with ExitStack() as stack:
        old: Session | None = None
        if site.engine.marker(site.database.name) is None:
            if has_backup_step:
                run.skip("back_up")
        elif not has_backup_step:
            raise DatabaseExistsError(database_name=site.database.name)
        else:
            old = stack.enter_context(site.engine.session(site.database.name, site.credentials))
            with run.step("back_up"):
                _save_rows(site, old, run, ports, may_lose_rows=may_lose_rows, reason=reason)
        with run.step("publish"):
            run.pass_point_of_no_return()
            if old is not None:
                site.engine.close_to_sessions(site.database.name, keep=old)
                old.confirm_frozen()
                run.prove_lease()
                stack.close()
            site.engine.swap(**names)


def remove_old(site: Site) -> None:
    """Remove the databases that this job replaced or never published; its own is in place."""
    for name in site.engine.list_databases(stem(site.job.id)):
        site.engine.drop_database(name)


def what_would_go(session: Session) -> tuple[str, ...]:
    """Return the tables with rows, and the things no definition knows, that a new build lacks."""
    unknown = (f"{thing.kind} {thing.name}" for thing in session.introspect().unknown)
    return (*session.tables_with_rows(), *unknown)


def back_up_rows(
    site: Site, session: Session, run: JobRun, ports: Ports, *, reason: str
) -> Backup | None:
    """Keep everybody from writing and take a backup when there is something to save."""
    session.freeze()
    if not what_would_go(session):
        run.progress("The database holds no rows: there is nothing to back up.")
        return None
    return take(
        site.engine,
        database_name=site.database.name,
        credentials=site.credentials,
        schema_id=site.schema.id,
        version_number=site.database.version_number or site.schema.version_number,
        reason=reason,
        run=run,
        ports=ports,
    )


def backup_taken(job: Job, ports: Ports) -> str | None:
    """Return the id of the backup that an attempt of this job took, if one did."""
    if not _takes_backups(job):
        return None
    with ports.open_store() as store:
        backup = store.backups.get(job.schema_id, backup_id_of(job))
    return None if backup is None else backup.id


def remove_leftovers(job: Job, ports: Ports, ending: Ending) -> None:
    """Remove what attempts of a build left: staging databases, an unused role, half a backup.

    A database that was published stays, and one closed for the swap opens again. The exception is
    the first database of a schema that was deleted meanwhile: nobody knows of it, so it goes.
    """
    with ports.open_store() as store:
        schema = store.schemas.get(job.schema_id)
        database = store.databases.get(job.schema_id)
    discard_dumps(job, backup_id_of(job), ports)
    if database is None:
        return
    with reached(job, database.server_id, ports, ending) as engine:
        engine.end_sessions_of(application_name_of(job))
        marker = engine.marker(database.name)
        is_ours = is_made_by(marker, job)
        if is_ours and schema is None and job.kind is JobKind.CREATE:
            engine.drop_database(database.name)
            marker, is_ours = None, False
        for name in engine.list_databases(stem(job.id)):
            if is_ours or not name.endswith(RETIRED_SUFFIX):
                engine.drop_database(name)
        if marker is not None:
            engine.open_to_sessions(database.name)
        elif database.state is not DatabaseState.READY:
            engine.drop_all_roles(database.name)


def remove_own(job: Job, ports: Ports, ending: Ending) -> None:
    """Remove what one overtaken attempt of a build made for itself alone: staging and dump.

    Once published, its database has another name and stays. Roles are brought back to what is
    recorded: the attempt set their passwords of long ago, or made them again.
    """
    with ports.open_store() as store:
        database = store.databases.get(job.schema_id)
    discard_dumps(job, backup_id_of(job), ports)
    if not is_placed(database):
        _remove_from_everywhere(job, ports, ending)
        return
    with reached(job, database.server_id, ports, ending) as engine:
        engine.drop_database(staging_name(job))
    mend_after_end(job, ports, ending)


def _remove_from_everywhere(job: Job, ports: Ports, ending: Ending) -> None:
    """Remove it from whichever server it is on, as a database that is gone keeps no place.

    Raises:
        UnavailableError: one of them is away, where something may be left; the others are clean.
    """
    with ports.open_store() as store:
        schema = store.schemas.get_for_update(job.schema_id)
        is_over = not store.jobs.unfinished_of_schema(job.schema_id)
    failure: UnavailableError | None = None
    for each in ports.servers.all_reachable():
        try:
            with reached(job, each.server_id, ports, ending) as engine:
                engine.drop_database(staging_name(job))
                if is_over and schema is not None and engine.marker(schema.database_name) is None:
                    engine.drop_all_roles(schema.database_name)
        except UnavailableError as error:
            failure = error
    if failure is not None:
        raise failure


def _takes_backups(job: Job) -> bool:
    return any(step.name == "back_up" for step in job.steps)


def _save_rows(
    site: Site,
    session: Session,
    run: JobRun,
    ports: Ports,
    *,
    may_lose_rows: bool,
    reason: str,
) -> None:
    if not may_lose_rows:
        session.freeze()
        losses = what_would_go(session)
        if losses:
            raise DataWouldBeLostError(losses=losses)
        return
    back_up_rows(site, session, run, ports, reason=reason)
