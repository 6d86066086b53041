"""A stand-in for Redis where no real one can be had: fakeredis behind a socket.

Started as a program with a configuration file, of which it reads the port and the password.
Slow, and the last choice; see docs/embedded.md.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from fakeredis import TcpFakeServer
from typing_extensions import override

FIRST_WORDS_SECONDS = 5.0


class QuickServer(TcpFakeServer):
    """Answers at once instead of collecting small packets, which makes it ten times quicker."""

    daemon_threads = True
    password = b""
    """What a client must send first."""

    @override
    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection without Nagle's delay."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    @override
    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection that begins with the password; the package itself asks nobody."""
        request.settimeout(FIRST_WORDS_SECONDS)
        try:
            first_words = request.recv(1024, socket.MSG_PEEK)
        except OSError:
            return
        request.settimeout(None)
        if b"AUTH" in first_words.upper() and self.password in first_words:
            super().finish_request(request, client_address)
        else:
            request.sendall(b"-NOAUTH Authentication required.\r\n")


def main(configuration: Path) -> None:
    """Serve until stopped."""
    facts = dict(line.split(" ", 1) for line in configuration.read_text().splitlines())
    server = QuickServer(("127.0.0.1", int(facts["port"])), server_type="valkey")
    server.password = facts["requirepass"].encode()
    server.fake_server.config[b"requirepass"] = server.password
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
