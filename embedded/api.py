"""A small client of our own HTTP API, for the demonstration."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from embedded.errors import DemonstrationError

TIMEOUT_SECONDS = 60.0


class Api:
    """Asks the API and takes nothing but success for an answer."""

    def __init__(self, address: str, *, key: str | None = None) -> None:
        """Describe where the API is.

        Args:
            address: scheme, host and port; no path.
            key: an API key; None where nobody is asked for one.
        """
        self._root = f"{address}/api/v1"
        proof = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._headers = {"Accept": "application/json", **proof}

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON comes back
        """Return the `data` of what a path answers."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Post a body and return the `data` of the answer."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(  # noqa: S310 - our own address, always http
            self._root + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers | ({} if body is None else {"Content-Type": "application/json"}),
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise DemonstrationError(
                reason=f"{method} {path} was answered {error.code}: {said}"
            ) from error
        except (OSError, ValueError, KeyError) as error:
            raise DemonstrationError(reason=f"{method} {path} had no answer: {error}") from error
