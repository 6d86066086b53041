"""Sending one delivery over HTTP: to the address that was looked at, once, and not for long."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from core.webhooks.addresses import Destination

STEP_TIMEOUT_SECONDS = 5
"""How long connecting, or one wait for bytes, may take."""

WHOLE_TIMEOUT_SECONDS = 15
"""How long all of it may take, however steadily bytes drip."""

READ_BYTES = 2048
"""How much of the answer's body is read; nobody looks at it."""

USER_AGENT = "Schema-Builder-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came of one attempt."""

    status: int | None
    """The HTTP status; None when no answer came."""
    failure: str | None
    """Why no answer came."""


class Poster(Protocol):
    """Sends deliveries."""

    def post(self, destination: Destination, headers: Mapping[str, str], body: bytes) -> Response:
        """Send the body; never raises for what the other side does."""
        ...


class HttpPoster(Poster):
    """Sends over real connections: no redirect is followed, no proxy asked, nothing kept."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls or ssl.create_default_context()

    @override
    def post(self, destination: Destination, headers: Mapping[str, str], body: bytes) -> Response:
        """Send the body; never raises for what the other side does."""
        connection = _PinnedConnection(destination, self._tls)
        try:
            with _limited(connection):
                connection.request(
                    "POST",
                    destination.target,
                    body=body,
                    headers={
                        "Content-Type": "application/json",
                        "User-Agent": USER_AGENT,
                        "Connection": "close",
                        **headers,
                    },
                )
                answer = connection.getresponse()
                answer.read(READ_BYTES)
                return Response(status=answer.status, failure=None)
        except ssl.SSLCertVerificationError:
            return Response(status=None, failure="Its certificate cannot be trusted.")
        except ssl.SSLError:
            return Response(status=None, failure="It does not speak TLS as it should.")
        except TimeoutError:
            return Response(status=None, failure="It took too long.")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(status=None, failure=f"No answer came ({type(error).__name__}).")
        finally:
            connection.close()


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to one address, whatever the name behind it leads to by now."""

    def __init__(self, destination: Destination, tls: ssl.SSLContext) -> None:
        super().__init__(destination.host, destination.port, timeout=STEP_TIMEOUT_SECONDS)
        # The header `Host` names no port that goes without saying.
        self.default_port = 443 if destination.is_encrypted else 80
        self._destination = destination
        self._tls = tls

    @override
    def connect(self) -> None:
        """Connect to the address, and ask for the certificate of the name."""
        plain = socket.create_connection(
            (self._destination.address, self._destination.port), STEP_TIMEOUT_SECONDS
        )
        if not self._destination.is_encrypted:
            self.sock = plain
            return
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self._destination.host)
        except BaseException:
            plain.close()
            raise


@contextlib.contextmanager
def _limited(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Cut the connection when all of it takes too long."""
    ended = threading.Event()

    def cut() -> None:
        if not ended.wait(WHOLE_TIMEOUT_SECONDS) and (open_socket := connection.sock) is not None:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=cut, name="webhook-limit", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
