"""A client of the API as tests need it: plain calls, answers checked, jobs waited for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import requests

ENDS = {"succeeded", "failed", "cancelled"}
"""States of jobs that have ended."""

REQUEST_SECONDS = 40.0
END_SECONDS = 60.0


class Api:
    """Calls routes of one address. May be shared between threads."""

    def __init__(self, address: str) -> None:
        self._address = address

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> requests.Response:
        """Call a route, given below `/api/v1` or as an answer named it."""
        return requests.request(
            method,
            self._address + path.removeprefix("/api/v1"),
            json=body,
            headers=dict(headers or {}),
            params=query,
            timeout=REQUEST_SECONDS,
        )

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return the data of a successful GET."""
        return _read(self.call("GET", path, headers=None, **query))

    def send(
        self, method: str, path: str, body: object = None, *, wait: int = 0, **query: str
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the data of a successful call of another method.

        Args:
            method: Of HTTP.
            path: The route.
            body: JSON.
            wait: Seconds to prefer an answer only after the job has ended.
            query: Parameters.
        """
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return _read(self.call(method, path, body, headers=headers, **query))

    def job(self, job_id: str) -> Any:  # noqa: ANN401 - JSON
        """Return a job as it stands."""
        return self.get(f"/jobs/{job_id}")

    def end_of(self, job_id: str, *, seconds: float = END_SECONDS) -> Any:  # noqa: ANN401 - JSON
        """Return a job after its end."""
        deadline = time.monotonic() + seconds
        while (job := self.get(f"/jobs/{job_id}", wait="5"))["state"] not in ENDS:
            assert time.monotonic() < deadline, f"not ended: {job}"
        return job

    def ends_of(self, job_ids: Iterable[str], *, seconds: float = END_SECONDS) -> list[Any]:
        """Return jobs after their ends."""
        deadline = time.monotonic() + seconds
        return [self.end_of(each, seconds=deadline - time.monotonic()) for each in job_ids]


def _read(answer: requests.Response) -> Any:  # noqa: ANN401 - JSON
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    envelope = answer.json()
    assert envelope["success"] is True
    return envelope["data"]
