"""Hypothesis strategies for whole definitions that really create, for documents, and for garbage.

Every definition passes the rules and creates on PostgreSQL 13 to 18, whatever its names. The
small parts are in `strategy_parts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from core.definition.document import Document
from core.definition.literals import json_text
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Default,
    Definition,
    Enum,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    NullsOrder,
    Position,
    PrimaryKey,
    ReferentialAction,
    SortOrder,
    Table,
    Unique,
)
from core.definition.types import WHOLE_NUMBERS, ColumnType, DataType
from tests.law_examples import examples
from tests.strategy_parts import column_types, defaults_for, descriptions, hostile_names, names

unhurried = settings(examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Settings for tests over whole definitions, whose drawing takes a busy machine long."""

_KEY_WORDS = frozenset(DataType) - {DataType.JSON, DataType.JSONB, DataType.NATIVE}
"""Types used in keys: they have a B-tree, and references between them are exact."""

_CHARACTERS = frozenset({DataType.TEXT, DataType.VARCHAR})

_LABELS = st.lists(names, min_size=1, max_size=4, unique=True).map(tuple)
_FINITE = st.floats(allow_nan=False, allow_infinity=False)


class _Names:
    """Names that differ from each other after folding, for each place where they must."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._taken: set[tuple[str, str]] = set()

    def new(self, space: str) -> str:
        """Draw a name that is free in that place."""
        name = self._draw(names)
        count = 0
        while (space, name.casefold()) in self._taken:
            count += 1
            name = f"n{count}"
        self._taken.add((space, name.casefold()))
        return name

    def perhaps(self, space: str) -> str | None:
        """Draw a free name, or none."""
        return self.new(space) if self._draw(st.booleans()) else None


@st.composite
def definitions(draw: st.DrawFn, *, max_tables: int = 3, max_columns: int = 5) -> Definition:
    """Draw a definition that creates."""
    taken = _Names(draw)
    namespaces = [
        Namespace(name=taken.new("namespaces"), description=draw(descriptions))
        for _ in range(draw(st.integers(0, 2)))
    ]
    spaces = st.sampled_from([DEFAULT_NAMESPACE, *(item.name for item in namespaces)])
    enums = []
    for place in range(draw(st.integers(0, 2))):
        space = draw(spaces)
        enums.append(
            Enum(
                id=f"e{place}",
                name=taken.new(space),
                values=draw(_LABELS),
                namespace=space,
                description=draw(descriptions),
            )
        )
    tables = [
        _table(draw, f"t{place}", draw(spaces), enums, taken=taken, max_columns=max_columns)
        for place in range(draw(st.integers(1, max_tables)))
    ]
    foreign_keys = _foreign_keys(draw, tables, taken)
    return Definition(
        tables=tuple(tables),
        foreign_keys=tuple(foreign_keys),
        enums=tuple(enums),
        namespaces=tuple(namespaces),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a document with a definition that creates."""
    return Document(
        name=draw(hostile_names),
        description=draw(descriptions),
        definition=draw(definitions()),
    )


def _table(
    draw: st.DrawFn,
    table_id: str,
    namespace: str,
    enums: Sequence[Enum],
    *,
    taken: _Names,
    max_columns: int,
) -> Table:
    columns = [
        _column(draw, f"{table_id}.c{place}", table_id, enums, taken)
        for place in range(draw(st.integers(1, max_columns)))
    ]
    if draw(st.booleans()):
        columns.append(_generated_column(draw, table_id, columns, taken))
    candidates = [item for item in columns if _can_be_key(item)]
    primary_key: PrimaryKey | None = None
    if candidates and draw(st.integers(0, 3)) > 0:
        key = draw(st.lists(st.sampled_from(candidates), min_size=1, max_size=3, unique=True))
        key_ids = tuple(item.id for item in key)
        name = taken.perhaps(namespace)
        primary_key = PrimaryKey(column_ids=key_ids, name=name)
        columns = [
            replace(item, nullable=False) if item.id in key_ids else item for item in columns
        ]
    return Table(
        id=table_id,
        name=taken.new(namespace),
        namespace=namespace,
        columns=tuple(columns),
        primary_key=primary_key,
        uniques=_uniques(draw, table_id, namespace, candidates, primary_key, taken=taken),
        checks=_checks(draw, table_id, namespace, columns, taken),
        indexes=_indexes(draw, table_id, namespace, columns, taken),
        description=draw(descriptions),
        position=draw(st.none() | st.builds(Position, x=_FINITE, y=_FINITE)),
        color=draw(st.sampled_from([None, "#ff0000", "red"])),
    )


