"""Names of roles and of databases that stand beside the published one while a job works.

They are made from ids alone, so that what a killed attempt left is found without a record of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum

from core.jobs.model import Job, JobId

STAGING_PREFIX = "sb_"
"""What the names of all databases that only jobs use begin with."""

RETIRED_SUFFIX = "_old"
"""What the name of a database ends with that was replaced and is about to go."""


def owner_role_of(database_name: str) -> str:
    """Return the name of the role that owns a published database."""
    return f"{database_name}_owner"


def group_role_of(database_name: str, suffix: str) -> str:
    """Return the name of a role that holds privileges in a published database."""
    return f"{database_name}_{suffix}"


def login_role_of(group: str, number: int) -> str:
    """Return the name of the login role of a group with a number."""
    return f"{group}_{number}"


def staging_name(job: Job) -> str:
    """Return the name of the database that an attempt builds before it is proven.

    Each attempt has its own, so that one that was overtaken can put nobody else's in place.
    """
    return f"{stem(job.id)}{job.attempt}_new"


def retired_name(job: Job) -> str:
    """Return the name that an attempt gives the database it has replaced."""
    return f"{stem(job.id)}{job.attempt}{RETIRED_SUFFIX}"


def scratch_names(job: Job) -> tuple[str, ...]:
    """Return the names of what the attempts so far made only to throw away, the present one last.

    Databases and their roles have the same names.
    """
    return tuple(f"{stem(job.id)}{attempt}_scratch" for attempt in range(1, job.attempt + 1))


def scratch_name(job: Job) -> str:
    """Return the name of what the present attempt makes only to throw away."""
    return scratch_names(job)[-1]


def stem(job_id: JobId) -> str:
    """Return what the names of all databases begin with that any attempt of a job made."""
    return f"{STAGING_PREFIX}{job_id.replace('-', '')}_"


class Direction(StrEnum):
    """Which side of a plan is run."""

    UP = "up"
    """Applying."""
    DOWN = "down"
    """Taking back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationProgress:
    """How far a migration got in a database."""

    migration_id: str
    """The migration."""
    direction: Direction
    """The side of its plan that runs, or ran last."""
    line: int
    """Lines of that side that are done, counted from its beginning."""
    lines: int
    """Lines that the side has."""

    @property
    def is_complete(self) -> bool:
        """Whether the whole side ran, so that the database is in one of the plan's two states."""
        return self.line == self.lines

    @classmethod
    def read(cls, said: dict[str, object] | None) -> MigrationProgress | None:
        """Return what a marker says of a migration.

        Raises:
            KeyError: a part is missing.
            ValueError: a part is none of ours.
        """
        if said is None:
            return None
        return cls(
            migration_id=str(said["id"]),
            direction=Direction(str(said["direction"])),
            line=int(str(said["line"])),
            lines=int(str(said["lines"])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a comment on a database says of its making, and the journal of its migrations."""

    job_id: str
    """The job that made it."""
    schema_id: str
    """The schema it is for."""
    version_number: int
    """The version it was made from, or that a migration led it to."""
    progress: MigrationProgress | None = None
    """How far the last migration got that ran here; None when none ever did."""

    def text(self) -> str:
        """Return the comment."""
        said: dict[str, object] = {
            "madeBy": "schema-builder",
            "jobId": self.job_id,
            "schemaId": self.schema_id,
            "versionNumber": self.version_number,
        }
        if self.progress is not None:
            said["migration"] = {
                "id": self.progress.migration_id,
                "direction": self.progress.direction,
                "line": self.progress.line,
                "lines": self.progress.lines,
            }
        return json.dumps(said)

    def at(self, progress: MigrationProgress, *, version_number: int | None = None) -> Marker:
        """Return the marker once a migration has got so far."""
        number = self.version_number if version_number is None else version_number
        return replace(self, progress=progress, version_number=number)

    @classmethod
    def read(cls, comment: str | None) -> Marker | None:
        """Return what a database's comment says, None when it is not one of ours."""
        try:
            said = json.loads(comment or "null")
            return cls(
                job_id=said["jobId"],
                schema_id=said["schemaId"],
                version_number=said["versionNumber"],
                progress=MigrationProgress.read(said.get("migration")),
            )
        except (ValueError, TypeError, KeyError):
            return None


def is_made_by(comment: str | None, job: Job) -> bool:
    """Tell whether a database's comment names this job as its maker."""
    marker = Marker.read(comment)
    return marker is not None and marker.job_id == job.id
