"""Bringing the roles of a database back to what is recorded of them.

Whoever changes a role records before or after, and may be killed between the two.
"""

from __future__ import annotations

from core.databases.credentials import access_of, credentials_of
from core.databases.engine import Engine
from core.databases.model import Database, DatabaseState
from core.databases.site import Ports, application_name_of, reached
from core.jobs.model import Job
from core.jobs.running import Ending


def mend_roles(job: Job, ports: Ports, ending: Ending, *, ends_sessions: bool = True) -> None:
    """Bring the roles of a job's database back to what is recorded.

    Args:
        job: The job that changed them, or may have.
        ports: The world.
        ending: Ends it when the attempt must.
        ends_sessions: Whether sessions of the job's attempts are ended first.
    """
    with ports.open_store() as store:
        database = store.databases.get(job.schema_id)
    if database is None:
        return
    with reached(job, database.server_id, ports, ending) as engine:
        if ends_sessions:
            engine.end_sessions_of(application_name_of(job))
        mend_roles_of(database, engine, ports)


def mend_roles_of(database: Database, engine: Engine, ports: Ports) -> None:
    """Give recorded logins what is recorded, and remove logins that are not.

    A login that a job is about to make is recorded before it is made, so none is removed that
    anybody works on.
    """
    # Listed before the record is read: one that is recorded in between is not among them.
    present = engine.list_logins(database.name)
    with ports.open_store() as store:
        credentials = store.credentials.of_schema(database.schema_id)
    access = access_of(
        database,
        credentials,
        ports.secrets,
        now=ports.clock.now(),
        most_connections=ports.connections_per_login,
    )
    if database.state is DatabaseState.READY:
        engine.ensure_role(credentials_of(database, ports.secrets))
        if access is not None:
            engine.ensure_access(database.name, access)
    recorded = {each.login for each in credentials}
    for login in present:
        if login not in recorded:
            heir = login.rpartition("_")[0]
            engine.drop_login(login, database_name=database.name, heir=heir)


def mend_after_end(job: Job, ports: Ports, ending: Ending) -> None:
    """Mend what an attempt did after it was overtaken, once nobody works on the job any more.

    Before that, whoever does will set the very same things, or mend them.
    """
    with ports.open_store() as store:
        newest = store.jobs.get(job.id)
    if newest is None or newest.state.is_final:
        mend_roles(job, ports, ending, ends_sessions=False)