def _column(
    draw: st.DrawFn, column_id: str, table_id: str, enums: Sequence[Enum], taken: _Names
) -> Column:
    column_type = draw(column_types)
    default: Default | None = None
    if enums and not draw(st.integers(0, 4)):
        enum = draw(st.sampled_from(enums))
        column_type = ColumnType(data_type=DataType.ENUM, enum_id=enum.id)
        label = draw(st.none() | st.sampled_from(enum.values).map(json_text))
        default = None if label is None else LiteralDefault(json=label)
    elif draw(st.booleans()):
        default = draw(defaults_for(column_type))
    identity = None
    if (
        column_type.data_type.canonical() in WHOLE_NUMBERS
        and default is None
        and draw(st.booleans())
    ):
        identity = draw(st.sampled_from(IdentityKind))
    return Column(
        id=column_id,
        name=taken.new(f"columns of {table_id}"),
        type=column_type,
        nullable=_is_null(default) or (identity is None and draw(st.booleans())),
        identity=identity,
        default=default,
        description=draw(descriptions),
    )


def _generated_column(
    draw: st.DrawFn, table_id: str, columns: Sequence[Column], taken: _Names
) -> Column:
    source = draw(st.sampled_from(columns))
    word = source.type.data_type.canonical()
    if word in WHOLE_NUMBERS:
        generated = ColumnType(data_type=DataType.DECIMAL), f"({_quoted(source)})::numeric + 1"
    elif word in _CHARACTERS:
        generated = ColumnType(data_type=DataType.TEXT), f"upper({_quoted(source)}) || '--'"
    else:
        generated = ColumnType(data_type=DataType.BOOLEAN), f"{_quoted(source)} IS NULL"
    return Column(
        id=f"{table_id}.generated",
        name=taken.new(f"columns of {table_id}"),
        type=generated[0],
        generated=generated[1],
    )


def _uniques(
    draw: st.DrawFn,
    table_id: str,
    namespace: str,
    candidates: Sequence[Column],
    primary_key: PrimaryKey | None,
    *,
    taken: _Names,
) -> tuple[Unique, ...]:
    key = () if primary_key is None else primary_key.column_ids
    uniques = [
        Unique(id=f"{item.id}.unique", column_ids=(item.id,))
        for item in candidates
        if (item.id,) != key and not draw(st.integers(0, 4))
    ]
    if len(candidates) > 1 and draw(st.booleans()):
        ids = [item.id for item in candidates[:3]]
        # Another set of columns than any key, not just another order.
        if set(ids) != set(key):
            name = taken.perhaps(namespace)
            uniques.append(
                Unique(id=f"{table_id}.u", column_ids=tuple(draw(st.permutations(ids))), name=name)
            )
    return tuple(uniques)


def _checks(
    draw: st.DrawFn, table_id: str, namespace: str, columns: Sequence[Column], taken: _Names
) -> tuple[Check, ...]:
    checks: list[Check] = []
    for place in range(draw(st.integers(0, 2))):
        column = draw(st.sampled_from(columns))
        word, name = column.type.data_type.canonical(), _quoted(column)
        expressions = [f"{name} IS NOT NULL", f"({name} IS NULL) = false OR 1 IN (1, 2)"]
        if word in WHOLE_NUMBERS:
            expressions += [f"{name} > 0", f"{name} BETWEEN 1 AND 10", f"{name} IN (1, 2, 3)"]
        if word in _CHARACTERS:
            expressions += [f"length({name}) > 1", f"{name} <> '; DROP TABLE x; --'"]
        expression = draw(st.sampled_from(expressions))
        given = taken.perhaps(namespace)
        checks.append(Check(id=f"{table_id}.k{place}", expression=expression, name=given))
    return tuple(checks)


def _indexes(
    draw: st.DrawFn, table_id: str, namespace: str, columns: Sequence[Column], taken: _Names
) -> tuple[Index, ...]:
    plain = [item for item in columns if _can_be_key(item) or item.generated is not None]
    indexes: list[Index] = []
    for place in range(draw(st.integers(0, 2)) if plain else 0):
        chosen = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=3, unique=True))
        method = draw(st.sampled_from(["btree", "btree", "btree", "hash"]))
        rest = [item.id for item in columns if item not in chosen]
        is_btree = method == "btree"
        indexes.append(
            Index(
                id=f"{table_id}.i{place}",
                name=taken.perhaps(namespace),
                method=method,
                unique=is_btree and draw(st.booleans()),
                parts=tuple(
                    _part(draw, item, is_ordered=is_btree)
                    for item in (chosen if is_btree else chosen[:1])
                ),
                include_column_ids=tuple(rest[:1]) if is_btree and draw(st.booleans()) else (),
                where=draw(st.sampled_from([None, f"{_quoted(chosen[0])} IS NOT NULL"])),
            )
        )
    return tuple(indexes)


