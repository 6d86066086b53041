"""Rules about foreign keys, each for itself.

Source: PostgreSQL manual, section 5.5.5 and CREATE TABLE.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.definition.model import ReferentialAction
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.rule import Remark, rule
from core.validation.sql_types import SqlType
from core.validation.views import ColumnView, ForeignKeyView

MAX_KEYS = 32
"""Columns of a foreign key. Source: PostgreSQL manual, appendix K."""


def _remark(
    view: ForeignKeyView, path: str, message: str, hint: str = "", column: ColumnView | None = None
) -> Remark:
    return Remark(
        path=path,
        message=message,
        hint=hint,
        table_id=view.foreign_key.source_table_id,
        column_id=column.column.id if column is not None else None,
    )


@rule(code="FOREIGN_KEY_TABLE_MISSING", level=Level.ERROR, catalogue="F001")
def foreign_key_table_missing(design: Design) -> Iterator[Remark]:
    """A foreign key leads from one table of the definition to another, or to itself."""
    for view in design.foreign_keys:
        foreign_key = view.foreign_key
        for side, table, table_id in (
            ("source", view.source, foreign_key.source_table_id),
            ("target", view.target, foreign_key.target_table_id),
        ):
            if table is None:
                yield _remark(
                    view,
                    f"{view.path}.{side}TableId",
                    f"{view.label} names the table {table_id}, which does not exist.",
                    "Add the table or remove the foreign key.",
                )


@rule(code="FOREIGN_KEY_COLUMN_MISSING", level=Level.ERROR, catalogue="F001")
def foreign_key_column_missing(design: Design) -> Iterator[Remark]:
    """The columns of a foreign key are columns of its tables."""
    for view in design.foreign_keys:
        foreign_key = view.foreign_key
        for side, table, columns, ids in (
            ("source", view.source, view.source_columns, foreign_key.source_column_ids),
            ("target", view.target, view.target_columns, foreign_key.target_column_ids),
        ):
            for place, (column, column_id) in enumerate(zip(columns, ids, strict=True)):
                if table is not None and column is None:
                    yield _remark(
                        view,
                        view.column_path(side, place),
                        f'{view.label} names {column_id}, no column of "{table.name}".',
                        "Add the column or change the foreign key.",
                    )


@rule(code="FOREIGN_KEY_COLUMN_COUNT", level=Level.ERROR, catalogue="F001")
def foreign_key_column_count(design: Design) -> Iterator[Remark]:
    """A foreign key pairs each of its columns with one of the target: 1 to 32 of each."""
    for view in design.foreign_keys:
        sources = len(view.foreign_key.source_column_ids)
        targets = len(view.foreign_key.target_column_ids)
        if sources != targets or not 1 <= sources <= MAX_KEYS:
            yield _remark(
                view,
                view.path,
                f"{view.label} has {sources} columns for {targets} of its target.",
                f"Name the same number of columns, 1 to {MAX_KEYS}, on both sides.",
            )


@rule(code="FOREIGN_KEY_COLUMN_REPEATED", level=Level.ERROR, catalogue="F001")
def foreign_key_column_repeated(design: Design) -> Iterator[Remark]:
    """A foreign key names each column once on each side."""
    for view in design.foreign_keys:
        for side, ids in (
            ("source", view.foreign_key.source_column_ids),
            ("target", view.foreign_key.target_column_ids),
        ):
            if len(set(ids)) < len(ids):
                yield _remark(
                    view,
                    f"{view.path}.{side}ColumnIds",
                    f"{view.label} names a column twice.",
                    "Name each column once.",
                )


def _typed_pairs(
    design: Design,
) -> Iterator[tuple[ForeignKeyView, ColumnView, SqlType, ColumnView, SqlType]]:
    for view in design.foreign_keys:
        for source, target in view.pairs:
            if source.sql_type is not None and target.sql_type is not None:
                yield view, source, source.sql_type, target, target.sql_type


@rule(code="FOREIGN_KEY_TYPE_MISMATCH", level=Level.ERROR, catalogue="F002")
def foreign_key_type_mismatch(design: Design) -> Iterator[Remark]:
    """The columns of a foreign key have the types of those they refer to."""
    for view, source, source_type, target, target_type in _typed_pairs(design):
        if source_type.family != target_type.family:
            yield _remark(
                view,
                view.path,
                f'{view.label} compares "{source.name}" ({_shown(design, source_type)}) with'
                f' "{target.name}" ({_shown(design, target_type)}).',
                "Give both columns the same type.",
                source,
            )


@rule(code="FOREIGN_KEY_TYPE_DIFFERS", level=Level.MEDIUM, catalogue="F002")
def foreign_key_type_differs(design: Design) -> Iterator[Remark]:
    """The columns of a foreign key have just the types of those they refer to, size included.

    A smaller one cannot hold every key it may have to refer to; a larger one wastes space.
    """
    for view, source, source_type, target, target_type in _typed_pairs(design):
        if source_type.family == target_type.family and source_type != target_type:
            yield _remark(
                view,
                view.path,
                f'{view.label} compares "{source.name}" ({_shown(design, source_type)}) with'
                f' "{target.name}" ({_shown(design, target_type)}).',
                "Give both columns the same type and size.",
                source,
            )


def _shown(design: Design, found: SqlType) -> str:
    name = design.enums_by_id[found.name].name if found.is_enum else found.name
    parameters = ", ".join(str(item) for item in found.modifiers)
    shown = f"{name}({parameters})" if parameters else name
    return f"{shown}[]" if found.is_array else shown


@rule(code="FOREIGN_KEY_TARGET_NOT_UNIQUE", level=Level.ERROR, catalogue="F003")
def foreign_key_target_not_unique(design: Design) -> Iterator[Remark]:
    """A foreign key refers to the columns of a primary key, unique constraint or unique index.

    All of them, in any order; a partial index or one on expressions does not count.
    """
    for view in design.whole_foreign_keys:
        wanted = frozenset(view.foreign_key.target_column_ids)
        target = view.target
        if target is not None and wanted not in target.unique_sets:
            columns = target.names_of(view.foreign_key.target_column_ids)
            yield _remark(
                view,
                f"{view.path}.targetTableId",
                f'{view.label} refers to {columns} of "{target.name}", which is not unique.',
                "Refer to the primary key, or make the columns unique together.",
            )


def _is_done(view: ForeignKeyView, action: ReferentialAction) -> bool:
    return action in {view.foreign_key.on_delete, view.foreign_key.on_update}


@rule(code="FOREIGN_KEY_SET_NULL_REFUSED", level=Level.ERROR, catalogue="F005")
def foreign_key_set_null_refused(design: Design) -> Iterator[Remark]:
    """SET NULL needs columns that may be NULL; otherwise each such delete or update fails."""
    for view in design.foreign_keys:
        if not _is_done(view, ReferentialAction.SET_NULL):
            continue
        for column in view.source_columns:
            if column is not None and not column.may_be_null:
                yield _remark(
                    view,
                    view.path,
                    f'{view.label} sets "{column.name}" to NULL, which it refuses.',
                    "Make the column nullable or choose another action.",
                    column,
                )


@rule(code="FOREIGN_KEY_SET_DEFAULT_REFUSED", level=Level.ERROR, catalogue="F005")
def foreign_key_set_default_refused(design: Design) -> Iterator[Remark]:
    """SET DEFAULT on a column that refuses NULL needs a default."""
    for view, column in _set_to_nothing(design):
        if not column.may_be_null:
            yield _remark(
                view,
                view.path,
                f'{view.label} sets "{column.name}" to its default, and it has none.',
                "Give the column a default or choose another action.",
                column,
            )


@rule(code="FOREIGN_KEY_SET_DEFAULT_EMPTY", level=Level.MEDIUM, catalogue="F005")
def foreign_key_set_default_empty(design: Design) -> Iterator[Remark]:
    """SET DEFAULT on a nullable column without a default is SET NULL in other words."""
    for view, column in _set_to_nothing(design):
        if column.may_be_null:
            yield _remark(
                view,
                view.path,
                f'{view.label} sets "{column.name}" to its default, and it has none.',
                "Give the column a default, or say SET NULL.",
                column,
            )


def _set_to_nothing(design: Design) -> Iterator[tuple[ForeignKeyView, ColumnView]]:
    for view in design.foreign_keys:
        if _is_done(view, ReferentialAction.SET_DEFAULT):
            for item in view.source_columns:
                if item is not None and item.column.default is None:
                    yield view, item


@rule(code="FOREIGN_KEY_ACTION_ON_GENERATED", level=Level.ERROR, catalogue="F005")
def foreign_key_action_on_generated(design: Design) -> Iterator[Remark]:
    """A foreign key does not change computed columns: neither to NULL or a default, nor in cascade.

    Source: PostgreSQL's ATAddForeignKeyConstraint in src/backend/commands/tablecmds.c.
    """
    setting = {ReferentialAction.SET_NULL, ReferentialAction.SET_DEFAULT}
    for view in design.foreign_keys:
        foreign_key = view.foreign_key
        changes = foreign_key.on_delete in setting or foreign_key.on_update in setting | {
            ReferentialAction.CASCADE
        }
        for column in view.source_columns if changes else ():
            if column is not None and column.column.generated is not None:
                yield _remark(
                    view,
                    view.path,
                    f'{view.label} would change "{column.name}", which is computed.',
                    "Choose NO ACTION or RESTRICT.",
                    column,
                )


@rule(code="FOREIGN_KEY_NEVER_DEFERRED", level=Level.ERROR, catalogue="F005")
def foreign_key_never_deferred(design: Design) -> Iterator[Remark]:
    """Only a deferrable foreign key can be deferred from the start."""
    for view in design.foreign_keys:
        if view.foreign_key.initially_deferred and not view.foreign_key.deferrable:
            yield _remark(
                view,
                f"{view.path}.initiallyDeferred",
                f"{view.label} is initially deferred and not deferrable.",
                "Say deferrable: true.",
            )


@rule(code="FOREIGN_KEY_REPEATED", level=Level.HIGH, catalogue="F004")
def foreign_key_repeated(design: Design) -> Iterator[Remark]:
    """Two foreign keys from the same columns to the same columns check everything twice."""
    seen: set[tuple[object, ...]] = set()
    for view in design.foreign_keys:
        item = view.foreign_key
        pairs = frozenset(zip(item.source_column_ids, item.target_column_ids, strict=False))
        key = (item.source_table_id, item.target_table_id, pairs)
        if key in seen:
            yield _remark(
                view, view.path, f"{view.label} repeats another foreign key.", "Remove one of them."
            )
        seen.add(key)


@rule(code="FOREIGN_KEY_WITHOUT_INDEX", level=Level.MEDIUM, catalogue="I003")
def foreign_key_without_index(design: Design) -> Iterator[Remark]:
    """The columns of a foreign key begin an index of their table.

    Without one, each delete or key change in the target reads the referring table whole.
    """
    for view in design.whole_foreign_keys:
        source = view.source
        columns = frozenset(view.foreign_key.source_column_ids)
        if source is not None and columns not in source.indexed_beginnings:
            yield _remark(
                view,
                view.path,
                f"{view.label} on {source.names_of(view.foreign_key.source_column_ids)} of"
                f' "{source.name}" has no index.',
                "Add an index on these columns.",
                view.source_columns[0],
            )


RULES = (
    foreign_key_table_missing,
    foreign_key_column_missing,
    foreign_key_column_count,
    foreign_key_column_repeated,
    foreign_key_type_mismatch,
    foreign_key_type_differs,
    foreign_key_target_not_unique,
    foreign_key_set_null_refused,
    foreign_key_set_default_refused,
    foreign_key_set_default_empty,
    foreign_key_action_on_generated,
    foreign_key_never_deferred,
    foreign_key_repeated,
    foreign_key_without_index,
)
"""The rules of this module."""
