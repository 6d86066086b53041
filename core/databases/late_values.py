"""Values that were written into what a migration put out of sight after its rows were looked at.

A column without values goes without anybody's permission. Whoever writes into it meanwhile must
not lose that, so the migration is taken back.
"""

from __future__ import annotations

from typing import Any

from core.changes import DropColumn, DropTable
from core.databases.engine import Session
from core.databases.losses import not_allowed
from core.databases.migration import Migration
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.planning.codec import plan_from_json
from core.planning.plan import Plan


def late_values(session: Session, migration: Migration, plan: Plan) -> tuple[dict[str, Any], ...]:
    """Return what holds values out of sight though nobody allowed it to lose any.

    Args:
        session: The database, after the lines up.
        migration: The migration, with what may lose values.
        plan: Its plan.
    """
    going = {
        change.subject.label: change
        for change in plan.changes
        if isinstance(change, DropColumn | DropTable)
    }
    found: list[dict[str, Any]] = []
    for thing in migration.set_aside:
        change = going.get(thing.subject)
        if change is None:
            continue
        column = change.column.name if isinstance(change, DropColumn) else None
        loss: dict[str, Any] = {
            "code": "ROWS_LOST" if column is None else "VALUES_LOST",
            "subject": thing.subject,
            "table": change.table.label if isinstance(change, DropColumn) else thing.subject,
            "column": column,
            "samples": [],
        }
        if not not_allowed([loss], migration.allowed_losses):
            continue
        rows = session.count_set_aside(thing)
        if rows:
            found.append(loss | {"rows": rows})
    return tuple(found)


def in_effect(session: Session, migration: Migration) -> Definition | None:
    """Return what a database holds in which all lines up ran, None when it must not stay so."""
    found = session.introspect().definition
    if structure_fingerprint(found) != migration.after_fingerprint:
        return None
    return None if late_values(session, migration, plan_from_json(migration.plan)) else found
