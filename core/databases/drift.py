"""Drift: what differs between a live database and the version that it was proven equal to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.changes import Change, Subject
from core.clock import Clock
from core.databases.drift_record import DriftRecord, DriftState
from core.databases.engine import UnknownObject
from core.databases.errors import DatabaseAbsentError, DatabaseMissingError
from core.databases.live import LiveDatabases
from core.databases.model import Database, DatabaseState
from core.databases.normal_forms import NormalForms
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.errors import NotFoundError, SchemaBuilderError, UnavailableError
from core.jobs.model import JobState
from core.planning.diff import diff
from core.planning.normal_texts import Spelled, in_the_words_of
from core.planning.renames import RenameSuggestion
from core.schemas.comparing import Rename, aligned_with, definition_of
from core.schemas.errors import SchemaNotFoundError
from core.schemas.model import SchemaVersion
from core.schemas.store import OpenStore

_ROUND = 100
"""Databases looked at in one round of the schedule."""

ROUND_BUDGET = timedelta(seconds=5)
"""Most time of one round, as other rounds of the schedule wait meanwhile."""

_TOLD = 20
"""Sentences that are recorded of one look."""


class Difference(StrEnum):
    """How a live thing stands to the stored one."""

    MISSING = "missing"
    """The version has it, and the database has not."""
    UNEXPECTED = "unexpected"
    """The database has it, and the version has not."""
    DIFFERENT = "different"
    """Both have it, and it is not the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedObject:
    """One thing that differs, with what would make both sides equal again, both ways."""

    subject: Subject
    """The thing."""
    difference: Difference
    """How it differs."""
    to_stored: tuple[Change, ...]
    """What would make the live thing what the version says."""
    to_live: tuple[Change, ...]
    """What would make the version say what is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What one look found."""

    schema_id: str
    """The schema."""
    database: Database
    """The record of its database."""
    version: SchemaVersion
    """The version that it was compared with."""
    state: DriftState
    """`none` or `drifted`."""
    checked_at: datetime
    """When it was looked at."""
    live: Definition
    """What is live, under the ids of the version, in its words where both mean the same."""
    found: Definition
    """What is live, as the server writes it."""
    to_stored: tuple[Change, ...]
    """What would make the database what the version says."""
    to_live: tuple[Change, ...]
    """What would make the version say what is live."""
    suggestions: tuple[RenameSuggestion, ...]
    """Renames that may explain what is missing and what is unexpected."""
    unknown: tuple[UnknownObject, ...]
    """What the database holds and no definition can."""

    @property
    def objects(self) -> tuple[DriftedObject, ...]:
        """What differs, thing by thing."""
        stored, live = _by_key(self.to_stored), _by_key(self.to_live)
        return tuple(
            DriftedObject(
                subject=(stored.get(key) or live[key])[0].subject,
                difference=_difference(stored.get(key, ()), live.get(key, ())),
                to_stored=tuple(stored.get(key, ())),
                to_live=tuple(live.get(key, ())),
            )
            for key in dict.fromkeys((*stored, *live))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectDrift:
    """Compares live databases with their versions and records what it found."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    live: LiveDatabases
    """The live databases."""
    normal_forms: NormalForms
    """How servers write expressions."""

    def __call__(self, schema_id: str, *, owner: str, renames: Sequence[Rename] = ()) -> Drift:
        """Look at a database now.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
            ServerUnavailableError: the server does not answer.
            RenameNotSuggestedError: a rename was confirmed that nobody suggested.
        """
        drift = self.look(self.live.record(schema_id, owner=owner), renames)
        self._record_found(drift)
        return drift

    def look(self, database: Database, renames: Sequence[Rename] = ()) -> Drift:
        """Compare a database with its version; record nothing.

        Raises:
            DatabaseAbsentError: it is gone.
            ServerUnavailableError: the server does not answer.
        """
        try:
            found = self.live.introspect(database)
        except DatabaseMissingError as error:
            raise DatabaseAbsentError(schema_id=database.schema_id) from error
        version = self._version(database)
        stored = resolve_names(definition_of(version))
        aligned, suggestions = aligned_with(found.definition, stored, renames)
        normal = self.normal_forms.of(stored, server_id=database.server_id)
        live = in_the_words_of(
            Spelled(written=stored, normal=normal), Spelled(written=aligned, normal=aligned)
        )
        to_stored, to_live = diff(live, stored), diff(stored, live)
        return Drift(
            schema_id=database.schema_id,
            database=database,
            version=version,
            state=DriftState.DRIFTED if to_stored or to_live else DriftState.NONE,
            checked_at=self.clock.now(),
            live=live,
            found=found.definition,
            to_stored=tuple(to_stored),
            to_live=tuple(to_live),
            suggestions=suggestions,
            unknown=found.unknown,
        )

    def check_due(self, *, interval: timedelta, budget: timedelta = ROUND_BUDGET) -> int:
        """Look at databases that nobody looked at for so long; return how many were looked at.

        Those that a job works on are left for the next round, and so is what the time does not
        suffice for.
        """
        began_at = self.clock.now()
        with self.open_store() as store:
            due = store.drift.due(began_at - interval, _ROUND)
        looked_at = 0
        for schema_id in due:
            if self.clock.now() - began_at > budget:
                break
            looked_at += self._check(schema_id)
        return looked_at

    def _check(self, schema_id: str) -> bool:
        with self.open_store() as store:
            database = store.databases.get(schema_id)
            jobs = store.jobs.unfinished_of_schema(schema_id)
        if database is None or database.state is not DatabaseState.READY:
            return False
        if any(job.state is JobState.RUNNING for job in jobs):
            return False
        try:
            drift = self.look(database)
        except UnavailableError:
            self._record(schema_id, DriftState.UNREACHABLE, None)
        except DatabaseAbsentError as error:
            self._record(schema_id, DriftState.DRIFTED, {"sentences": [error.message]})
        except NotFoundError:
            return False  # the schema was deleted meanwhile
        except SchemaBuilderError as error:
            # It must not come up again first in every round, in the way of all others.
            self._record(schema_id, DriftState.UNKNOWN, {"sentences": [error.message]})
        else:
            self._record_found(drift)
        return True

    def _version(self, database: Database) -> SchemaVersion:
        with self.open_store() as store:
            schema = store.schemas.get(database.schema_id)
            number = database.version_number or (0 if schema is None else schema.version_number)
            version = store.versions.get(database.schema_id, number)
        if schema is None or version is None:
            raise SchemaNotFoundError(schema_id=database.schema_id)
        return version

    def _record(self, schema_id: str, state: DriftState, report: dict[str, Any] | None) -> None:
        self._put(
            DriftRecord(
                schema_id=schema_id, state=state, checked_at=self.clock.now(), report=report
            )
        )

    def _record_found(self, drift: Drift) -> None:
        if drift.state is DriftState.DRIFTED and self.live.is_changing(drift.database):
            return  # a job of ours is at it, and the next look tells
        self._put(
            DriftRecord(
                schema_id=drift.schema_id,
                state=drift.state,
                checked_at=drift.checked_at,
                report=_report(drift),
            )
        )

    def _put(self, record: DriftRecord) -> None:
        with self.open_store() as store:
            store.drift.put(record)
            store.commit()


def _report(drift: Drift) -> dict[str, Any]:
    return {
        "versionNumber": drift.version.number,
        "changes": len(drift.to_live),
        "sentences": [change.summary() for change in drift.to_live[:_TOLD]],
        "unknown": len(drift.unknown),
    }


def _by_key(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.subject.key, []).append(change)
    return found


def _difference(to_stored: Sequence[Change], to_live: Sequence[Change]) -> Difference:
    if _adds(to_stored) and not _adds(to_live):
        return Difference.MISSING
    if _adds(to_live) and not _adds(to_stored):
        return Difference.UNEXPECTED
    return Difference.DIFFERENT


def _adds(changes: Sequence[Change]) -> bool:
    """Tell whether the first thing that changes do is to make their subject."""
    return bool(changes) and type(changes[0]).__name__.startswith("Add")
