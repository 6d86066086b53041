"""What differs between two definitions, in plain sentences: for proving, not for planning."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from core.definition.canonical import canonical, qualified
from core.definition.model import (
    Column,
    Default,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    LiteralDefault,
    NullsOrder,
    PrimaryKey,
    SortOrder,
    Table,
)
from core.definition.types import ColumnType, DataType

_MAX_SHOWN = 300

_Facts = Mapping[str, str]
"""What there is to say of a thing: the name of each fact and its value in words."""


def differences(expected: Definition, found: Definition) -> tuple[str, ...]:
    """Tell what differs between what was expected and what was found.

    Both may be in any form; what makes no difference to a database makes none here.

    Returns:
        One sentence for each difference, in a stable order; none when they mean the same.
    """
    wanted, actual = canonical(expected), canonical(found)
    if wanted == actual:
        return ()
    of_both = {table.id for table in wanted.tables} & {table.id for table in actual.tables}
    told = _differences(_described(wanted, of_both), _described(actual, of_both))
    return tuple(told) or ("The definitions differ in a way that words cannot show.",)


def _differences(expected: Mapping[str, _Facts], found: Mapping[str, _Facts]) -> Iterator[str]:
    for thing in [*expected, *(thing for thing in found if thing not in expected)]:
        if thing not in found:
            yield f"The {thing} is missing."
        elif thing not in expected:
            yield f"The {thing} was not expected."
        else:
            wanted, actual = expected[thing], found[thing]
            for fact, value in wanted.items():
                if actual[fact] != value:
                    yield (
                        f"The {thing} has another {fact}:"
                        f" expected {_cut(value)}, found {_cut(actual[fact])}."
                    )


def _described(definition: Definition, of_both: Container[str]) -> dict[str, _Facts]:
    """Describe each thing in a canonical definition, by what it is called.

    A table that only one side has is described as a whole, without its parts.
    """
    described: dict[str, _Facts] = {}

    def describe(thing: str, facts: _Facts) -> None:
        # Two things of one name are wrong, but saying that one has gone must still work.
        name, count = thing, 1
        while name in described:
            count += 1
            name = f"{thing} (number {count})"
        described[name] = facts

    for namespace in definition.namespaces:
        describe(
            f"namespace {qualified(namespace.name)}", {"description": _text(namespace.description)}
        )
    for enum in definition.enums:
        describe(f"enum {enum.id}", _enum(enum))
    for table in definition.tables:
        describe(f"table {table.id}", {"description": _text(table.description)})
        if table.id in of_both:
            for thing, facts in _parts_of_table(table):
                describe(thing, facts)
    for key in definition.foreign_keys:
        if key.source_table_id in of_both:
            describe(f"foreign key {key.id}", _foreign_key(key))
    return described


def _parts_of_table(table: Table) -> Iterator[tuple[str, _Facts]]:
    for column in table.columns:
        yield f"column {column.id}", _column(column)
    if table.primary_key is not None:
        yield f"primary key of {table.id}", _primary_key(table.primary_key)
    for unique in table.uniques:
        yield f"unique constraint {unique.id}", {"list of columns": _list(unique.column_ids)}
    for check in table.checks:
        yield f"check constraint {check.id}", {"expression": check.expression}
    for index in table.indexes:
        yield f"index {index.id}", _index(index)


def _enum(enum: Enum) -> _Facts:
    return {
        "list of values": _list(repr(value) for value in enum.values),
        "description": _text(enum.description),
    }


def _column(column: Column) -> _Facts:
    return {
        "type": _type(column.type),
        "nullability": "nullable" if column.nullable else "not nullable",
        "identity": _word(column.identity),
        "default": _default(column.default),
        "generated expression": _word(column.generated),
        "description": _text(column.description),
    }


def _type(column_type: ColumnType) -> str:
    if column_type.data_type is DataType.NATIVE:
        return _word(column_type.native)
    if column_type.data_type is DataType.ENUM:
        return f"ENUM {_word(column_type.enum_id)}"
    limits = (column_type.length, column_type.precision, column_type.scale)
    given = ", ".join(str(limit) for limit in limits if limit is not None)
    return f"{column_type.data_type.value}({given})" if given else column_type.data_type.value


def _default(default: Default | None) -> str:
    if default is None:
        return "none"
    if isinstance(default, LiteralDefault):
        return f"the literal {default.json}"
    return default.sql


def _primary_key(key: PrimaryKey) -> _Facts:
    return {"list of columns": _list(key.column_ids), "name": _word(key.name)}


def _index(index: Index) -> _Facts:
    return {
        "list of parts": _list(_part(part) for part in index.parts),
        "uniqueness": "unique" if index.unique else "not unique",
        "method": index.method,
        "condition": _word(index.where),
        "list of included columns": _list(index.include_column_ids),
    }


def _part(part: IndexPart) -> str:
    words = [part.expression if part.column_id is None else part.column_id]
    if part.order is SortOrder.DESC:
        words.append("descending")
    if part.nulls is not None:
        words.append("nulls first" if part.nulls is NullsOrder.FIRST else "nulls last")
    return " ".join(word or "" for word in words)


def _foreign_key(key: ForeignKey) -> _Facts:
    waits = "initially deferred" if key.initially_deferred else "deferrable"
    return {
        "list of columns": _list(key.source_column_ids),
        "target table": key.target_table_id,
        "list of target columns": _list(key.target_column_ids),
        "action on delete": key.on_delete.value,
        "action on update": key.on_update.value,
        "deferrability": waits if key.deferrable else "not deferrable",
    }


def _list(items: Iterable[str]) -> str:
    return f"({', '.join(items)})"


def _word(value: str | None) -> str:
    return "none" if value is None else value


def _text(value: str) -> str:
    return repr(value) if value else "none"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
