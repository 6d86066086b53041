"""Rules about indexes: what each method can do, and indexes that other indexes make needless.

Source: PostgreSQL manual, chapter 11 and CREATE INDEX.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.definition.model import Index, NullsOrder, SortOrder
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.known_types import INDEXABLE
from core.validation.rule import Remark, rule
from core.validation.views import KeyView, TableView

MAX_KEYS = 32
"""Keys and included columns of an index together. Source: PostgreSQL manual, appendix K."""

_SINGLE_KEY = frozenset({"hash", "spgist"})
_INCLUDING = frozenset({"btree", "gist", "spgist"})


def _indexes(design: Design) -> Iterator[tuple[TableView, Index, str]]:
    for view in design.tables:
        for index, path in view.indexes:
            yield view, index, path


def _remark(view: TableView, path: str, message: str, hint: str = "") -> Remark:
    return Remark(path=path, message=message, hint=hint, table_id=view.table.id)


def _label(view: TableView, index: Index) -> str:
    return f'The index "{index.name}"' if index.name else f'An index of "{view.name}"'


@rule(code="INDEX_WITHOUT_PARTS", level=Level.ERROR, catalogue="I001")
def index_without_parts(design: Design) -> Iterator[Remark]:
    """An index has at least one key."""
    for view, index, path in _indexes(design):
        if not index.parts:
            yield _remark(view, path, f"{_label(view, index)} has no columns.", "Add one.")


@rule(code="INDEX_PART_UNCLEAR", level=Level.ERROR, catalogue="I001")
def index_part_unclear(design: Design) -> Iterator[Remark]:
    """A key of an index is a column or an expression, and not both."""
    for view, index, path in _indexes(design):
        for place, part in enumerate(index.parts):
            if (part.column_id is None) is (part.expression is None):
                yield _remark(
                    view,
                    f"{path}.parts[{place}]",
                    f"{_label(view, index)} has a key that is not one column or one expression.",
                )


@rule(code="INDEX_COLUMN_MISSING", level=Level.ERROR, catalogue="I001")
def index_column_missing(design: Design) -> Iterator[Remark]:
    """The columns of an index are columns of its table."""
    for view, index, path in _indexes(design):
        for place, part in enumerate(index.parts):
            if part.column_id is not None and part.column_id not in view.by_id:
                yield _remark(
                    view,
                    _part_path(index, path, place),
                    f'{_label(view, index)} names {part.column_id}, no column of "{view.name}".',
                )
        for place, column_id in enumerate(index.include_column_ids):
            if column_id not in view.by_id:
                yield _remark(
                    view,
                    f"{path}.include[{place}]",
                    f'{_label(view, index)} includes {column_id}, no column of "{view.name}".',
                )


def _part_path(index: Index, path: str, place: int) -> str:
    """Return the place of a key; plain columns are listed in `columns`, see the document."""
    is_plain = all(
        part.column_id is not None and part.order is SortOrder.ASC and part.nulls is None
        for part in index.parts
    )
    return f"{path}.columns[{place}]" if is_plain else f"{path}.parts[{place}].columnId"


@rule(code="INDEX_COLUMN_REPEATED", level=Level.MEDIUM, catalogue="I001")
def index_column_repeated(design: Design) -> Iterator[Remark]:
    """An index gains nothing from a column that it has already."""
    for view, index, path in _indexes(design):
        ids = [part.column_id for part in index.parts if part.column_id is not None]
        ids.extend(index.include_column_ids)
        if len(set(ids)) < len(ids):
            yield _remark(
                view,
                path,
                f"{_label(view, index)} names a column twice.",
                "Name each column once.",
            )


@rule(code="INDEX_TOO_LONG", level=Level.ERROR, catalogue="S001")
def index_too_long(design: Design) -> Iterator[Remark]:
    """An index has at most 32 keys, included columns counted."""
    for view, index, path in _indexes(design):
        count = len(index.parts) + len(index.include_column_ids)
        if count > MAX_KEYS:
            yield _remark(
                view, path, f"{_label(view, index)} has {count} columns; at most {MAX_KEYS} fit."
            )


@rule(code="INDEX_METHOD_UNKNOWN", level=Level.ERROR, catalogue="X001")
def index_method_unknown(design: Design) -> Iterator[Remark]:
    """An index has one of PostgreSQL's own methods: btree, hash, gin, gist, spgist or brin."""
    for view, index, path in _indexes(design):
        if index.method not in INDEXABLE:
            yield _remark(
                view,
                f"{path}.method",
                f'{_label(view, index)} has the unknown method "{index.method}".',
                f"Choose one of {', '.join(INDEXABLE)}.",
            )


