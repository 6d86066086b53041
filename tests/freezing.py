"""Servers that hang: every process of theirs stops where it is, and goes on later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.conftest import PostgresqlServer


@contextmanager
def frozen(server: PostgresqlServer) -> Iterator[None]:
    """Stop every process of a server where it is, as storage that hangs does; then let it go on.

    Its machine goes on acknowledging what it is sent, so TCP notices nothing.
    """
    postmaster = psutil.Process(server.embedded.process_id)
    postmaster.suspend()
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes[1:]:
        with suppress(psutil.NoSuchProcess):  # one that was about to end has done so
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()
