"""Copies of the store itself in the archive, from which a whole installation is recovered.

The store knows where backups lie and what they are of; passwords in it are encrypted with keys
that are not in the archive.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.backups.archive import Archive
from core.backups.errors import NoStoreCopyError, StoreCopyRunningError, StoreNotEmptyError
from core.clock import Clock
from core.databases.engine import Credentials, Engine

logger = logging.getLogger(__name__)

PREFIX = "store/"
"""Where the copies are in the archive; no schema has such an id."""

STORE_COPIES = "copies of the store"
"""The turn at taking them."""

COPIES_KEPT = 30
"""How many copies are kept."""

_NAME = f"{PREFIX}%Y%m%dT%H%M%S.%fZ.dump"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCopy:
    """A copy of the store."""

    location: str
    """Its place in the archive."""
    size_bytes: int
    """Its size."""
    sha256: str
    """Digest of its content, hexadecimal."""
    rows: int
    """Rows in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCopies:
    """Takes copies of the store, and brings one back."""

    archive: Archive
    """Keeps the copies."""
    open_engine: Callable[[], Engine]
    """Reaches the server that the store is on."""
    database_name: str
    """The store's database."""
    credentials: Credentials
    """The store's account."""
    clock: Clock
    """Tells the time."""
    take_turn: Callable[[], AbstractContextManager[bool]]
    """Keeps others from copying meanwhile; says whether it is our turn."""

    def take(self) -> StoreCopy:
        """Copy the store into the archive, and remove the oldest copies.

        Raises:
            StoreCopyRunningError: somebody else is copying it.
            UnavailableError: the store or the archive is away.
        """
        with self.take_turn() as is_ours:
            if not is_ours:
                raise StoreCopyRunningError
            return self._take()

    def take_if_due(self, interval: timedelta) -> StoreCopy | None:
        """Copy the store unless the newest copy is younger than that, or somebody is copying it."""
        with self.take_turn() as is_ours:
            found = self.locations() if is_ours else ()
            is_fresh = bool(found) and self.clock.now() - _taken_at(found[-1]) < interval
            return self._take() if is_ours and not is_fresh else None

    def _take(self) -> StoreCopy:
        location = self.clock.now().astimezone(UTC).strftime(_NAME)
        with closing(self.open_engine()) as engine, self.archive.write(location) as writer:
            report = engine.dump(self.database_name, self.credentials, writer.write)
            file = writer.complete()
        for old in self.locations()[:-COPIES_KEPT]:
            self.archive.remove(old)
        logger.info("store_copied", extra={"location": location, "size_bytes": file.size_bytes})
        return StoreCopy(
            location=location,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            rows=sum(report.rows_by_table.values()),
        )

    def locations(self) -> Sequence[str]:
        """Return the places of the copies, the oldest first."""
        return list(self.archive.locations(PREFIX))

    def load(self, location: str | None = None) -> str:
        """Load a copy into a store without tables; return which.

        Args:
            location: Which copy, the newest if absent.

        Raises:
            NoStoreCopyError: the archive has none.
            StoreNotEmptyError: there is a store already; it is left as it is.
            DumpUnreadableError: the copy is damaged; the store is still empty.
        """
        chosen = location or next(iter(reversed(self.locations())), None)
        if chosen is None:
            raise NoStoreCopyError
        with closing(self.open_engine()) as engine:
            with engine.session(self.database_name, self.credentials) as session:
                if session.introspect().definition.tables:
                    raise StoreNotEmptyError
            with self.archive.open(chosen) as file:
                engine.restore(self.database_name, self.credentials, file.read)
        logger.info("store_recovered", extra={"location": chosen})
        return chosen


def _taken_at(location: str) -> datetime:
    """Return when a copy was taken; one of another name counts as very old."""
    try:
        return datetime.strptime(location, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
