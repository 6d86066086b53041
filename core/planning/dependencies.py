"""What in a definition refers to a table, a column or an enum, so that a change reaches it too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.changes import ObjectKind
from core.definition.canonical import qualified
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    Index,
    Table,
)
from core.definition.names import resolve_names
from core.errors import InvalidInputError, NotFoundError
from core.validation.expressions import Expression, analyse_expression

MOST_PARTS = 3
"""Names in the full name of a column: namespace, table, column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """The table, column or enum that is asked about."""

    kind: ObjectKind
    """What it is."""
    id: str
    """Its id."""
    name: str
    """Its qualified name."""
    table_id: str | None
    """The table that it is or belongs to; None for an enum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One thing that refers to another."""

    kind: ObjectKind
    """What refers."""
    id: str
    """Its id."""
    name: str
    """Its qualified name."""
    how: str
    """In which way it refers, in words that follow its name: `refers to it`."""


class ObjectUnknownError(NotFoundError):
    """A definition has nothing of the name that was asked for."""

    code = "OBJECT_NOT_FOUND"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"There is no table, column or enum {name}.",
            hint="Write table, table.column, namespace.table or namespace.table.column.",
        )


class ObjectNameUnreadableError(InvalidInputError):
    """A text is no name of a table, column or enum."""

    code = "OBJECT_NAME_UNREADABLE"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"{name!r} is not the name of a table or column.",
            hint="Write table, table.column, namespace.table or namespace.table.column, with"
            " quotation marks around names that have dots or quotation marks in them.",
        )


def find_thing(definition: Definition, name: str) -> Thing:
    """Find what a name means: `table`, `table.column`, each with a namespace before it, or an enum.

    Where two names could be a table in a namespace or a column of a table, it is the table, as
    three names can say the other.

    Raises:
        ObjectNameUnreadableError: the text is no such name.
        ObjectUnknownError: there is nothing of that name.
    """
    parts = split_name(name)
    for namespace, table_name, column_name in _readings(parts):
        for table in definition.tables:
            if (table.namespace, table.name) != (namespace, table_name):
                continue
            if column_name is None:
                return _table_thing(table)
            for column in table.columns:
                if column.name == column_name:
                    return _column_thing(table, column)
    if len(parts) < MOST_PARTS:
        namespace = DEFAULT_NAMESPACE if len(parts) == 1 else parts[0]
        for enum in definition.enums:
            if (enum.namespace, enum.name) == (namespace, parts[-1]):
                return Thing(kind=ObjectKind.ENUM, id=enum.id, name=_enum_name(enum), table_id=None)
    raise ObjectUnknownError(name=name)


def split_name(name: str) -> tuple[str, ...]:
    """Take a qualified name apart; `""` within quotation marks is one quotation mark.

    Raises:
        ObjectNameUnreadableError: the text is none.
    """
    parts: list[str] = []
    rest = name
    while len(parts) < MOST_PARTS:
        part, rest = _first_part(rest, name)
        parts.append(part)
        if not rest:
            return tuple(parts)
        rest = rest[1:]
    raise ObjectNameUnreadableError(name=name)


def uses_of(definition: Definition, thing: Thing) -> tuple[Use, ...]:
    """Return what refers to a thing, in the order of the definition.

    Of a table these are its own parts, too, save its columns: whatever goes or changes with it.
    """
    named = resolve_names(definition)
    if thing.kind is ObjectKind.ENUM:
        return tuple(_uses_of_enum(named, thing.id))
    tables = {table.id: table for table in named.tables}
    table = tables[thing.table_id or ""]
    if thing.kind is ObjectKind.TABLE:
        return (*_parts_of(table), *_foreign_keys(named, tables, table, None))
    return (*_uses_of_column(table, thing.id), *_foreign_keys(named, tables, table, thing.id))


