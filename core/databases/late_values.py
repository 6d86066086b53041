"""Values that were written into what a migration put out of sight after its rows were looked at.

A column without values goes without anybody's permission. Whoever writes into it meanwhile must
not lose that, so the migration is taken back.
"""

from __future__ import annotations

from typing import Any

from core.changes import AddColumn, AddTable, DropColumn, DropTable
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
        table = change.table.label if isinstance(change, DropColumn) else thing.subject
        loss = _loss(thing.subject, table, column)
        if not not_allowed([loss], migration.allowed_losses):
            continue
        rows = session.count_set_aside(thing)
        if rows:
            found.append(loss | {"rows": rows})
    return tuple(found)


def emptied(plan: Plan, allowed: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return what the way back of a plan drops and must find empty, as losses by id.

    Args:
        plan: The plan, whose additions go.
        allowed: What may lose values, by name.
    """
    found: dict[str, dict[str, Any]] = {}
    for change in plan.changes:
        if isinstance(change, AddTable):
            found[change.table.id] = _loss(change.subject.label, change.subject.label, None)
        elif isinstance(change, AddColumn) and change.column.generated is None:
            label, table = change.subject.label, change.table.label
            found[change.column.id] = _loss(label, table, change.column.name)
    return {each: loss for each, loss in found.items() if not_allowed([loss], allowed)}


def _loss(subject: str, table: str, column: str | None) -> dict[str, Any]:
    return {
        "code": "ROWS_LOST" if column is None else "VALUES_LOST",
        "subject": subject,
        "table": table,
        "column": column,
        "samples": [],
        "rows": 1,
    }


def in_effect(session: Session, migration: Migration) -> Definition | None:
    """Return what a database holds in which all lines up ran, None when it must not stay so."""
    found = session.introspect().definition
    if structure_fingerprint(found) != migration.after_fingerprint:
        return None
    return None if late_values(session, migration, plan_from_json(migration.plan)) else found
