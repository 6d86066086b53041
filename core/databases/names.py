"""Names of roles and of databases that stand beside the published one while a job works.

They are made from ids alone, so that what a killed attempt left is found without a record of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from core.jobs.model import Job, JobId

STAGING_PREFIX = "sb_"
"""What the names of all databases that only jobs use begin with."""


def owner_role_of(database_name: str) -> str:
    """Return the name of the role that owns a published database."""
    return f"{database_name}_owner"


def staging_name(job_id: JobId) -> str:
    """Return the name of the database that a job builds before it is proven."""
    return f"{_stem(job_id)}_new"


def retired_name(job_id: JobId) -> str:
    """Return the name that a job gives the database it has replaced."""
    return f"{_stem(job_id)}_old"


def scratch_name(job_id: JobId) -> str:
    """Return the name of a database, and of its role, that a job makes only to throw away."""
    return f"{_stem(job_id)}_scratch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a comment on a database says of its making."""

    job_id: str
    """The job that made it."""
    schema_id: str
    """The schema it is for."""
    version_number: int
    """The version it was made from."""

    def text(self) -> str:
        """Return the comment."""
        return json.dumps(
            {
                "madeBy": "schema-builder",
                "jobId": self.job_id,
                "schemaId": self.schema_id,
                "versionNumber": self.version_number,
            }
        )

    @classmethod
    def read(cls, comment: str | None) -> Marker | None:
        """Return what a database's comment says, None when it is not one of ours."""
        try:
            said = json.loads(comment or "null")
            return cls(
                job_id=said["jobId"],
                schema_id=said["schemaId"],
                version_number=said["versionNumber"],
            )
        except (ValueError, TypeError, KeyError):
            return None


def is_made_by(comment: str | None, job: Job) -> bool:
    """Tell whether a database's comment names this job as its maker."""
    marker = Marker.read(comment)
    return marker is not None and marker.job_id == job.id


def _stem(job_id: JobId) -> str:
    return f"{STAGING_PREFIX}{job_id.replace('-', '')}"
