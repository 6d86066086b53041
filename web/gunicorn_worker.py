"""Gunicorn's threads, kept from clients that are slow on purpose or by misfortune.

A thread is given to a connection only for as long as a sane client needs: to send the head of a
request, its body, and to take each part of the answer. And when far more connections wait for a
thread than threads can serve soon, further ones are told so at once instead of being left waiting.
What gunicorn refuses itself, it refuses in the shape of all errors.
"""

from __future__ import annotations

import errno
import json
import logging
import selectors
import socket
import time
from collections import deque
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import TConn, ThreadWorker
from typing_extensions import Buffer, override

from core.errors import InternalError, SchemaBuilderError
from core.settings import load_settings
from web.bounds import LONGEST_HEADER, LONGEST_TARGET, MOST_HEADERS
from web.errors import (
    INTERNAL_SENTENCE,
    AddressTooLongError,
    HeadersTooLargeError,
    RequestTooSlowError,
    RequestUnreadableError,
    TooBusyError,
)

HEAD_SECONDS = 10.0
"""Within which the head of a request has to be there."""

WAITING_PER_THREAD = 10
"""Connections that may wait for each thread; those beyond are refused."""

RETRY_AFTER_SECONDS = 2
"""What a refused client is told to wait."""

_NEXT_TO_NOTHING = 0.001
_MOST_UNREAD = 65_536

LINGER_SECONDS = 1.0
"""How long a client has to hear why its connection ends."""

_SHOWN = 200
"""Characters of what could not be read that are repeated."""

logger = logging.getLogger(__name__)


class PatientSocket(socket.socket):
    """A client's socket that waits no longer than it is told to."""

    patience_seconds: float = 30.0
    """How long the client may take for each part of an answer."""
    receive_until: float | None = None
    """The monotonic time until which the client has to have sent what is expected of it."""
    was_late: bool = False
    """Whether it had not."""

    @override
    def setblocking(self, flag: bool, /) -> None:
        """Block for a while at most, where others would block for good."""
        self.settimeout(self.patience_seconds if flag else 0)

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive, until the time is over.

        Raises:
            TimeoutError: it is over. Gunicorn takes its number for that of a client that went away.
        """
        timeout = self.gettimeout()
        if self.receive_until is None or timeout == 0:
            return super().recv(bufsize, flags)
        # Not 0, which would not be a time that is over but one that nobody waits.
        left = max(self.receive_until - time.monotonic(), _NEXT_TO_NOTHING)
        try:
            self.settimeout(left if timeout is None else min(left, timeout))
            return super().recv(bufsize, flags)
        except TimeoutError as error:
            self.was_late = True
            raise TimeoutError(errno.ECONNRESET, "the client is too slow") from error
        finally:
            self.settimeout(timeout)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        """Send all of it, or give the client up.

        Raises:
            TimeoutError: the client does not take it.
        """
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise TimeoutError(errno.ECONNRESET, "the client is too slow") from error


class PatientConnection(TConn):  # type: ignore[misc] # gunicorn ships no types
    """A client's connection, and how far its present request got."""

    is_asked: bool = False
    """Whether the head of the request was there."""


