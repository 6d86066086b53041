"""Rules about foreign keys together: cycles, cascades, and relations nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.graph import cycles, longest_way
from core.validation.references import references
from core.validation.rule import Remark, on_column, on_table, rule
from core.validation.views import ColumnView, TableView

DEEP_CASCADE = 3
"""Tables that a delete may run on into before it is called deep."""

_MAX_SHOWN = 12


def _names(design: Design, table_ids: list[str], joint: str) -> str:
    names = [f'"{design.tables_by_id[item].name}"' for item in table_ids]
    if len(names) > _MAX_SHOWN:
        names[_MAX_SHOWN:] = [f"and {len(names) - _MAX_SHOWN} more"]
    return joint.join(names)


@rule(code="FOREIGN_KEY_CYCLE", level=Level.MEDIUM, catalogue="F006")
def foreign_key_cycle(design: Design) -> Iterator[Remark]:
    """Tables that refer to each other in a circle can be made, and are hard to fill.

    One of the rows has to come first: let one of the columns be NULL, or defer one of the keys.
    """
    for group in cycles(references(design)):
        yield on_table(
            design.tables_by_id[group[0]],
            f"{_names(design, group, ', ')} refer to each other in a circle.",
            "Make one of the foreign keys deferrable, or its columns nullable.",
        )


@rule(code="CASCADE_CYCLE", level=Level.HIGH, catalogue="F007")
def cascade_cycle(design: Design) -> Iterator[Remark]:
    """A delete that can come back to the table it began in takes rows nobody thought of."""
    for group in cycles(references(design, cascading=True)):
        yield on_table(
            design.tables_by_id[group[0]],
            f"Deletes run in a circle through {_names(design, group, ', ')}.",
            "Let one of the foreign keys restrict instead of cascading.",
        )


@rule(code="CASCADE_DEEP", level=Level.HIGH, catalogue="F007")
def cascade_deep(design: Design) -> Iterator[Remark]:
    """One delete that runs on through more than three tables is hard to foresee."""
    way = longest_way(references(design, cascading=True))
    if len(way) - 1 > DEEP_CASCADE:
        yield on_table(
            design.tables_by_id[way[0]],
            f"A delete runs on through {len(way) - 1} tables: {_names(design, way, ' → ')}.",
            "Let one of the foreign keys restrict instead of cascading.",
        )


@rule(code="RELATION_IMPLIED", level=Level.HINT, catalogue="F008")
def relation_implied(design: Design) -> Iterator[Remark]:
    """A column called like a table and `_id` looks like a foreign key that nobody declared."""
    sources = _sources(design)
    tables = {view.name.lower(): view for view in reversed(design.tables)}
    for table in design.tables:
        for column in table.columns:
            if (table.table.id, column.column.id) in sources:
                continue
            target = _implied(column, tables)
            key = target.table.primary_key if target is not None else None
            if target is None or key is None or len(key.column_ids) != 1:
                continue
            referred = target.by_id.get(key.column_ids[0])
            if referred is None or referred is column or not _fits(column, referred):
                continue
            yield on_column(
                column,
                f'"{column.name}" looks like a reference to "{target.name}".',
                "Add a foreign key, if it is one.",
            )


def _implied(column: ColumnView, tables: dict[str, TableView]) -> TableView | None:
    name = column.name.lower()
    if not name.endswith("_id"):
        return None
    stem = name.removesuffix("_id")
    plurals = (stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies")
    return next((tables[item] for item in plurals if item in tables), None)


def _fits(column: ColumnView, referred: ColumnView) -> bool:
    if column.sql_type is None or referred.sql_type is None:
        return False
    return column.sql_type.family == referred.sql_type.family


@rule(code="POLYMORPHIC_PAIR", level=Level.MEDIUM, catalogue="F009")
def polymorphic_pair(design: Design) -> Iterator[Remark]:
    """A pair like `owner_type` and `owner_id` refers to several tables, and nothing checks it."""
    sources = _sources(design)
    for table in design.tables:
        for column in table.columns:
            stem = column.name.removesuffix("_type")
            if stem == column.name or not stem or f"{stem}_id" not in table.by_name:
                continue
            partner = table.by_name[f"{stem}_id"].column.id
            if (table.table.id, partner) not in sources:
                yield on_column(
                    column,
                    f'"{column.name}" and "{stem}_id" look like a reference to several tables.',
                    "Use one nullable foreign key per table, with a check that one is set.",
                )


def _sources(design: Design) -> set[tuple[str, str]]:
    """Return the columns that a foreign key begins at, with their tables."""
    return {
        (view.foreign_key.source_table_id, column_id)
        for view in design.foreign_keys
        for column_id in view.foreign_key.source_column_ids
    }


RULES = (
    foreign_key_cycle,
    cascade_cycle,
    cascade_deep,
    relation_implied,
    polymorphic_pair,
)
"""The rules of this module."""
