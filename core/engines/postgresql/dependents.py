"""What outside a definition hangs on tables."""

from __future__ import annotations

from collections.abc import Sequence

from core.dialects.facts import Dependent
from core.engines.postgresql.connecting import Link


def read_dependents(link: Link, oids: Sequence[int]) -> dict[int, tuple[Dependent, ...]]:
    """Return dependents by table."""
    return {}
