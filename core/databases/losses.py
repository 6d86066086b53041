"""What rows say to a plan: which would lose something, which do not fit, and what is allowed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.definition.canonical import qualified
from core.definition.model import DEFAULT_NAMESPACE, Definition
from core.dialects.facts import Facts, RowTestKind

ALLOW_ALL = "*"
"""In a list of allowed losses: whatever it is."""


def found_in_rows(
    facts: Facts, before: Definition, kind: RowTestKind
) -> tuple[dict[str, Any], ...]:
    """Return what tests of a kind found, JSON values, in a stable order.

    Args:
        facts: What is known of the live database.
        before: The definition that it follows, for the names of tables.
        kind: What is looked for.
    """
    tables = {table.id: qualified(table.namespace, table.name) for table in before.tables}
    found = []
    for test, result in facts.rows.items():
        if test.kind is not kind or not result.count:
            continue
        table = tables.get(test.table_id, "")
        is_part = bool(table) and test.subject.startswith(f"{table}.")
        found.append(
            {
                "code": test.code,
                "subject": test.subject,
                "table": table or None,
                "column": test.subject.removeprefix(f"{table}.") if is_part else None,
                "rows": result.count,
                "samples": list(result.samples),
            }
        )
    return tuple(sorted(found, key=lambda each: (str(each["subject"]), str(each["code"]))))


def without_row_keys(impact: Mapping[str, Any]) -> dict[str, Any]:
    """Return an impact that names no rows: who asks may see their keys, and nothing keeps them.

    A key that means something outside, such as an address, may be personal.
    """
    return {
        **impact,
        **{
            part: [{**each, "samples": []} for each in impact[part]]
            for part in ("losses", "misfits")
            if part in impact
        },
    }


def not_allowed(
    losses: Sequence[dict[str, Any]], allowed: Collection[str]
) -> tuple[dict[str, Any], ...]:
    """Return the losses that nobody allowed.

    Allowing a table allows everything in it; the default namespace may be left out.
    """
    names = {_whole(name) for name in allowed}
    return tuple(
        loss for loss in losses if not names & _names_of(loss) and ALLOW_ALL not in allowed
    )


def _names_of(loss: dict[str, Any]) -> set[str]:
    subject, table = str(loss["subject"]), loss["table"]
    names = {subject} if table is None else {subject, str(table)}
    return {_whole(name) for name in names}


def _whole(name: str) -> str:
    """Fold the two ways to name a thing of the default namespace into one."""
    return name.strip().removeprefix(f"{DEFAULT_NAMESPACE}.")
