"""Columns that enums which are made anew hand to each other, so that each would wait for the other.

An enum is made anew once the columns that leave it have left, and a column joins an enum once that
is made anew. Where this goes round in a circle, columns are texts in between.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from core.definition.model import Column
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.recipes.enum_arrays import is_array
from core.dialects.postgresql.recipes.scenery import Scenery


def columns_in_a_circle(scenery: Scenery) -> frozenset[str]:
    """Return the ids of columns that leave an enum made anew for one that comes back to it."""
    if not scenery.rebuilt_enums:
        return frozenset()
    ways: defaultdict[str, set[str]] = defaultdict(set)
    leaving: list[tuple[str, str, str]] = []
    for column_id, (_, column) in scenery.after.columns.items():
        if not scenery.persists(column_id) or column_id in scenery.remade:
            continue
        left, joined = scenery.before.column(column_id).type.enum_id, column.type.enum_id
        if left != joined and left in scenery.rebuilt_enums and joined in scenery.rebuilt_enums:
            ways[left].add(joined)
            leaving.append((column_id, left, joined))
    return frozenset(
        column_id for column_id, left, joined in leaving if left in _reached(joined, ways)
    )


def in_between(before: Column, after: Column) -> Column:
    """Return a column on its way from one enum to another, which holds the same texts."""
    text = ColumnType(data_type=DataType.TEXT)
    if is_array(before):
        text = ColumnType(data_type=DataType.NATIVE, native="text[]")
    nullable = before.nullable or after.nullable
    return replace(before, type=text, default=None, nullable=nullable)


def _reached(start: str, ways: defaultdict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        enum_id = waiting.pop()
        if enum_id not in reached:
            reached.add(enum_id)
            waiting.extend(ways[enum_id])
    return reached
