"""Which table leads where, as a graph."""

from __future__ import annotations

from core.definition.model import ReferentialAction
from core.validation.design import Design
from core.validation.graph import graph_of


def references(design: Design, *, cascading: bool = False) -> dict[str, list[str]]:
    """Return which table leads where: a reference to its target, a cascade to its source.

    Args:
        design: The design.
        cascading: Follow the deletes that run on, from target to source.
    """
    edges = []
    for view in design.foreign_keys:
        ends = (view.foreign_key.source_table_id, view.foreign_key.target_table_id)
        if not cascading:
            edges.append(ends)
        elif view.foreign_key.on_delete is ReferentialAction.CASCADE:
            edges.append(ends[::-1])
    return graph_of((view.table.id for view in design.tables), edges)
