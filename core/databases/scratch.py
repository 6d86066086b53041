"""The server for a database that a job makes only to throw away.

It is the one that the schema's database stands on. Where that is gone, one is chosen as for a new
database; nothing is recorded of the choice, so what was left is looked for on every server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from core.databases.engine import Engine
from core.databases.registration import Registration
from core.databases.site import Ports, application_name_of, is_placed, reached
from core.errors import UnavailableError
from core.jobs.model import Job
from core.jobs.running import Ending


@contextmanager
def open_scratch_server(job: Job, ports: Ports) -> Iterator[Engine]:
    """Reach the server where a job may make a scratch database.

    Raises:
        NoCapacityError: the schema's database is gone, and no server that fits has room.
        NoServerError: the schema's database is gone, and there is no server at all.
        ServerUnavailableError: the server of the schema's database does not answer.
    """
    with ports.open_store() as store:
        database = store.databases.get(job.schema_id)
    name = application_name_of(job)
    if is_placed(database):
        engine = ports.servers.engine(database.server_id, application_name=name)
    else:
        engine = _chosen(job, ports, application_name=name)
    with closing(engine):
        yield engine


def on_scratch_servers(
    job: Job, ports: Ports, ending: Ending, act: Callable[[Engine], None]
) -> None:
    """Do something on every server where an attempt may have left a scratch database.

    Raises:
        UnavailableError: one that may hold something is away; it was done on the others.
    """
    ports.servers.refresh()
    with ports.open_store() as store:
        database = store.databases.get(job.schema_id)
        registered = store.registrations.list_all()
    needed = {each.id: not _was_always_away(each, job) for each in registered}
    if is_placed(database):
        # An attempt chose another only if the database was made again while the job ran.
        needed = dict.fromkeys(needed, False) | {database.server_id: True}
    failure: UnavailableError | None = None
    for server_id, is_needed in needed.items():
        try:
            with reached(job, server_id, ports, ending) as engine:
                act(engine)
        except UnavailableError as error:
            failure = error if is_needed else failure
    if failure is not None:
        raise failure


def _chosen(job: Job, ports: Ports, *, application_name: str) -> Engine:
    """Reach the first server that answers of those that fit, the freest first."""
    ports.servers.refresh()
    shunned: set[str] = set()
    while True:
        with ports.open_store() as store:
            labels = store.registrations.wanted_labels(job.schema_id)
            server = ports.servers.choose(store, labels=labels, shunned=shunned)
        try:
            return ports.servers.engine(server.id, application_name=application_name)
        except UnavailableError:
            shunned.add(server.id)


def _was_always_away(server: Registration, job: Job) -> bool:
    """Tell whether a server was away since before the job began, so that it holds nothing of it."""
    since = server.health.unreachable_since
    return since is not None and since <= (job.started_at or job.created_at)
