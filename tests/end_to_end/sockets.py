"""A client that sends what no library for HTTP would."""

from __future__ import annotations

import contextlib
import socket

from embedded.ports import LOOPBACK
from tests.end_to_end.stack import Stack


class Client:
    """A socket in the hand."""

    def __init__(self, stack: Stack, *, room_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        if room_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room_bytes)
        self.socket.settimeout(30)
        self.socket.connect((LOOPBACK, stack.settings.port))

    def send(self, text: str) -> bool:
        """Send; return whether the server still listens."""
        try:
            self.socket.sendall(text.encode())
        except OSError:
            return False
        return True

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body of the answer, read until the server ends it."""
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while part := self.socket.recv(65_536):
                received += part
        head, _, body = received.decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split(" ")[1]), headers, body
