"""Plans as JSON: for the store, for clients, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.changes.codec import change_from_json, change_to_json
from core.dialects.moves import Reversibility, SetAside
from core.dialects.statement import (
    Batches,
    Blocks,
    Effect,
    IndexBuild,
    Line,
    Statement,
    Taken,
    Work,
)
from core.planning.plan import Plan, Return


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Write a plan as JSON, with everything that running it needs."""
    return {
        "changes": [change_to_json(change) for change in plan.changes],
        "up": [line_to_json(line) for line in plan.up],
        "down": [line_to_json(line) for line in plan.down],
        "undoFrom": list(plan.undo_from),
        "returns": [
            {"line": each.line and line_to_json(each.line), "done": each.done}
            for each in plan.returns
        ],
        "beforeFingerprint": plan.before_fingerprint,
        "afterFingerprint": plan.after_fingerprint,
        "setsAside": [
            {
                "kind": each.kind,
                "subject": each.subject,
                "namespace": each.namespace,
                "name": each.name,
                "column": each.column,
            }
            for each in plan.sets_aside
        ],
        "reversibility": str(plan.reversibility),
        "notes": list(plan.notes),
    }


def plan_from_json(written: Mapping[str, Any]) -> Plan:
    """Read what `plan_to_json` wrote."""
    return Plan(
        changes=tuple(change_from_json(each) for each in written["changes"]),
        up=tuple(line_from_json(each) for each in written["up"]),
        down=tuple(line_from_json(each) for each in written["down"]),
        undo_from=tuple(written["undoFrom"]),
        returns=tuple(
            Return(line=each["line"] and line_from_json(each["line"]), done=each["done"])
            for each in written.get("returns", ())
        ),
        before_fingerprint=written["beforeFingerprint"],
        after_fingerprint=written["afterFingerprint"],
        sets_aside=tuple(
            SetAside(
                kind=each["kind"],
                subject=each["subject"],
                namespace=each["namespace"],
                name=each["name"],
                column=each["column"],
            )
            for each in written["setsAside"]
        ),
        reversibility=Reversibility(written["reversibility"]),
        notes=tuple(written["notes"]),
    )


def line_to_json(line: Line) -> list[dict[str, Any]]:
    """Write a line: a list of statements, each with its effect."""
    return [_statement_to_json(each) for each in line.statements]


def line_from_json(written: list[Mapping[str, Any]]) -> Line:
    """Read what `line_to_json` wrote."""
    return Line(statements=tuple(_statement_from_json(each) for each in written))


def _statement_to_json(statement: Statement) -> dict[str, Any]:
    effect, build, batches = statement.effect, statement.index_build, statement.batches
    takes = statement.takes
    return {
        "sql": statement.sql,
        "effect": {
            "lock": effect.lock,
            "blocks": str(effect.blocks),
            "work": str(effect.work),
            "source": effect.source,
        },
        "causes": list(statement.causes),
        "isTransactional": statement.is_transactional,
        "indexBuild": build and {"namespace": build.namespace, "name": build.name},
        "batches": batches and {"namespace": batches.namespace, "table": batches.table},
        "takes": takes
        and {"namespace": takes.namespace, "table": takes.table, "column": takes.column},
    }


def _statement_from_json(written: Mapping[str, Any]) -> Statement:
    effect, build, batches = written["effect"], written["indexBuild"], written["batches"]
    takes = written.get("takes")
    return Statement(
        sql=written["sql"],
        effect=Effect(
            lock=effect["lock"],
            blocks=Blocks(effect["blocks"]),
            work=Work(effect["work"]),
            source=effect["source"],
        ),
        causes=tuple(written["causes"]),
        is_transactional=written["isTransactional"],
        index_build=build and IndexBuild(namespace=build["namespace"], name=build["name"]),
        batches=batches and Batches(namespace=batches["namespace"], table=batches["table"]),
        takes=takes
        and Taken(namespace=takes["namespace"], table=takes["table"], column=takes["column"]),
    )
