"""A Hypothesis strategy for edits: a definition that creates, and what somebody made of it.

Both share the ids of what stayed, and both create. Every kind of change occurs. The single steps
on parts of a table are in
`edits_of_columns` and `edits_of_parts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from core.changes import ObjectKind
from core.changes.editing import edited
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    IdentityKind,
    Namespace,
    PrimaryKey,
    Table,
)
from core.definition.types import ColumnType, DataType
from tests.edits_of_columns import COLUMN_STEPS, Editor, Step, put_table
from tests.edits_of_parts import PART_STEPS, REFERENCE_STEPS
from tests.strategies import definitions
from tests.strategy_parts import descriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A definition before and after somebody edited it."""

    before: Definition
    """The definition before."""
    after: Definition
    """The definition after; it may be the same."""


@st.composite
def edits(draw: st.DrawFn, *, max_steps: int = 6, steps: Sequence[Step] | None = None) -> Edit:
    """Draw a definition and what a few steps make of it, of all or of those given."""
    before = draw(definitions())
    editor = Editor(draw, before)
    after = before
    for step in draw(st.lists(st.sampled_from(steps or STEPS), min_size=1, max_size=max_steps)):
        after = step(editor, after)
    return Edit(before=before, after=after)


def add_namespace(editor: Editor, definition: Definition) -> Definition:
    """Declare a namespace."""
    new = Namespace(name=editor.new_name(), description=editor.draw(descriptions))
    return replace(definition, namespaces=(*definition.namespaces, new))


def drop_namespace(editor: Editor, definition: Definition) -> Definition:
    """Drop a namespace, after moving out what stands in it."""
    if not definition.namespaces:
        return definition
    gone = editor.pick(definition.namespaces).name
    return replace(
        definition,
        namespaces=tuple(each for each in definition.namespaces if each.name != gone),
        tables=tuple(
            _moved(each, DEFAULT_NAMESPACE, editor) if each.namespace == gone else each
            for each in definition.tables
        ),
        enums=tuple(
            replace(each, namespace=DEFAULT_NAMESPACE, name=editor.new_name())
            if each.namespace == gone
            else each
            for each in definition.enums
        ),
    )


def describe_namespace(editor: Editor, definition: Definition) -> Definition:
    """Give a namespace another comment, the default one included."""
    kept = {each.name: each for each in definition.namespaces}
    name = editor.pick([DEFAULT_NAMESPACE, *kept])
    kept[name] = Namespace(name=name, description=editor.draw(descriptions))
    return replace(definition, namespaces=tuple(kept.values()))


def add_enum(editor: Editor, definition: Definition) -> Definition:
    """Add an enum, with a column of it."""
    new = Enum(
        id=editor.new_id(),
        name=editor.new_name(),
        values=("red", "it's"),
        namespace=editor.pick(editor.namespaces(definition)),
        description=editor.draw(descriptions),
    )
    column = Column(
        id=editor.new_id(),
        name=editor.new_name(),
        type=ColumnType(data_type=DataType.ENUM, enum_id=new.id),
    )
    table = editor.pick(definition.tables)
    return put_table(
        replace(definition, enums=(*definition.enums, new)),
        replace(table, columns=(*table.columns, column)),
    )


def drop_enum(editor: Editor, definition: Definition) -> Definition:
    """Drop an enum; its columns become text."""
    if not definition.enums:
        return definition
    gone = editor.pick(definition.enums).id

    def freed(column: Column) -> Column:
        if column.type.enum_id != gone:
            return column
        return replace(column, type=ColumnType(data_type=DataType.TEXT))

    return replace(
        definition,
        enums=tuple(each for each in definition.enums if each.id != gone),
        tables=tuple(
            replace(table, columns=tuple(freed(column) for column in table.columns))
            for table in definition.tables
        ),
    )


