"""The web server alone, with settings of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from embedded.postgresql import PROVISIONER, STORE
from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import Stack


@contextmanager
def web_alone(
    server: PostgresqlServer, store_template: str, folder: Path, **settings: str
) -> Iterator[Stack]:
    """Run the web server over a store of its own; nobody carries jobs out."""
    store = f"store_{uuid4().hex}"
    server.create_database(store, template=store_template)
    with Stack(
        folder,
        database_url=server.url(STORE, store),
        server_url=server.url(PROVISIONER),
        bin_dir=server.bin_dir,
        **settings,
    ) as stack:
        stack.start(("web",))
        stack.wait_for_web()
        yield stack
    server.drop_database(store)