@rule(code="INDEX_METHOD_LIMITED", level=Level.ERROR, catalogue="X001")
def index_method_limited(design: Design) -> Iterator[Remark]:
    """An index asks of its method only what the method can do.

    Only a btree is unique or ordered; hash and spgist take one key; only btree, gist and spgist
    carry included columns.
    """
    for view, index, path in _indexes(design):
        for reason in _beyond(index) if index.method in INDEXABLE else ():
            yield _remark(view, path, f"{_label(view, index)} is a {index.method}, which {reason}.")


def _beyond(index: Index) -> Iterator[str]:
    if index.method != "btree":
        if index.unique:
            yield "cannot be unique"
        if any(part.order is SortOrder.DESC or part.nulls is not None for part in index.parts):
            yield "has no order"
    if index.method in _SINGLE_KEY and len(index.parts) > 1:
        yield "takes one key only"
    if index.include_column_ids and index.method not in _INCLUDING:
        yield "cannot include columns"


@rule(code="INDEX_TYPE_UNSUPPORTED", level=Level.ERROR, catalogue="X001")
def index_type_unsupported(design: Design) -> Iterator[Remark]:
    """The columns of an index have types that its method takes without an operator class.

    A gin takes jsonb, arrays and tsvector; a gist takes ranges and shapes; a btree all that has an
    order.
    """
    for view, index, path in _indexes(design):
        if index.method not in INDEXABLE:
            continue
        for place, part in enumerate(index.parts):
            column = view.by_id.get(part.column_id or "")
            if column is None or column.sql_type is None:
                continue
            if not column.sql_type.is_indexable_by(index.method):
                name = "an enum" if column.sql_type.is_enum else f"the type {column.sql_type.name}"
                yield Remark(
                    path=_part_path(index, path, place),
                    message=f'"{column.name}" has {name}, which a {index.method} does not take.',
                    hint="Choose another method.",
                    table_id=view.table.id,
                    column_id=column.column.id,
                )


@rule(code="INDEX_REPEATED", level=Level.HIGH, catalogue="I002")
def index_repeated(design: Design) -> Iterator[Remark]:
    """An index that repeats another one costs writes and gives nothing.

    Primary keys and unique constraints have an index already.
    """
    for view in design.tables:
        kept: dict[object, KeyView] = {}
        # Unique ones come first, as a plain index beside one is the needless one.
        for key in sorted(view.keys, key=lambda key: not key.is_unique):
            content = key.column_ids if key.index is None else _content(key.index)
            twin = kept.setdefault(content, key)
            if twin is not key and key.index is not None and key.column_ids:
                yield _remark(
                    view,
                    key.path,
                    f'An index of "{view.name}" on {view.names_of(key.column_ids)} is the same as'
                    f" its {twin.kind}.",
                    "Remove it.",
                )


def _content(index: Index) -> object:
    """Return what tells an index from others; just its columns where a constraint is alike."""
    if _is_plain_btree(index):
        return tuple(part.column_id for part in index.parts)
    return (index.parts, index.method, index.include_column_ids)


def _is_plain_btree(index: Index | None) -> bool:
    return index is None or (
        index.method == "btree"
        and not index.include_column_ids
        and all(part.order is SortOrder.ASC and _is_usual(part.nulls) for part in index.parts)
    )


def _is_usual(nulls: NullsOrder | None) -> bool:
    return nulls in {None, NullsOrder.LAST}


@rule(code="INDEX_PREFIX", level=Level.HIGH, catalogue="I002")
def index_prefix(design: Design) -> Iterator[Remark]:
    """An index whose columns begin a longer one is seldom needed: the longer one serves too."""
    for view in design.tables:
        plain = [key for key in view.keys if _is_plain_btree(key.index)]
        longer_by_prefix: dict[tuple[str, ...], KeyView] = {}
        for key in plain:
            for size in range(1, min(len(key.column_ids), MAX_KEYS + 1)):
                longer_by_prefix.setdefault(key.column_ids[:size], key)
        for key in plain:
            longer = longer_by_prefix.get(key.column_ids)
            if key.index is not None and not key.is_unique and longer is not None:
                yield _remark(
                    view,
                    key.path,
                    f'An index of "{view.name}" on {view.names_of(key.column_ids)} begins its'
                    f" {longer.kind} on {view.names_of(longer.column_ids)}.",
                    "Remove it, unless the longer one is much larger.",
                )


RULES = (
    index_without_parts,
    index_part_unclear,
    index_column_missing,
    index_column_repeated,
    index_too_long,
    index_method_unknown,
    index_method_limited,
    index_type_unsupported,
    index_repeated,
    index_prefix,
)
"""The rules of this module."""
