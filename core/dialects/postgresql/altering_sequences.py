"""How PostgreSQL spells sequences that live no longer than a plan runs.

create_sequence, drop_sequence. Those of identity columns are `altering_columns`.
"""

from __future__ import annotations

from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import statement
from core.dialects.postgresql.places import Place
from core.dialects.statement import Statement


def create_sequence(at: Place, cause: str) -> Statement:
    """Make a sequence, if it is not there."""
    return statement(f"CREATE SEQUENCE IF NOT EXISTS {at.sql}", effects.CREATE_SEQUENCE, cause)


def drop_sequence(at: Place, cause: str) -> Statement:
    """Drop a sequence that nothing uses any more, if it is there."""
    return statement(f"DROP SEQUENCE IF EXISTS {at.sql}", effects.DROP_SEQUENCE, cause)
