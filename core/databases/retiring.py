"""Removing logins that have expired; the runner of `retire`.

The server itself refuses an expired password. What is left to do is to take the login away, and
to remove it once nobody who came in with it is there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from typing_extensions import override

from core.clock import Clock
from core.databases.credential import AccessRole, Credential, Groups
from core.databases.engine import Credentials
from core.databases.mending_roles import mend_after_end, mend_roles
from core.databases.scheduled import queue_for_each
from core.databases.site import Ports, Site, open_site
from core.jobs.model import Job, JobKind, JobState
from core.jobs.queue import Announcer
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import OpenStore, Store

BATCH = 100
"""Databases looked at in one round."""

LOOK_AGAIN = timedelta(minutes=10)
"""Time between two looks whether the last session of an expired login has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRetirement(Runner[Store]):
    """Takes expired logins away, and removes those without a session."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Disable, remove, and give the owner's role a new password when its login went."""
        now = self.ports.clock.now()
        with ExitStack() as stack:
            # Reached before the step begins: a server that is away was left nothing to remove.
            site = stack.enter_context(open_site(run.job, self.ports, may_be_deleted=True))
            with run.step("disable"):
                stack.enter_context(run.stoppable(site.engine.cancel))
                expired = self._expired(site, now)
                for credential in expired:
                    site.engine.disable_login(credential.login)
                    if credential.ends_sessions:
                        site.engine.end_sessions_of_login(credential.login)
            with run.step("remove"):
                removed = [each for each in expired if _is_removed(site, each)]
            is_owner_affected = any(
                each.role is AccessRole.OWNER and each.disabled_at is None for each in expired
            )
            password: str | None = None
            if is_owner_affected:
                with run.step("renew_owner"):
                    run.pass_point_of_no_return()
                    # The same for every attempt, so that it does not matter whose comes last.
                    password = self.ports.secrets.derive_password(f"owner of {run.job.id}")
                    site.engine.ensure_role(
                        Credentials(role=site.credentials.role, password=password)
                    )
            else:
                run.skip("renew_owner")
        return self._outcome(site, expired, removed, password)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return nothing: what is removed is not removed twice, so nothing is lost by that."""
        return None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Bring the roles back to what is recorded; what has expired stays so."""
        mend_roles(job, self.ports, ending)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Bring the roles back to what is recorded, once the job has ended."""
        mend_after_end(job, self.ports, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Leave everything as it is: the next round tries again."""

    def _expired(self, site: Site, now: datetime) -> Sequence[Credential]:
        with self.ports.open_store() as store:
            present = store.credentials.of_schema(site.schema.id)
        return [each for each in present if each.expires_at is not None and each.expires_at <= now]

    def _outcome(
        self,
        site: Site,
        expired: Sequence[Credential],
        removed: Sequence[Credential],
        password: str | None,
    ) -> Outcome[Store]:
        now = self.ports.clock.now()
        encrypted = None if password is None else self.ports.secrets.encrypt(password)

        def record(store: Store) -> None:
            for credential in expired:
                if credential in removed:
                    store.credentials.remove(credential.id)
                else:
                    store.credentials.put(
                        replace(
                            credential,
                            disabled_at=credential.disabled_at or now,
                            look_again_at=now + LOOK_AGAIN,
                        )
                    )
            if encrypted is not None:
                store.databases.set_password(site.schema.id, encrypted)

        waiting = [each.login for each in expired if each not in removed]
        return Outcome(
            result={"removed": [each.login for each in removed], "stillInUse": waiting},
            record=record,
        )


def queue_retirements(*, open_store: OpenStore, announcer: Announcer, clock: Clock) -> int:
    """Queue a job for each database that has expired logins; return how many.

    One that was kept when its schema was deleted has them taken away as well.
    """
    return queue_for_each(
        JobKind.RETIRE,
        lambda store: store.credentials.schemas_with_expired(clock.now(), BATCH),
        open_store=open_store,
        announcer=announcer,
        clock=clock,
    )


def _is_removed(site: Site, credential: Credential) -> bool:
    """Remove a login unless somebody who came in with it is still there; tell whether it went."""
    if site.engine.has_sessions(credential.login):
        return False
    site.engine.drop_login(
        credential.login,
        database_name=site.database.name,
        heir=Groups.of(site.database.name).of_role(credential.role),
    )
    return True
