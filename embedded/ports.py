"""Loopback ports: finding a free one and remembering it between two starts."""

from __future__ import annotations

import socket
from pathlib import Path

from embedded.errors import PortTakenError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(memory: Path, *, wanted: int | None, use: str) -> int:
    """Return the wanted port, else the remembered one if it is free, else a free one.

    Args:
        memory: file in which the choice is remembered.
        wanted: a port somebody asked for by number.
        use: what it is for, to name it in an error.

    Raises:
        PortTakenError: if the wanted port is in use.
    """
    if wanted is not None:
        if not is_free(wanted):
            raise PortTakenError(port=wanted, use=use)
        return wanted
    remembered = remembered_port(memory)
    port = remembered if remembered is not None and is_free(remembered) else free_port()
    memory.write_text(f"{port}\n")
    return port


def remembered_port(memory: Path) -> int | None:
    """Return the port of the last start, None if there is none."""
    try:
        return int(memory.read_text())
    except (OSError, ValueError):
        return None
