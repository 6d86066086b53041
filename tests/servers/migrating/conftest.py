"""Workshops over a store and an archive of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import build
from core.settings import Settings
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from tests.servers.migrating.workshop import Workshop


@pytest.fixture
def workshop(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer
) -> Iterator[Workshop]:
    """A workshop in which small tables are small."""
    yield from make_workshop(store_url, tmp_path, postgresql_server)


@pytest.fixture
def large_workshop(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer
) -> Iterator[Workshop]:
    """A workshop in which every table with rows counts as large, so that plans have many lines."""
    yield from make_workshop(store_url, tmp_path, postgresql_server, online_from_bytes=1)


def make_workshop(
    store_url: str,
    folder: Path,
    server: PostgresqlServer,
    *,
    online_from_bytes: int = 1 << 24,
    set_aside_hours: float = 24,
) -> Iterator[Workshop]:
    """Wire the application for a test, and give its connections back afterwards."""
    announcer = FakeAnnouncer()
    application = build(
        Settings(
            data_dir=folder,
            secret_key_file=folder / "secret.key",
            archive_dir=folder / "archive",
            database_url=store_url,
            redis_url="redis://127.0.0.1:1/0",
            servers=(server.provisioner_url,),
            postgresql_bin_dirs=(server.bin_dir,),
            online_from_bytes=online_from_bytes,
            lock_patience_seconds=2,
            set_aside_hours=set_aside_hours,
        ),
        announcer=announcer,
    )
    yield Workshop(application=application, announcer=announcer)
    application.close()
