"""Expressions in several spellings: giving a definition the texts of another that means the same.

A server writes expressions in its own way. Its spelling tells whether two texts mean the same, and
then one of them is used on both sides, so that they compare as equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.definition.canonical import canonical
from core.definition.model import Check, Column, Default, Definition, Index, IndexPart, Table
from core.definition.names import resolve_names
from core.definition.types import ColumnType, DataType


def has_texts(definition: Definition) -> bool:
    """Tell whether anything in a definition is spelled in a way that a server may spell otherwise.

    Literal defaults count: a server gives them back as expressions.
    """
    return any(
        table.checks
        or any(
            column.default is not None
            or column.generated is not None
            or column.type.data_type is DataType.NATIVE
            for column in table.columns
        )
        or any(
            index.where is not None or any(part.expression is not None for part in index.parts)
            for index in table.indexes
        )
        for table in definition.tables
    )


def with_texts_of(definition: Definition, normal: Definition) -> Definition:
    """Return the definition with the texts of another that has the same things by their names.

    Args:
        definition: Whose ids, order and layout are kept; names that nobody gave are given.
        normal: What a server made of an equal definition, perhaps under other ids.
    """
    named = resolve_names(definition)
    enum_ids = {(enum.namespace, enum.name): enum.id for enum in named.enums}
    own_enum_ids = {
        enum.id: enum_ids.get((enum.namespace, enum.name), enum.id) for enum in normal.enums
    }
    tables = {(table.namespace, table.name): table for table in resolve_names(normal).tables}

    def texts(table: Table) -> Table:
        source = tables.get((table.namespace, table.name))
        return table if source is None else _with_texts(table, source, own_enum_ids)

    return replace(named, tables=tuple(texts(table) for table in named.tables))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A definition with what a server makes of it."""

    written: Definition
    """As somebody wrote it, or as it was read from a database."""
    normal: Definition
    """The same things, under the same ids, as the server writes them."""


def in_the_words_of(wanted: Spelled, other: Spelled) -> Definition:
    """Return `other` as written, with the texts of `wanted` wherever both mean the same.

    Things are the same by their ids. Where two texts mean something else, each keeps its own.
    """
    written = resolve_names(wanted.written)
    named = resolve_names(other.written)
    sources = {table.id: table for table in written.tables}
    normal_sources = _canonical_by_id(wanted.normal)
    normal_others = _canonical_by_id(other.normal)
    enum_ids = {enum.id for enum in named.enums}

    def texts(table: Table) -> Table:
        source = sources.get(table.id)
        if source is None:
            return table
        columns = {column.id: column for column in source.columns}
        checks = {check.id: check for check in source.checks}
        indexes = {index.id: index for index in source.indexes}
        equal = normal_sources[table.id].equal_parts(normal_others[table.id])
        return replace(
            table,
            columns=tuple(
                [
                    _shared_column(column, columns.get(column.id), equal, enum_ids)
                    for column in table.columns
                ]
            ),
            checks=tuple(
                _check_with(each, checks.get(each.id) if ("check", each.id) in equal else None)
                for each in table.checks
            ),
            indexes=tuple(
                _index_with(each, indexes.get(each.id) if ("index", each.id) in equal else None)
                for each in table.indexes
            ),
        )

    return replace(named, tables=tuple(texts(table) for table in named.tables))


_Part = tuple[str, str]
"""What of a thing is spelled, and the id of the thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """What the texts of one table mean, by what they are and whose."""

    meanings: dict[_Part, object]

    def equal_parts(self, other: _Texts) -> frozenset[_Part]:
        return frozenset(
            part
            for part, meaning in self.meanings.items()
            if part in other.meanings and other.meanings[part] == meaning
        )


def _canonical_by_id(normal: Definition) -> dict[str, _Texts]:
    """Return what each table's texts mean, by the table's own id.

    The canonical form has other ids, so its things are found again by their names.
    """
    named = resolve_names(normal)
    forms = {(table.namespace, table.name): table for table in canonical(named).tables}
    found: dict[str, _Texts] = {}
    for table in named.tables:
        form = forms[table.namespace, table.name]
        meanings: dict[_Part, object] = {}
        columns = {column.name: column for column in form.columns}
        for column in table.columns:
            meant = columns[column.name]
            meanings["type", column.id] = meant.type
            meanings["default", column.id] = meant.default
            meanings["generated", column.id] = meant.generated
        for check in table.checks:
            meanings["check", check.id] = check.expression.strip()
        for index in table.indexes:
            meanings["index", index.id] = _index_texts(index)
        found[table.id] = _Texts(meanings=meanings)
    return found


def _index_texts(index: Index) -> tuple[str | None, ...]:
    return (
        index.where and index.where.strip(),
        *(part.expression and part.expression.strip() for part in index.parts),
    )


def _shared_column(
    column: Column, source: Column | None, equal: frozenset[_Part], enum_ids: set[str]
) -> Column:
    if source is None:
        return column
    shares_type = ("type", column.id) in equal and _is_usable(source.type, enum_ids)
    return _spelled(
        column,
        source.type if shares_type else column.type,
        source.default if ("default", column.id) in equal else column.default,
        source.generated if ("generated", column.id) in equal else column.generated,
    )


def _spelled(
    column: Column, column_type: ColumnType, default: Default | None, generated: str | None
) -> Column:
    """Return the column with these texts; most have them already and stay the same object."""
    said = (column.type, column.default, column.generated)
    if said == (column_type, default, generated):
        return column
    return replace(column, type=column_type, default=default, generated=generated)


def _is_usable(column_type: ColumnType, enum_ids: set[str]) -> bool:
    return column_type.enum_id is None or column_type.enum_id in enum_ids


def _with_texts(table: Table, source: Table, enum_ids: dict[str, str]) -> Table:
    columns = {column.name: column for column in source.columns}
    checks = {check.name: check for check in source.checks}
    indexes = {index.name: index for index in source.indexes}

    def column_with_texts(column: Column) -> Column:
        written = columns.get(column.name)
        if written is None:
            return column
        is_native = column.type.data_type is DataType.NATIVE
        return _spelled(
            column,
            _with_enum(written.type, enum_ids) if is_native else column.type,
            written.default,
            written.generated,
        )

    return replace(
        table,
        columns=tuple([column_with_texts(column) for column in table.columns]),
        checks=tuple(_check_with(each, checks.get(each.name)) for each in table.checks),
        indexes=tuple(_index_with(each, indexes.get(each.name)) for each in table.indexes),
    )


def _with_enum(column_type: ColumnType, enum_ids: dict[str, str]) -> ColumnType:
    if column_type.enum_id is None:
        return column_type
    return replace(column_type, enum_id=enum_ids.get(column_type.enum_id, column_type.enum_id))


def _check_with(check: Check, source: Check | None) -> Check:
    return check if source is None else replace(check, expression=source.expression)


def _index_with(index: Index, source: Index | None) -> Index:
    if source is None or len(index.parts) != len(source.parts):
        return index
    return replace(index, where=source.where, parts=tuple(_parts(index, source)))


def _parts(index: Index, source: Index) -> Iterator[IndexPart]:
    for part, other in zip(index.parts, source.parts, strict=True):
        has_both = part.expression is not None and other.expression is not None
        yield replace(part, expression=other.expression) if has_both else part
