"""Replacing a credential: asking for it, and the runner of `rotate`.

A new login role joins the group of the old one, and both are good until the old one expires. No
session is ended, and nothing changes hands, as everything belongs to the group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from typing_extensions import override

from core.clock import Clock
from core.databases.credential import Access, AccessRole, Credential, Groups
from core.databases.credential_errors import OverlapTooLongError, TooManyCredentialsError
from core.databases.credentials import login_of, new_credential, role_named
from core.databases.errors import DatabaseAbsentError, DatabaseMissingError
from core.databases.mending_roles import mend_after_end, mend_roles
from core.databases.model import DatabaseState
from core.databases.scheduled import queue_for_each
from core.databases.site import Ports, Site, open_site
from core.jobs.errors import LeaseLostError
from core.jobs.model import Job, JobId, JobKind, JobState, NewJob
from core.jobs.queue import Announcer, announce_new
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.quotas.admitting import Admission
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing

ROLE = "role"
"""Argument of `rotate`: the role whose login is replaced; absent for all that have none."""

OVERLAP_SECONDS = "overlapSeconds"
"""Argument of `rotate`: how long the old login stays good."""

ENDS_SESSIONS = "endSessions"
"""Argument of `rotate`: whether sessions of the old login are ended then."""

USUAL_OVERLAP = timedelta(hours=1)
"""How long an old login stays good unless somebody says otherwise."""

LONGEST_OVERLAP = timedelta(days=30)
"""Longest time that an old login stays good."""

MOST_PER_ROLE = 8
"""Logins of one role that there are at a time, those included that wait for sessions to end."""


FIRST_BATCH = 20
"""Databases that get their first credentials in one round, as each round comes soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateCredential:
    """Queues a `rotate`."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    admission: Admission
    """Says whether one more job may wait."""

    def __call__(
        self,
        schema_id: str,
        role: str,
        *,
        owner: str,
        overlap_seconds: int,
        ends_sessions: bool,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Ask for a new login.

        Args:
            schema_id: Whose database it is for.
            role: What it is good for.
            owner: To whom the schema belongs.
            overlap_seconds: How long the present one stays good.
            ends_sessions: Whether its sessions are ended after that.
            request_id: The request that asked.
            before_commit: Records the answer together with the job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            CredentialNotFoundError: databases have no such role.
            DatabaseAbsentError: it has no database at present.
            OverlapTooLongError: that is out of range.
            TooManyCredentialsError: many old ones still wait for their end.
        """
        longest = int(LONGEST_OVERLAP.total_seconds())
        if not 0 <= overlap_seconds <= longest:
            raise OverlapTooLongError(most_seconds=longest)
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            wanted = role_named(role)
            database = store.databases.get(schema_id)
            if database is None or database.state is not DatabaseState.READY:
                raise DatabaseAbsentError(schema_id=schema_id)
            credentials = store.credentials.of_schema(schema_id)
            present = [each for each in credentials if each.role is wanted]
            makes_room = ends_sessions and overlap_seconds == 0
            if len(present) >= MOST_PER_ROLE and not makes_room:
                raise TooManyCredentialsError(role=wanted, most=MOST_PER_ROLE)
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.ROTATE,
                    owner=owner,
                    schema_id=schema_id,
                    arguments={
                        ROLE: wanted.value,
                        OVERLAP_SECONDS: overlap_seconds,
                        ENDS_SESSIONS: ends_sessions,
                    },
                    created_at=self.clock.now(),
                    request_id=request_id,
                )
            )
            self.admission.admit_job(store, owner)
            before_commit(store, job)
            store.commit()
        announce_new(job, announcer=self.announcer)
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRotation(Runner[Store]):
    """Makes a new login and lets the old one expire; makes all where there is none."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Record the new login, make it, let the old one expire."""
        with ExitStack() as stack:
            # Reached before the step begins: a server that is away was left nothing to remove.
            site = stack.enter_context(open_site(run.job, self.ports))
            with run.step("prepare"):
                stack.enter_context(run.stoppable(site.engine.cancel))
                _require_there(site)
                fresh, olds = self._record_fresh(site)
            with run.step("make_login"):
                run.prove_lease()
                self._make(site, fresh)
            with run.step("expire_old"):
                run.pass_point_of_no_return()
                expired = self._expire(site, olds)
        return self._outcome(fresh, expired)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return nothing: a login counts once it is recorded, and that ends the job."""
        return None

    @override
    def take_over(self, job: Job, ending: Ending) -> None:
        """Bring the roles back to what is recorded; the next attempt makes the same login."""
        mend_roles(job, self.ports, ending)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove the new login, and let the old one be as it was."""
        with self.ports.open_store() as store:
            store.schemas.get_for_update(job.schema_id)
            for credential in store.credentials.of_schema(job.schema_id):
                if credential.in_service_at is None:
                    store.credentials.remove(credential.id)
            store.commit()
        mend_roles(job, self.ports, ending)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Bring the roles back to what is recorded, once the job has ended."""
        mend_after_end(job, self.ports, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Leave everything as it is: the old login is still the one to use."""

    def _record_fresh(self, site: Site) -> tuple[Sequence[Credential], Sequence[Credential]]:
        """Record the logins to be made, before they are; return them and those they replace."""
        job, now = site.job, self.ports.clock.now()
        with self.ports.open_store() as store:
            store.schemas.get_for_update(job.schema_id)
            newest = store.jobs.get(job.id)
            if newest is None or newest.state.is_final or newest.attempt != job.attempt:
                # The same login would be recorded anew, and the one in service would be taken back.
                raise LeaseLostError(job_id=job.id)
            present = store.credentials.of_schema(job.schema_id)
            served = [each for each in present if each.in_service_at is not None]
            fresh = [each for each in present if each.in_service_at is None]
            asked = job.arguments.get(ROLE)
            roles = tuple(AccessRole) if not served or asked is None else (AccessRole(asked),)
            if not fresh:
                fresh = [
                    new_credential(
                        site.database,
                        role,
                        present,
                        self.ports.secrets,
                        now=now,
                        made_for=job.id,
                        is_in_service=False,
                    )
                    for role in roles
                ]
                for credential in fresh:
                    store.credentials.put(credential)
            store.commit()
        replaced = {each.role for each in fresh}
        puts_out = _puts_out(job)
        olds = [
            each
            for each in served
            if each.role in replaced
            and (puts_out or each.expires_at is None or now < each.expires_at)
        ]
        return fresh, olds

    def _make(self, site: Site, fresh: Sequence[Credential]) -> None:
        groups = Groups.of(site.database.name)
        logins = tuple(
            login_of(
                each,
                site.database,
                self.ports.secrets,
                most_connections=self.ports.connections_per_login,
            )
            for each in fresh
        )
        site.engine.ensure_access(site.database.name, Access(groups=groups, logins=logins))
        if site.access is None:
            site.engine.let_connect(site.database.name, groups)
            with site.engine.session(site.database.name, site.credentials) as session:
                session.grant(groups)

    def _expire(self, site: Site, olds: Sequence[Credential]) -> Sequence[Credential]:
        """Let old logins expire, none later than it would have; return their records."""
        arguments = site.job.arguments
        overlap = timedelta(seconds=int(arguments.get(OVERLAP_SECONDS) or 0))
        ends_sessions = bool(arguments.get(ENDS_SESSIONS))
        now = self.ports.clock.now()
        expired = []
        for old in olds:
            expiry = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
            site.engine.expire_login(old.login, expiry)
            if _puts_out(site.job):
                site.engine.disable_login(old.login)
                site.engine.end_sessions_of_login(old.login)
            expired.append(
                replace(
                    old,
                    expires_at=expiry,
                    ends_sessions=ends_sessions or old.ends_sessions,
                    look_again_at=None,
                )
            )
        return expired

    def _outcome(
        self, fresh: Sequence[Credential], expired: Sequence[Credential]
    ) -> Outcome[Store]:
        now = self.ports.clock.now()

        def record(store: Store) -> None:
            for old in expired:
                store.credentials.put(old)
            for credential in fresh:
                store.credentials.put(replace(credential, in_service_at=now))

        return Outcome(
            result={
                "logins": {credential.role.value: credential.login for credential in fresh},
                "expiring": [
                    {"login": old.login, "expiresAt": _text(old.expires_at)} for old in expired
                ],
            },
            record=record,
        )


def queue_first_credentials(*, open_store: OpenStore, announcer: Announcer, clock: Clock) -> int:
    """Queue a job for databases from before there were credentials; return how many."""
    return queue_for_each(
        JobKind.ROTATE,
        lambda store: store.credentials.schemas_without(FIRST_BATCH),
        open_store=open_store,
        announcer=announcer,
        clock=clock,
    )


def _require_there(site: Site) -> None:
    if site.database.state is not DatabaseState.READY:
        raise DatabaseAbsentError(schema_id=site.schema.id)
    if site.engine.marker(site.database.name) is None:
        raise DatabaseMissingError(database_name=site.database.name)


def _puts_out(job: Job) -> bool:
    """Tell whether nobody stays who came in before, also with a login that had expired already."""
    return bool(job.arguments.get(ENDS_SESSIONS)) and not job.arguments.get(OVERLAP_SECONDS)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
