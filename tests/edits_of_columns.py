"""The single steps of an edit that concern columns, and what all steps draw with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from core.changes import ObjectKind
from core.changes.editing import edited, index_columns
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Column,
    Definition,
    IdentityKind,
    LiteralDefault,
    Table,
)
from core.definition.types import WHOLE_NUMBERS, ColumnType, DataType
from tests.strategy_parts import column_types, defaults_for, descriptions

_Item = TypeVar("_Item")

_PREFIXES = ("n", "New ", 'q"', "ü.")


class Editor:
    """Draws what steps need, with names and ids that nothing had."""

    def __init__(self, draw: st.DrawFn, definition: Definition) -> None:
        self.draw = draw
        self._text = repr(definition)
        self._count = 0

    def new_name(self) -> str:
        """Return a name that nothing has, anywhere."""
        return self.draw(st.sampled_from(_PREFIXES)) + self._number()

    def new_id(self) -> str:
        """Return an id that nothing has."""
        return f"id {self._number()}"

    def pick(self, items: Sequence[_Item]) -> _Item:
        """Draw one of the items."""
        return self.draw(st.sampled_from(items))

    def namespaces(self, definition: Definition) -> list[str]:
        """Return the namespaces that can be used, the default one once."""
        return sorted({DEFAULT_NAMESPACE, *(each.name for each in definition.namespaces)})

    def _number(self) -> str:
        self._count += 1
        while f"7{self._count}" in self._text:
            self._count += 1
        return f"7{self._count}"


Step = Callable[[Editor, Definition], Definition]


def put_table(definition: Definition, table: Table) -> Definition:
    """Return the definition with a table in place of the one with its id."""
    tables = edited(ObjectKind.TABLE, definition.tables, table.id, lambda _: table)
    return replace(definition, tables=tables)


def _put_column(definition: Definition, table: Table, column: Column) -> Definition:
    columns = edited(ObjectKind.COLUMN, table.columns, column.id, lambda _: column)
    return put_table(definition, replace(table, columns=columns))


def quoted(name: str) -> str:
    """Write a name as SQL does."""
    return '"{}"'.format(name.replace('"', '""'))


def _is_free(definition: Definition, table: Table, column: Column) -> bool:
    """Tell whether nothing but the column itself depends on what it is."""
    key_ids = table.primary_key.column_ids if table.primary_key else ()
    texts = [
        *(check.expression for check in table.checks),
        *(index.where or "" for index in table.indexes),
        *(part.expression or "" for index in table.indexes for part in index.parts),
        *(each.generated or "" for each in table.columns if each.id != column.id),
    ]
    used = {
        *key_ids,
        *(each for unique in table.uniques for each in unique.column_ids),
        *(each for index in table.indexes for each in index_columns(index)),
        *(each for key in definition.foreign_keys for each in key.source_column_ids),
        *(each for key in definition.foreign_keys for each in key.target_column_ids),
    }
    return column.id not in used and not any(quoted(column.name) in text for text in texts)


def add_column(editor: Editor, definition: Definition) -> Definition:
    """Add a column."""
    table = editor.pick(definition.tables)
    column_type = editor.draw(column_types)
    column = Column(
        id=editor.new_id(),
        name=editor.new_name(),
        type=column_type,
        default=editor.draw(st.none() | defaults_for(column_type)),
        description=editor.draw(descriptions),
    )
    return put_table(definition, replace(table, columns=(*table.columns, column)))


def drop_column(editor: Editor, definition: Definition) -> Definition:
    """Drop a column that nothing depends on, unless it is the last one."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    if len(table.columns) == 1 or not _is_free(definition, table, column):
        return definition
    kept = tuple(each for each in table.columns if each.id != column.id)
    return put_table(definition, replace(table, columns=kept))


def rename_column(editor: Editor, definition: Definition) -> Definition:
    """Give a column another name, in the expressions of its table as well."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    name = editor.new_name()
    old, new = quoted(column.name), quoted(name)

    def told(expression: str | None) -> str | None:
        return None if expression is None else expression.replace(old, new)

    return put_table(
        definition,
        replace(
            table,
            columns=tuple(
                replace(
                    each,
                    name=name if each.id == column.id else each.name,
                    generated=told(each.generated),
                )
                for each in table.columns
            ),
            checks=tuple(
                replace(each, expression=told(each.expression) or "") for each in table.checks
            ),
            indexes=tuple(
                replace(
                    each,
                    where=told(each.where),
                    parts=tuple(
                        replace(part, expression=told(part.expression)) for part in each.parts
                    ),
                )
                for each in table.indexes
            ),
        ),
    )


def retype_column(editor: Editor, definition: Definition) -> Definition:
    """Give a column that nothing depends on another type, with a default that fits."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    if not _is_free(definition, table, column) or column.generated is not None:
        return definition
    column_type = editor.draw(column_types)
    default = editor.draw(st.none() | defaults_for(column_type))
    return _put_column(
        definition,
        table,
        replace(column, type=column_type, default=default, identity=None, nullable=True),
    )


def toggle_nullable(editor: Editor, definition: Definition) -> Definition:
    """Let a column allow NULL, or not any more."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    key_ids = table.primary_key.column_ids if table.primary_key else ()
    can_be_null = column.identity is None and column.id not in key_ids
    is_null = isinstance(column.default, LiteralDefault) and "null" in column.default.json.lower()
    if column.generated is not None or is_null or not (can_be_null or column.nullable):
        return definition
    return _put_column(definition, table, replace(column, nullable=not column.nullable))


def change_default(editor: Editor, definition: Definition) -> Definition:
    """Give a column another default, or none."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    if column.generated is not None or column.identity is not None:
        return definition
    default = None
    if column.type.enum_id is None and column.nullable:
        default = editor.draw(st.none() | defaults_for(column.type))
    return _put_column(definition, table, replace(column, default=default))


def change_identity(editor: Editor, definition: Definition) -> Definition:
    """Let a whole number count up by itself, in another way, or not any more."""
    table = editor.pick(definition.tables)
    candidates = [
        each
        for each in table.columns
        if each.type.data_type.canonical() in WHOLE_NUMBERS and each.generated is None
    ]
    if not candidates:
        return definition
    column = editor.pick(candidates)
    identity = editor.draw(st.none() | st.sampled_from(IdentityKind))
    nullable = column.nullable and identity is None
    return _put_column(
        definition, table, replace(column, identity=identity, default=None, nullable=nullable)
    )


def change_generated(editor: Editor, definition: Definition) -> Definition:
    """Let a column be generated, in another way, or not any more."""
    table = editor.pick(definition.tables)
    column = editor.pick(table.columns)
    if not _is_free(definition, table, column):
        return definition
    if column.generated is not None and editor.draw(st.booleans()):
        return _put_column(definition, table, replace(column, generated=None))
    return _put_column(
        definition,
        table,
        replace(
            column,
            type=ColumnType(data_type=DataType.INT),
            generated=editor.pick(["1 + 1", "2 + 2"]),
            default=None,
            identity=None,
            nullable=True,
        ),
    )


def describe_column(editor: Editor, definition: Definition) -> Definition:
    """Give a column another comment."""
    table = editor.pick(definition.tables)
    column = replace(editor.pick(table.columns), description=editor.draw(descriptions))
    return _put_column(definition, table, column)


COLUMN_STEPS: tuple[Step, ...] = (
    *(add_column, drop_column, rename_column, retype_column, toggle_nullable),
    *(change_default, change_identity, change_generated, describe_column),
)
"""Steps on columns."""
