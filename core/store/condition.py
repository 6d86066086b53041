"""The store's own condition: its time, and how its revision stands to this code's.

Source: Alembic's table `alembic_version` and its script directory.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from typing_extensions import override

from core.observation.checks import ConditionRepository, RevisionState, StoreCondition

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"
"""The folder of the store's migrations."""


class SqlConditionRepository(ConditionRepository):
    """Asks the store how it is."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def look(self) -> StoreCondition:
        """Return its condition."""
        clock = self._connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        is_migrated = self._connection.execute(
            text("SELECT to_regclass('alembic_version') IS NOT NULL")
        ).scalar_one()
        applied: set[str] = set()
        if is_migrated:
            rows = self._connection.execute(text("SELECT version_num FROM alembic_version"))
            applied = set(rows.scalars())
        return StoreCondition(revision=_state_of(applied), clock=clock)


def _state_of(applied: set[str]) -> RevisionState:
    heads, known = _revisions()
    if applied - known:
        return RevisionState.AHEAD
    return RevisionState.CURRENT if applied == heads else RevisionState.BEHIND


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """Return the newest revisions of this code, and all; they do not change while it runs."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return frozenset(scripts.get_heads()), known
