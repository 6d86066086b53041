"""Which columns of large tables are converted where they stand, for the sake of what hangs on them.

What a definition cannot hold would go with the old column once a new one is in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.changes import Change, ChangeColumnType, ChangeEnumValues
from core.definition.canonical import qualified
from core.definition.model import Column, Table
from core.dialects.errors import PlanBlockedError
from core.dialects.facts import Hanging
from core.dialects.postgresql.recipes.enum_rebuilding import converted_columns
from core.dialects.postgresql.recipes.enum_values import is_rebuilt
from core.dialects.postgresql.recipes.scenery import Scenery


def find_burdened(changes: Iterable[Change], scenery: Scenery) -> None:
    """Note what hangs on columns that get another type.

    Raises:
        PlanBlockedError: it would be lost wherever the column is converted.
    """
    for change in changes:
        for table, column in _converted(change, scenery):
            found = _on(table, column, scenery)
            lost = next((each for each in found if not each.stays_in_place), None)
            if lost is not None and not scenery.scene.is_way_back:
                before = scenery.before.table(table.id)
                raise PlanBlockedError(
                    thing=qualified(before.namespace, before.name, column.name),
                    blocker=lost.words,
                    is_going=False,
                )
            if found:
                words = ", ".join(dict.fromkeys(each.words for each in found))
                scenery.burdened[column.id] = words


def _converted(change: Change, scenery: Scenery) -> Iterator[tuple[Table, Column]]:
    """Give tables and columns of before."""
    if isinstance(change, ChangeColumnType):
        yield scenery.before.columns[change.after.id]
    elif isinstance(change, ChangeEnumValues) and is_rebuilt(change):
        for _, before, _ in converted_columns(change.after.id, scenery):
            yield scenery.before.columns[before.id]


def _on(table: Table, column: Column, scenery: Scenery) -> tuple[Hanging, ...]:
    parts = scenery.facts_of(table.id).parts
    if parts is None:
        return ()
    return tuple(each for each in parts.hanging if each.column == column.name)
