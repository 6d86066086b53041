"""Measures of a design: how large it is, how it hangs together, how complex it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.definition.model import Definition
from core.validation.design import Design
from core.validation.graph import cycles, longest_way
from core.validation.references import references
from core.validation.views import TableView


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMeasure:
    """A number that belongs to a table."""

    table_id: str
    """The table."""
    name: str
    """Its name."""
    value: int
    """The number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The measures of a design."""

    table_count: int
    """Tables."""
    column_count: int
    """Columns of all tables."""
    foreign_key_count: int
    """Foreign keys."""
    index_count: int
    """Indexes, those of primary keys and unique constraints not counted."""
    unique_count: int
    """Unique constraints."""
    check_count: int
    """Check constraints."""
    enum_count: int
    """Enums."""
    namespace_count: int
    """Namespaces that tables stand in."""
    nullable_column_count: int
    """Columns that may be NULL."""
    tables_without_primary_key: tuple[str, ...]
    """Names of the tables that have none."""
    unrelated_tables: tuple[str, ...]
    """Names of the tables that no foreign key touches."""
    columns_per_table: float
    """Columns of a table on average."""
    widest_table: TableMeasure | None
    """The table with most columns, and how many."""
    most_referenced_table: TableMeasure | None
    """The table with the highest fan-in: most foreign keys lead to it."""
    most_referring_table: TableMeasure | None
    """The table with the highest fan-out: most foreign keys lead away from it."""
    cycles: tuple[tuple[str, ...], ...]
    """Groups of tables, by name, that refer to each other in a circle."""
    self_references: tuple[str, ...]
    """Names of the tables that refer to themselves."""
    longest_reference_chain: tuple[str, ...]
    """Names along the longest way of references."""
    longest_cascade: tuple[str, ...]
    """Names along the longest way that one delete can run on; empty when none does."""
    complexity: float
    """The complexity score, see `complexity_score`."""
    complexity_band: str
    """The score in a word: `simple`, `moderate`, `complex` or `very complex`."""


BANDS = ((20.0, "simple"), (75.0, "moderate"), (250.0, "complex"))
"""Scores up to which a design is called so."""

BEYOND_ALL_BANDS = "very complex"
"""What a design above the last band is called."""


def complexity_score(
    *,
    tables: int,
    columns: int,
    foreign_keys: int,
    constraints: int,
    cycles: int,
    cascade_steps: int,
) -> float:
    """Weigh what somebody has to keep in mind to change a design safely.

    The score is ``tables + columns / 10 + foreign keys / 2 + constraints / 4 + 3 * cycles +
    cascade steps``, rounded to one decimal: a table counts one, as much as ten
    columns, two foreign keys or four constraints; a cycle counts three, as it has to be understood
    as a whole; each table that one delete can run on into counts one.

    Args:
        tables: Tables.
        columns: Columns of all tables.
        foreign_keys: Foreign keys.
        constraints: Checks, unique constraints, indexes and enums together.
        cycles: Groups of tables that refer to each other in a circle.
        cascade_steps: Tables that one delete can run on into at most.

    Example:
        >>> complexity_score(
        ...     tables=3, columns=20, foreign_keys=2, constraints=4, cycles=0, cascade_steps=1
        ... )
        8.0
    """
    weighed = tables + columns / 10 + foreign_keys / 2 + constraints / 4
    return round(weighed + 3 * cycles + cascade_steps, 1)


def analyse(definition: Definition) -> Analysis:
    """Measure a definition; it need not be free of errors."""
    design = Design(definition)
    tables = definition.tables
    fan_in = Counter(
        view.foreign_key.target_table_id for view in design.foreign_keys if view.target is not None
    )
    fan_out = Counter(
        view.foreign_key.source_table_id for view in design.foreign_keys if view.source is not None
    )
    graph = references(design)
    found_cycles = cycles(graph)
    cascade = longest_way(references(design, cascading=True))
    steps = max(len(cascade) - 1, 0)
    indexes = sum(len(table.indexes) for table in tables)
    uniques = sum(len(table.uniques) for table in tables)
    checks = sum(len(table.checks) for table in tables)
    score = complexity_score(
        tables=len(tables),
        columns=len(design.columns),
        foreign_keys=len(definition.foreign_keys),
        constraints=indexes + uniques + checks + len(definition.enums),
        cycles=len(found_cycles),
        cascade_steps=steps,
    )
    related = fan_in.keys() | fan_out.keys()
    return Analysis(
        table_count=len(tables),
        column_count=len(design.columns),
        foreign_key_count=len(definition.foreign_keys),
        index_count=indexes,
        unique_count=uniques,
        check_count=checks,
        enum_count=len(definition.enums),
        namespace_count=len({table.namespace for table in tables}),
        nullable_column_count=sum(view.may_be_null for view in design.columns),
        tables_without_primary_key=tuple(
            table.name for table in tables if table.primary_key is None
        ),
        unrelated_tables=tuple(table.name for table in tables if table.id not in related),
        columns_per_table=round(len(design.columns) / len(tables), 1) if tables else 0.0,
        widest_table=_largest((view, len(view.columns)) for view in design.tables),
        most_referenced_table=_largest((view, fan_in[view.table.id]) for view in design.tables),
        most_referring_table=_largest((view, fan_out[view.table.id]) for view in design.tables),
        cycles=tuple(_names(design, group) for group in found_cycles),
        self_references=tuple(
            view.name for view in design.tables if view.table.id in graph[view.table.id]
        ),
        longest_reference_chain=_way(design, longest_way(graph)),
        longest_cascade=_way(design, cascade),
        complexity=score,
        complexity_band=next((word for limit, word in BANDS if score <= limit), BEYOND_ALL_BANDS),
    )


def _largest(measures: Iterable[tuple[TableView, int]]) -> TableMeasure | None:
    """Return the largest measure above zero, the first of equals."""
    view, value = max(measures, key=lambda item: item[1], default=(None, 0))
    if view is None or not value:
        return None
    return TableMeasure(table_id=view.table.id, name=view.name, value=value)


def _way(design: Design, way: list[str]) -> tuple[str, ...]:
    return _names(design, way) if len(way) > 1 else ()


def _names(design: Design, table_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(design.tables_by_id[item].name for item in table_ids)
