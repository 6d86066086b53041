"""What checking a definition says of what a plan makes new, and of nothing else.

Only tables that the plan touches are checked, with those that foreign keys connect with them, so
that the cost grows with the plan. Rules about the definition as a whole are not for this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from core.changes import Change
from core.definition.model import Definition
from core.validation import Diagnostic, validate


def introduced(
    before: Definition, after: Definition, changes: Sequence[Change]
) -> Mapping[str, tuple[Diagnostic, ...]]:
    """Return the diagnostics of after that before did not have, by code."""
    changed = {change.subject.table_id for change in changes} - {None}
    touched = set(changed)
    for key in (*before.foreign_keys, *after.foreign_keys):
        ends = {key.source_table_id, key.target_table_id}
        if ends & changed:
            touched |= ends
    old = _part(before, touched)
    was, known = _by_place(old), frozenset(item.message for item in old)
    found: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for place, diagnostics in _by_place(_part(after, touched)).items():
        more = len(diagnostics) - len(was.get(place, ()))
        # A rename alone changes messages: what counts is that there are more than before.
        fresh = [item for item in diagnostics if item.message not in known]
        found[place[0]] += fresh[: max(more, 0)]
    return {code: tuple(diagnostics) for code, diagnostics in found.items()}


def _part(definition: Definition, table_ids: Collection[str | None]) -> tuple[Diagnostic, ...]:
    part = Definition(
        tables=tuple(table for table in definition.tables if table.id in table_ids),
        foreign_keys=tuple(
            key
            for key in definition.foreign_keys
            if key.source_table_id in table_ids and key.target_table_id in table_ids
        ),
        enums=definition.enums,
        namespaces=definition.namespaces,
    )
    return validate(part)


_Place = tuple[str, str | None, str | None]


def _by_place(diagnostics: Sequence[Diagnostic]) -> dict[_Place, list[Diagnostic]]:
    found: defaultdict[_Place, list[Diagnostic]] = defaultdict(list)
    for item in diagnostics:
        found[item.code, item.table_id, item.column_id].append(item)
    return found