def _part(draw: st.DrawFn, column: Column, *, is_ordered: bool) -> IndexPart:
    word = column.type.data_type.canonical()
    order = draw(st.sampled_from(SortOrder)) if is_ordered else SortOrder.ASC
    nulls = draw(st.sampled_from([None, *NullsOrder])) if is_ordered else None
    if word in _CHARACTERS and draw(st.booleans()):
        return IndexPart(expression=f"lower({_quoted(column)})", order=order, nulls=nulls)
    if word is DataType.INT and draw(st.booleans()):
        return IndexPart(expression=f"{_quoted(column)} + 1", order=order, nulls=nulls)
    return IndexPart(column_id=column.id, order=order, nulls=nulls)


def _foreign_keys(draw: st.DrawFn, tables: list[Table], taken: _Names) -> list[ForeignKey]:
    """Draw references to primary keys, circles and self references included.

    Each gets columns of its own in the referring table, of the very types of the key.
    """
    targets = [table for table in tables if table.primary_key is not None]
    foreign_keys: list[ForeignKey] = []
    for number in range(draw(st.integers(0, 3)) if targets else 0):
        target = draw(st.sampled_from(targets))
        place = draw(st.integers(0, len(tables) - 1))
        source = tables[place]
        added = [
            Column(
                id=f"{source.id}.f{number}.{part}",
                name=taken.new(f"columns of {source.id}"),
                type=column.type,
            )
            for part, column in enumerate(_key_columns(target))
        ]
        tables[place] = replace(source, columns=(*source.columns, *added))
        deferrable = draw(st.booleans())
        foreign_keys.append(
            ForeignKey(
                id=f"f{number}",
                name=taken.perhaps(source.namespace),
                source_table_id=source.id,
                source_column_ids=tuple(column.id for column in added),
                target_table_id=target.id,
                target_column_ids=tuple(column.id for column in _key_columns(target)),
                on_delete=draw(st.sampled_from(ReferentialAction)),
                on_update=draw(st.sampled_from(ReferentialAction)),
                deferrable=deferrable,
                initially_deferred=deferrable and draw(st.booleans()),
            )
        )
    return foreign_keys


def _key_columns(table: Table) -> list[Column]:
    key_ids = table.primary_key.column_ids if table.primary_key else ()
    by_id = {column.id: column for column in table.columns}
    return [by_id[column_id] for column_id in key_ids]


def _can_be_key(column: Column) -> bool:
    return (
        column.generated is None
        and column.type.data_type in _KEY_WORDS
        and not _is_null(column.default)
    )


def _is_null(default: Default | None) -> bool:
    """Tell whether a default is NULL, which a column that is not nullable cannot have."""
    return isinstance(default, LiteralDefault) and default.json.casefold() == '"null"'


def _quoted(column: Column) -> str:
    return '"{}"'.format(column.name.replace('"', '""'))


_DOCUMENT_WORDS = (
    *("name", "description", "tables", "foreignKeys", "enums", "namespaces", "id", "columns"),
    *("position", "x", "y", "color", "indexes", "uniques", "checks", "primaryKey", "columnIds"),
    *("dataType", "nativeType", "enumId", "length", "nullable", "unique", "autoIncrement"),
    *("identity", "defaultValue", "defaultExpression", "parts", "include", "where", "values"),
    *("sourceTableId", "sourceColumnId", "sourceColumnIds", "targetTableId", "onDelete"),
    *("INT", "VARCHAR", "ENUM", "CASCADE", "always", "asc", "t0", "t0.c0"),
)

garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**31, 2**2000, -1, Decimal("NaN"), Decimal("1E+999999"), Decimal("0.1")])
    | st.floats()
    | st.decimals()
    | st.sampled_from(_DOCUMENT_WORDS)
    | st.text(st.characters(), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_DOCUMENT_WORDS) | st.text(st.characters(), max_size=5),
            inner,
            max_size=8,
        )
    ),
    max_leaves=30,
)
"""Whatever a parser of JSON may give, and more: NaN, half surrogate pairs, NUL."""
