"""The port through which is remembered how servers write definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class NormalFormRepository(Protocol):
    """What is remembered of definitions as servers write them."""

    def get(self, structure_fingerprint: str, server_major: int) -> Mapping[str, Any] | None:
        """Return the remembered document, or None."""
        ...

    def put(
        self, structure_fingerprint: str, server_major: int, document: Mapping[str, Any]
    ) -> None:
        """Remember a document; one that is remembered already stays."""
        ...
