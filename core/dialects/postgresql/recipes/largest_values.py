"""How the largest value of a column of a big table is found at once, while the table is locked."""

from __future__ import annotations

from core.changes import ObjectKind
from core.definition.model import Index, IndexPart, Table
from core.dialects.postgresql.altering_indexes import create_index, drop_index
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import key, line
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement


def index_for_largest(
    table: Table, column_id: str, name: str, scenery: Scenery
) -> tuple[Line, Statement] | None:
    """Build an index over a column for a while, unless one that stays begins with it.

    Args:
        table: The table after.
        column_id: The column.
        name: What the column is called when the index is built.
        scenery: Both ends.

    Returns:
        What builds it while everybody goes on, and what drops it, if it is there.
    """
    if not scenery.is_online(table.id) or _is_led_by(column_id, table, scenery):
        return None
    place, temporary = Place.of(table), scenery.temporary()
    index = Index(id=column_id, parts=(IndexPart(column_id=column_id),))
    return (
        line(create_index(place, index, lambda _: name, name=temporary, concurrently=True)),
        drop_index(Place(place.namespace, temporary), column_id, if_exists=True),
    )


def _is_led_by(column_id: str, table: Table, scenery: Scenery) -> bool:
    """Tell whether an index that is there before and stays begins with a column."""
    before = scenery.before.table(table.id)
    firsts = {key(ObjectKind.UNIQUE, each.id): each.column_ids[0] for each in before.uniques}
    if before.primary_key is not None:
        firsts[key(ObjectKind.PRIMARY_KEY, before.id)] = before.primary_key.column_ids[0]
    for each in before.indexes:
        if each.method == "btree" and each.where is None:
            firsts[key(ObjectKind.INDEX, each.id)] = each.parts[0].column_id or ""
    return any(first == column_id for kept, first in firsts.items() if kept not in scenery.dropped)
