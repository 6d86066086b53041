"""A client of the API that keeps its connection and costs next to nothing itself."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, Self

API = "/api/v1"
TIMEOUT_SECONDS = 120.0
CHUNK_BYTES = 65_536
IDLE_SECONDS = 2.0
"""Silence after which to connect anew; the API closes connections that idle for longer."""


class ClientError(Exception):
    """The API said no."""


class Client:
    """One connection, one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        self._used_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON comes back
        """Return the `data` of an answer."""
        return self._data("GET", f"{API}{path}", None, {})

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - whatever JSON comes back
        """Post a body as JSON and return the `data` of the answer."""
        return self._data("POST", f"{API}{path}", body, headers or {})

    def delete(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON comes back
        """Delete and return the `data` of the answer."""
        return self._data("DELETE", f"{API}{path}", None, {})

    def read(self, path: str) -> bytes:
        """Return the body of an answer to GET; the path is the whole one."""
        return self._exchange("GET", path, None, {})

    def drain(self, path: str) -> int:
        """Read the body of an answer to GET and forget it; return its size in bytes."""
        self._connection.close()
        self._connection.request("GET", path)
        size = 0
        with closing(self._connection.getresponse()) as answer:
            while chunk := answer.read(CHUNK_BYTES):
                size += len(chunk)
        return size

    def is_alive(self) -> bool:
        """Tell whether the API answers."""
        try:
            self.read(f"{API}/health/live")
        except (OSError, ClientError, http.client.HTTPException):
            return False
        return True

    def _data(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
        text = None if body is None else json.dumps(body).encode()
        given = {} if text is None else {"Content-Type": "application/json"}
        return json.loads(self._exchange(method, path, text, {**given, **headers}))["data"]

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        self._connection.request(method, path, body=body, headers=dict(headers))
        with closing(self._connection.getresponse()) as answer:
            content = answer.read()
            self._used_at = time.monotonic()
            if answer.status >= http.client.BAD_REQUEST:
                said = content.decode(errors="replace")
                raise ClientError(f"{method} {path} was answered {answer.status}: {said}")
            return content
