"""The single steps of an edit that concern keys, checks, indexes and foreign keys."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from core.definition.model import (
    Check,
    Column,
    Definition,
    ExpressionDefault,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    ReferentialAction,
    SortOrder,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from tests.edits_of_columns import Editor, Step, put_table, quoted


def add_free_key_column(editor: Editor, table: Table) -> tuple[Table, Column]:
    """Add a whole number to a table that a key can be made over."""
    column = Column(
        id=editor.new_id(),
        name=editor.new_name(),
        type=ColumnType(data_type=DataType.BIGINT),
        nullable=False,
        default=ExpressionDefault(sql="floor(random() * 1e15)::bigint"),
    )
    return replace(table, columns=(*table.columns, column)), column


def edit_primary_key(editor: Editor, definition: Definition) -> Definition:
    """Add, change, rename or drop a primary key that nothing refers to."""
    table = editor.pick(definition.tables)
    if any(key.target_table_id == table.id for key in definition.foreign_keys):
        return definition
    key = table.primary_key
    choice = editor.draw(st.integers(0, 2))
    if key is not None and choice == 0:
        return put_table(definition, replace(table, primary_key=None))
    if key is not None and choice == 1:
        named = replace(key, name=editor.new_name())
        return put_table(definition, replace(table, primary_key=named))
    table, column = add_free_key_column(editor, table)
    new = PrimaryKey(column_ids=(column.id,), name=editor.new_name())
    return put_table(definition, replace(table, primary_key=new))


def edit_uniques(editor: Editor, definition: Definition) -> Definition:
    """Add, change, rename or drop a unique constraint."""
    table = editor.pick(definition.tables)
    choice = editor.draw(st.integers(0, 3))
    if choice == 0 or not table.uniques:
        table, column = add_free_key_column(editor, table)
        new = Unique(id=editor.new_id(), column_ids=(column.id,), name=editor.new_name())
        return put_table(definition, replace(table, uniques=(*table.uniques, new)))
    unique = editor.pick(table.uniques)
    rest = tuple(each for each in table.uniques if each.id != unique.id)
    if choice == 1:
        return put_table(definition, replace(table, uniques=rest))
    if choice == 2:
        named = replace(unique, name=editor.new_name())
        return put_table(definition, replace(table, uniques=(*rest, named)))
    table, column = add_free_key_column(editor, table)
    wider = replace(unique, column_ids=(*unique.column_ids, column.id))
    return put_table(definition, replace(table, uniques=(*rest, wider)))


def edit_checks(editor: Editor, definition: Definition) -> Definition:
    """Add, change, rename or drop a check constraint."""
    table = editor.pick(definition.tables)
    expression = f"{quoted(editor.pick(table.columns).name)} IS NOT NULL OR true"
    choice = editor.draw(st.integers(0, 3))
    if choice == 0 or not table.checks:
        new = Check(id=editor.new_id(), expression=expression)
        return put_table(definition, replace(table, checks=(*table.checks, new)))
    check = editor.pick(table.checks)
    rest = tuple(each for each in table.checks if each.id != check.id)
    if choice == 1:
        return put_table(definition, replace(table, checks=rest))
    edited_check = (
        replace(check, name=editor.new_name())
        if choice == 2
        else replace(check, expression=expression)
    )
    return put_table(definition, replace(table, checks=(*rest, edited_check)))


def edit_indexes(editor: Editor, definition: Definition) -> Definition:
    """Add, change, rename or drop an index."""
    table = editor.pick(definition.tables)
    choice = editor.draw(st.integers(0, 3))
    if choice == 0 or not table.indexes:
        table, column = add_free_key_column(editor, table)
        part = IndexPart(column_id=column.id, order=editor.draw(st.sampled_from(SortOrder)))
        new = Index(id=editor.new_id(), parts=(part,), unique=editor.draw(st.booleans()))
        return put_table(definition, replace(table, indexes=(*table.indexes, new)))
    index = editor.pick(table.indexes)
    rest = tuple(each for each in table.indexes if each.id != index.id)
    if choice == 1:
        return put_table(definition, replace(table, indexes=rest))
    edited_index = (
        replace(index, name=editor.new_name())
        if choice == 2
        else replace(index, where="true" if index.where is None else None)
    )
    return put_table(definition, replace(table, indexes=(*rest, edited_index)))


def add_reference(editor: Editor, definition: Definition) -> Definition:
    """Let a new column refer to a table by a key of one column."""
    targets = [
        (table, column)
        for table in definition.tables
        for column in table.columns
        if table.primary_key is not None and table.primary_key.column_ids == (column.id,)
    ]
    if not targets:
        return definition
    target, key_column = editor.pick(targets)
    source = editor.pick(definition.tables)
    column = Column(id=editor.new_id(), name=editor.new_name(), type=key_column.type)
    new = ForeignKey(
        id=editor.new_id(),
        name=editor.new_name(),
        source_table_id=source.id,
        source_column_ids=(column.id,),
        target_table_id=target.id,
        target_column_ids=(key_column.id,),
    )
    return put_table(
        replace(definition, foreign_keys=(*definition.foreign_keys, new)),
        replace(source, columns=(*source.columns, column)),
    )


def edit_reference(editor: Editor, definition: Definition) -> Definition:
    """Change, time, rename or drop a foreign key."""
    if not definition.foreign_keys:
        return add_reference(editor, definition)
    key = editor.pick(definition.foreign_keys)
    rest = tuple(each for each in definition.foreign_keys if each.id != key.id)
    match editor.draw(st.integers(0, 3)):
        case 0:
            return replace(definition, foreign_keys=rest)
        case 1:
            key = replace(key, name=editor.new_name())
        case 2:
            is_deferrable = not key.deferrable
            deferred = is_deferrable and editor.draw(st.booleans())
            key = replace(key, deferrable=is_deferrable, initially_deferred=deferred)
        case _:
            key = replace(key, on_delete=editor.draw(st.sampled_from(ReferentialAction)))
    return replace(definition, foreign_keys=(*rest, key))


PART_STEPS: tuple[Step, ...] = (edit_primary_key, edit_uniques, edit_checks, edit_indexes)
"""Steps on keys, checks and indexes."""

REFERENCE_STEPS: tuple[Step, ...] = (add_reference, edit_reference)
"""Steps on foreign keys."""
