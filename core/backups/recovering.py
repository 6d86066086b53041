"""Recovering lost databases: each schema's newest usable backup is loaded where there is room.

Runs after the store itself came back. A database that is still on a server stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum

from core.backups.asking import Backups
from core.backups.errors import BackupMissingError
from core.backups.model import Backup, BackupState
from core.databases.errors import ServerUnavailableError, ServerUnknownError
from core.databases.mending_roles import mend_roles_of
from core.databases.model import Database, DatabaseState
from core.databases.site import Ports

logger = logging.getLogger(__name__)


class Recovery(StrEnum):
    """What becomes of a schema's database."""

    THERE = "there"
    """It is on its server still."""
    QUEUED = "queued"
    """A job loads its newest backup."""
    WITHOUT_BACKUP = "without_backup"
    """It is gone, and no backup of it is in the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredSchema:
    """What becomes of one schema's database."""

    schema_id: str
    """Which schema."""
    name: str
    """Its name."""
    recovery: Recovery
    """What becomes of it."""
    backup_id: str | None = None
    """The backup that is loaded."""
    job_id: str | None = None
    """The job that loads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverDatabases:
    """Brings back the databases of a store that came back."""

    ports: Ports
    """The world."""
    backups: Backups
    """Asks for restores."""

    def __call__(self) -> Sequence[RecoveredSchema]:
        """Ask for everything that is lost; return what becomes of each living schema.

        Jobs that were under way when the copy of the store was taken are stopped, as what they
        worked on is not there any more.

        Raises:
            ServerUnavailableError: a configured server does not answer; nobody knows what it has.
            RestoreUnderWayError: this ran already and its jobs have not ended.
            NoCapacityError: no server has room for one of them.
        """
        for _, condition in self.ports.servers.inspect():
            if isinstance(condition, ServerUnavailableError):
                raise condition
        with self.ports.open_store() as store:
            living = store.databases.of_living_schemas()
        return [self._recover(owner, name, database) for owner, name, database in living]

    def _recover(self, owner: str, name: str, database: Database) -> RecoveredSchema:
        schema_id = database.schema_id
        if database.state is DatabaseState.READY and self._is_there(database):
            return RecoveredSchema(schema_id=schema_id, name=name, recovery=Recovery.THERE)
        backup = self._newest_backup(schema_id)
        if backup is None:
            return RecoveredSchema(schema_id=schema_id, name=name, recovery=Recovery.WITHOUT_BACKUP)
        self.ports.servers.refresh()
        with self.ports.open_store() as store:
            now = self.ports.clock.now()
            for job in store.jobs.unfinished_of_schema(schema_id):
                store.jobs.request_cancel(job.id, now)
            labels = store.registrations.wanted_labels(schema_id)
            server = self.ports.servers.choose(store, labels=labels)
            store.databases.put(
                replace(
                    database,
                    server_id=server.id,
                    state=DatabaseState.ABSENT,
                    live_fingerprint=None,
                    checked_at=None,
                )
            )
            store.commit()
        job = self.backups.restore(schema_id, backup.id, owner=owner)
        logger.info("database_recovery_queued", extra={"schema_id": schema_id, "job_id": job.id})
        return RecoveredSchema(
            schema_id=schema_id,
            name=name,
            recovery=Recovery.QUEUED,
            backup_id=backup.id,
            job_id=job.id,
        )

    def _is_there(self, database: Database) -> bool:
        """Tell whether a database is there; if so, give its roles the passwords on record.

        They may have been replaced after the copy of the store was taken.
        """
        try:
            engine = self.ports.servers.engine(
                database.server_id, application_name="schema_builder:recovery"
            )
        except ServerUnknownError:
            return False
        with closing(engine):
            if engine.marker(database.name) is None:
                return False
            mend_roles_of(database, engine, self.ports)
            return True

    def _newest_backup(self, schema_id: str) -> Backup | None:
        with self.ports.open_store() as store:
            found = store.backups.of_schema(schema_id)
        return next((backup for backup in found if self._is_usable(backup)), None)

    def _is_usable(self, backup: Backup) -> bool:
        """Whether its record is complete and its file is in the archive."""
        if backup.state is not BackupState.AVAILABLE:
            return False
        try:
            with self.ports.archive.open(backup.location):
                return True
        except BackupMissingError:
            return False