def edit_enum(editor: Editor, definition: Definition) -> Definition:
    """Rename, move, describe an enum, or give it more values or another order of them."""
    if not definition.enums:
        return definition
    enum = editor.pick(definition.enums)
    match editor.draw(st.integers(0, 4)):
        case 0:
            enum = replace(enum, name=editor.new_name())
        case 1:
            space = editor.pick(editor.namespaces(definition))
            enum = replace(enum, namespace=space, name=editor.new_name())
        case 2:
            enum = replace(enum, description=editor.draw(descriptions))
        case 3:
            values = [*enum.values]
            values.insert(editor.draw(st.integers(0, len(values))), editor.new_name())
            enum = replace(enum, values=tuple(values))
        case _:
            enum = replace(enum, values=tuple(editor.draw(st.permutations(enum.values))))
    enums = edited(ObjectKind.ENUM, definition.enums, enum.id, lambda _: enum)
    return replace(definition, enums=enums)


def add_table(editor: Editor, definition: Definition) -> Definition:
    """Add a small table."""
    key = Column(
        id=editor.new_id(),
        name=editor.new_name(),
        type=ColumnType(data_type=DataType.BIGINT),
        nullable=False,
        identity=editor.draw(st.none() | st.sampled_from(IdentityKind)),
    )
    made = Column(
        id=editor.new_id(),
        name=editor.new_name(),
        type=ColumnType(data_type=DataType.TIMESTAMPTZ),
        default=ExpressionDefault(sql="now()"),
    )
    table = Table(
        id=editor.new_id(),
        name=editor.new_name(),
        namespace=editor.pick(editor.namespaces(definition)),
        columns=(key, made),
        primary_key=PrimaryKey(column_ids=(key.id,)),
        description=editor.draw(descriptions),
    )
    return replace(definition, tables=(*definition.tables, table))


def drop_table(editor: Editor, definition: Definition) -> Definition:
    """Drop a table with the foreign keys at it, unless it is the last one."""
    if len(definition.tables) == 1:
        return definition
    gone = editor.pick(definition.tables).id
    return replace(
        definition,
        tables=tuple(each for each in definition.tables if each.id != gone),
        foreign_keys=tuple(
            each
            for each in definition.foreign_keys
            if gone not in {each.source_table_id, each.target_table_id}
        ),
    )


def rename_table(editor: Editor, definition: Definition) -> Definition:
    """Give a table another name."""
    table = editor.pick(definition.tables)
    return put_table(definition, replace(table, name=editor.new_name()))


def move_table(editor: Editor, definition: Definition) -> Definition:
    """Put a table into a namespace."""
    table = editor.pick(definition.tables)
    space = editor.pick(editor.namespaces(definition))
    return put_table(definition, _moved(table, space, editor))


def _moved(table: Table, namespace: str, editor: Editor) -> Table:
    """Give names to the table and what has an index that are free in the other namespace."""
    return replace(
        table,
        namespace=namespace,
        name=editor.new_name(),
        primary_key=table.primary_key and replace(table.primary_key, name=None),
        uniques=tuple(replace(each, name=None) for each in table.uniques),
        indexes=tuple(replace(each, name=None) for each in table.indexes),
    )


def describe_table(editor: Editor, definition: Definition) -> Definition:
    """Give a table another comment."""
    table = editor.pick(definition.tables)
    return put_table(definition, replace(table, description=editor.draw(descriptions)))


def shuffle(editor: Editor, definition: Definition) -> Definition:
    """Change only what is shown: the order of everything that has none."""
    tables = editor.draw(st.permutations(definition.tables))
    return replace(
        definition,
        tables=tuple(
            replace(table, columns=tuple(editor.draw(st.permutations(table.columns))), color="blue")
            for table in tables
        ),
        foreign_keys=tuple(editor.draw(st.permutations(definition.foreign_keys))),
        enums=tuple(editor.draw(st.permutations(definition.enums))),
        namespaces=tuple(editor.draw(st.permutations(definition.namespaces))),
    )


STEPS: tuple[Step, ...] = (
    *(add_namespace, drop_namespace, describe_namespace, add_enum, drop_enum, edit_enum),
    *(add_table, drop_table, rename_table, move_table, describe_table, shuffle),
    *COLUMN_STEPS,
    *PART_STEPS,
    *REFERENCE_STEPS,
)
"""All steps."""