class PatientWorker(ThreadWorker):  # type: ignore[misc] # the same
    """Threads that serve patiently, but not for ever."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **named)
        self._seconds = float(load_settings().request_seconds)
        self._head_seconds = min(HEAD_SECONDS, self._seconds)
        self._most_at_once = self.cfg.threads * (1 + WAITING_PER_THREAD)
        self._at_once = 0
        self._refused: deque[tuple[float, socket.socket]] = deque()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and give it a thread once there is something to read."""
        try:
            plain, address = listener.accept()
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        client = PatientSocket(fileno=plain.detach())
        client.patience_seconds = self._seconds
        conn = PatientConnection(self.cfg, client, address, listener.getsockname())
        conn.set_timeout()
        self.nr_conns += 1
        self.pending_conns.append(conn)
        self.poller.register(
            client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
        )

    def enqueue_req(self, conn: PatientConnection) -> None:
        """Have a thread serve a connection; refuse it where too many wait already."""
        if self._at_once < self._most_at_once:
            self._at_once += 1
            super().enqueue_req(conn)
            return
        self.nr_conns -= 1
        conn.sock.settimeout(0)
        _tell(conn.sock, HTTPStatus.SERVICE_UNAVAILABLE, TooBusyError())
        # Closed at once, with its request unread, the client would not get to see that.
        self._refused.append((time.monotonic() + LINGER_SECONDS, conn.sock))

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - gunicorn's
        """Close connections whose time is over; called at least every second."""
        super().murder_keepalived(force)
        while self._refused and (force or self._refused[0][0] <= time.monotonic()):
            self._refused.popleft()[1].close()

    def finish_request(self, conn: PatientConnection, fs: object) -> None:
        """Do with a connection what is to be done once its thread is free."""
        self._at_once -= 1
        super().finish_request(conn, fs)

    def handle(self, conn: PatientConnection) -> object:
        """Serve one request; runs in a thread."""
        client = conn.sock
        conn.is_asked = client.was_late = False
        client.receive_until = time.monotonic() + self._head_seconds
        outcome = super().handle(conn)
        if outcome is False:
            if client.was_late and not conn.is_asked:
                late = RequestTooSlowError(part="head", seconds=self._head_seconds)
                _tell(client, HTTPStatus.REQUEST_TIMEOUT, late)
            # Gunicorn would wait for the client's end in the thread that serves all connections.
            client.receive_until = None
            close_graceful(client, timeout=LINGER_SECONDS)
        return outcome

    def handle_request(self, req: object, conn: PatientConnection) -> object:
        """Let the application answer a request whose head is there."""
        conn.is_asked = True
        conn.sock.receive_until = time.monotonic() + self._seconds
        return super().handle_request(req, conn)

    def handle_error(
        self, _request: object, client: PatientSocket, _address: object, error: BaseException
    ) -> None:
        """Tell a client why it gets no answer of the application.

        Args:
            client: Its socket, which is closed soon after.
            error: What is wrong.
        """
        request_id = uuid4().hex
        refusal = _refusal(error)
        if refusal is None:
            facts = {"request_id": request_id}
            logger.error("request_crashed", exc_info=error, extra=facts)
            refusal = HTTPStatus.INTERNAL_SERVER_ERROR, InternalError(INTERNAL_SENTENCE)
        else:
            facts = {"request_id": request_id, "reason": str(error)[:_SHOWN]}
            logger.warning("request_unreadable", extra=facts)
        with suppress(OSError):
            client.sendall(_answer(*refusal, request_id=request_id))


def _refusal(error: BaseException) -> tuple[HTTPStatus, SchemaBuilderError] | None:
    """Return what a client is told of its own fault; None if it is ours."""
    match error:
        case LimitRequestLine():
            longest = AddressTooLongError(longest=LONGEST_TARGET)
            return HTTPStatus.REQUEST_URI_TOO_LONG, longest
        case LimitRequestHeaders():
            large = HeadersTooLargeError(longest=LONGEST_HEADER, most=MOST_HEADERS)
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, large
        case InvalidResponseHeader() | InvalidResponseHeaderName():
            return None
        case ParseException():
            status = {
                ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
                UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
            }.get(type(error), HTTPStatus.BAD_REQUEST)
            reason = str(error)[:_SHOWN]
            return status, RequestUnreadableError(reason=reason[:1].lower() + reason[1:])
        case _:
            return None


def _tell(client: socket.socket, status: HTTPStatus, error: SchemaBuilderError) -> None:
    """Tell a client why it is not served, and hang up, if it is still there."""
    with suppress(OSError):
        client.send(_answer(status, error, request_id=uuid4().hex))
        client.shutdown(socket.SHUT_WR)
        client.recv(_MOST_UNREAD)


def _answer(status: HTTPStatus, error: SchemaBuilderError, *, request_id: str) -> bytes:
    """Return an answer in the shape of all errors, after which the connection ends."""
    body = json.dumps(
        {
            "success": False,
            "message": error.message,
            "data": None,
            "error": {"code": error.code, "details": error.sentence, "requestId": request_id},
        }
    ).encode()
    is_worth_another_try = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}
    pause = f"Retry-After: {RETRY_AFTER_SECONDS}\r\n" if is_worth_another_try else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{pause}"
        f"X-Request-ID: {request_id}\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