def _readings(parts: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    if len(parts) == 1:
        yield DEFAULT_NAMESPACE, parts[0], None
    elif len(parts) < MOST_PARTS:
        yield parts[0], parts[1], None
        yield DEFAULT_NAMESPACE, parts[0], parts[1]
    else:
        yield parts[0], parts[1], parts[2]


def _first_part(text: str, name: str) -> tuple[str, str]:
    """Return the first name and what follows it, which is nothing or begins with a dot."""
    if text.startswith('"'):
        end = 1
        while (end := text.find('"', end)) >= 0 and text[end + 1 : end + 2] == '"':
            end += 2
        part, rest = text[1:end].replace('""', '"'), text[end + 1 :]
        is_whole = end > 0
    else:
        part, _, after = text.partition(".")
        rest = text[len(part) :]
        is_whole = '"' not in part and not (rest and not after)
    if not part or not is_whole or rest[:1] not in {"", "."} or rest == ".":
        raise ObjectNameUnreadableError(name=name)
    return part, rest


def _parts_of(table: Table) -> Iterator[Use]:
    if table.primary_key is not None:
        yield _part(table, ObjectKind.PRIMARY_KEY, table.id, table.primary_key.name, _BELONGS)
    for unique in table.uniques:
        yield _part(table, ObjectKind.UNIQUE, unique.id, unique.name, _BELONGS)
    for check in table.checks:
        yield _part(table, ObjectKind.CHECK, check.id, check.name, _BELONGS)
    for index in table.indexes:
        yield _part(table, ObjectKind.INDEX, index.id, index.name, _BELONGS)


_BELONGS = "belongs to it"


def _uses_of_column(table: Table, column_id: str) -> Iterator[Use]:
    key = table.primary_key
    if key is not None and column_id in key.column_ids:
        yield _part(table, ObjectKind.PRIMARY_KEY, table.id, key.name, "has it as a key column")
    for column in table.columns:
        if column.id != column_id and _mentions(column.generated, table, column_id):
            yield _part(table, ObjectKind.COLUMN, column.id, column.name, "is generated from it")
    for unique in table.uniques:
        if column_id in unique.column_ids:
            yield _part(table, ObjectKind.UNIQUE, unique.id, unique.name, "keeps it unique")
    for check in table.checks:
        if _mentions(check.expression, table, column_id):
            yield _part(table, ObjectKind.CHECK, check.id, check.name, "checks it")
    for index in table.indexes:
        how = _how_index_uses(index, table, column_id)
        if how is not None:
            yield _part(table, ObjectKind.INDEX, index.id, index.name, how)


def _how_index_uses(index: Index, table: Table, column_id: str) -> str | None:
    if any(part.column_id == column_id for part in index.parts):
        return "has it as a key column"
    if any(_mentions(part.expression, table, column_id) for part in index.parts):
        return "has it in an expression"
    if _mentions(index.where, table, column_id):
        return "has it in its condition"
    return "carries it along" if column_id in index.include_column_ids else None


def _foreign_keys(
    definition: Definition, tables: dict[str, Table], table: Table, column_id: str | None
) -> Iterator[Use]:
    for key in definition.foreign_keys:
        is_target = key.target_table_id == table.id and (
            column_id is None or column_id in key.target_column_ids
        )
        is_source = key.source_table_id == table.id and (
            column_id is None or column_id in key.source_column_ids
        )
        if is_target or is_source:
            own = "belongs to it" if column_id is None else "refers from it to another column"
            how = "refers to it" if is_target else own
            yield _foreign_key_use(key, tables[key.source_table_id], how)


def _foreign_key_use(key: ForeignKey, source: Table, how: str) -> Use:
    return _part(source, ObjectKind.FOREIGN_KEY, key.id, key.name, how)


def _uses_of_enum(definition: Definition, enum_id: str) -> Iterator[Use]:
    enum = definition.enum(enum_id)
    for table in definition.tables:
        for column in table.columns:
            if column.type.enum_id == enum_id:
                yield _part(table, ObjectKind.COLUMN, column.id, column.name, "is of this type")
            elif enum is not None and _names_type(column, enum):
                yield _part(
                    table, ObjectKind.COLUMN, column.id, column.name, "has it in an expression"
                )


def _names_type(column: Column, enum: Enum) -> bool:
    default = column.default
    texts = (
        default.sql if isinstance(default, ExpressionDefault) else None,
        column.generated,
    )
    return any(
        use.spelling.name == enum.name and use.spelling.namespace in {None, enum.namespace}
        for text in texts
        if (expression := _read(text)) is not None
        for use in expression.types
    )


def _mentions(sql: str | None, table: Table, column_id: str) -> bool:
    expression = _read(sql)
    column = table.column(column_id)
    if expression is None or column is None:
        return False
    return any(use.parts[-1] == column.name for use in expression.columns)


def _read(sql: str | None) -> Expression | None:
    if sql is None:
        return None
    found = analyse_expression(sql)
    return found if isinstance(found, Expression) else None


def _part(table: Table, kind: ObjectKind, part_id: str, name: str | None, how: str) -> Use:
    return Use(
        kind=kind, id=part_id, name=qualified(table.namespace, table.name, name or ""), how=how
    )


def _table_thing(table: Table) -> Thing:
    return Thing(
        kind=ObjectKind.TABLE,
        id=table.id,
        name=qualified(table.namespace, table.name),
        table_id=table.id,
    )


def _column_thing(table: Table, column: Column) -> Thing:
    return Thing(
        kind=ObjectKind.COLUMN,
        id=column.id,
        name=qualified(table.namespace, table.name, column.name),
        table_id=table.id,
    )


def _enum_name(enum: Enum) -> str:
    return qualified(enum.namespace, enum.name)
