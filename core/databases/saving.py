"""Saving what a database holds before it is changed."""

from __future__ import annotations

from core.backups.taking import take
from core.databases.site import Ports, Site
from core.jobs.running import JobRun


def save(site: Site, run: JobRun, ports: Ports, *, reason: str) -> None:
    """Take a backup of a database that is about to be changed; nobody is kept from writing."""
    take(
        site.engine,
        database_name=site.database.name,
        credentials=site.credentials,
        schema_id=site.schema.id,
        version_number=site.database.version_number or site.schema.version_number,
        reason=reason,
        run=run,
        ports=ports,
    )
