"""A definition prepared for checking: everything found by id, with its path, once for all rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from core.definition.model import Definition, Enum, ForeignKey, LiteralDefault
from core.validation.named_things import NamedThing, named_things
from core.validation.sites import ExpressionSite, table_texts
from core.validation.sql_types import TypeResolver
from core.validation.views import ColumnView, ForeignKeyView, TableView

MAX_EXPRESSIONS = 20_000
"""SQL expressions that are read; a rule refuses definitions with more."""
MAX_EXPRESSION_CHARACTERS = 1_000_000
"""Characters of all SQL expressions that are read."""
MAX_EXPRESSION_NODES = 200_000
"""Nodes of all SQL expressions that are read, some six for a comparison with a constant."""


class Design:
    """A definition with everything by id and by path."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.enums_by_id: Mapping[str, Enum] = {
            enum.id: enum for enum in reversed(definition.enums)
        }
        self.types = TypeResolver(definition)
        self.tables = tuple(
            TableView(table, position, self.types)
            for position, table in enumerate(definition.tables)
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

    @property
    def sites(self) -> tuple[tuple[TableView, ExpressionSite], ...]:
        """Every SQL expression with its table, parsed, as far as the budget goes."""
        return self._reading[0]

    @property
    def expressions_left(self) -> str:
        """Why some SQL expressions were not read; empty where all were."""
        return self._reading[1]

    @cached_property
    def _reading(self) -> tuple[tuple[tuple[TableView, ExpressionSite], ...], str]:
        """Read expressions until there are too many of them, or too much in them."""
        read: list[tuple[TableView, ExpressionSite]] = []
        characters = nodes = 0
        for view in self.tables:
            for text in table_texts(view.table, view.path):
                characters += len(text.sql)
                for amount, limit, what in (
                    (len(read) + 1, MAX_EXPRESSIONS, "SQL expressions"),
                    (characters, MAX_EXPRESSION_CHARACTERS, "characters in SQL expressions"),
                    (nodes, MAX_EXPRESSION_NODES, "names, constants and operations in them"),
                ):
                    if amount > limit:
                        return tuple(read), f"more than {limit:,} {what}"
                site = text.parsed()
                read.append((view, site))
                nodes += site.size
        return tuple(read), ""

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
