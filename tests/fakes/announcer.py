"""An announcer that remembers what it was told."""

from __future__ import annotations

from typing_extensions import override

from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobId, JobKind
from core.jobs.queue import Announcer


class FakeAnnouncer(Announcer):
    """Keeps announcements in a list, or fails while `is_away`."""

    def __init__(self) -> None:
        self.announced: list[tuple[JobKind, JobId]] = []
        self.is_away = False

    @override
    def announce(self, kind: JobKind, job_id: JobId) -> None:
        """Remember the announcement."""
        if self.is_away:
            raise AnnouncementFailedError(job_id=job_id, reason="the broker is away")
        self.announced.append((kind, job_id))

    @property
    def ids(self) -> list[JobId]:
        """The announced jobs in order."""
        return [job_id for _, job_id in self.announced]
