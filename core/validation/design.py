"""A definition prepared for checking: everything found by id, with its path, once for all rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import islice

from core.definition.model import Definition, Enum, ForeignKey, LiteralDefault
from core.validation.named_things import NamedThing, named_things
from core.validation.sites import ExpressionSite, table_sites
from core.validation.views import ColumnView, ForeignKeyView, TableView, TypeResolver

MAX_EXPRESSIONS = 20_000
"""SQL expressions that are read; a rule refuses definitions with more."""


class Design:
    """A definition with everything by id and by path."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.enums_by_id: Mapping[str, Enum] = {
            enum.id: enum for enum in reversed(definition.enums)
        }
        types = TypeResolver(definition)
        self.tables = tuple(
            TableView(table, position, types) for position, table in enumerate(definition.tables)
        )
        self.tables_by_id: Mapping[str, TableView] = {
            view.table.id: view for view in reversed(self.tables)
        }
        self.foreign_keys = tuple(
            self._foreign_key(foreign_key, position)
            for position, foreign_key in enumerate(definition.foreign_keys)
        )

    @cached_property
    def names(self) -> tuple[NamedThing, ...]:
        """Every name that was given."""
        return tuple(named_things(self.definition, self.tables, self.foreign_keys))

    @cached_property
    def columns(self) -> tuple[ColumnView, ...]:
        """Columns of all tables."""
        return tuple(column for table in self.tables for column in table.columns)

    @cached_property
    def whole_foreign_keys(self) -> tuple[ForeignKeyView, ...]:
        """Foreign keys whose ends all exist."""
        return tuple(view for view in self.foreign_keys if view.is_whole)

    @cached_property
    def sites(self) -> tuple[tuple[TableView, ExpressionSite], ...]:
        """Every SQL expression with its table, parsed; one more than allowed at most."""
        sites = (
            (view, site) for view in self.tables for site in table_sites(view.table, view.path)
        )
        return tuple(islice(sites, MAX_EXPRESSIONS + 1))

    @cached_property
    def literal_defaults(self) -> tuple[tuple[ColumnView, LiteralDefault], ...]:
        """Columns whose default is a JSON literal."""
        return tuple(
            (view, view.column.default)
            for view in self.columns
            if isinstance(view.column.default, LiteralDefault)
        )

    def _foreign_key(self, foreign_key: ForeignKey, position: int) -> ForeignKeyView:
        source = self.tables_by_id.get(foreign_key.source_table_id)
        target = self.tables_by_id.get(foreign_key.target_table_id)
        return ForeignKeyView(
            foreign_key=foreign_key,
            path=f"foreignKeys[{position}]",
            source=source,
            target=target,
            source_columns=_find(source, foreign_key.source_column_ids),
            target_columns=_find(target, foreign_key.target_column_ids),
        )


def _find(view: TableView | None, column_ids: tuple[str, ...]) -> tuple[ColumnView | None, ...]:
    return tuple(None if view is None else view.by_id.get(item) for item in column_ids)
