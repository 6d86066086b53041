"""What a schema's owner makes of the findings about its plans: what blocks, warns or is silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class LintPolicyRepository(Protocol):
    """The lint policies of schemas: by finding code, one of `block`, `warn` and `silent`."""

    def get(self, schema_id: str) -> Mapping[str, str]:
        """Return a schema's policy; codes that it does not name keep their own level."""
        ...

    def put(self, schema_id: str, policy: Mapping[str, str]) -> None:
        """Replace a schema's policy."""
        ...
