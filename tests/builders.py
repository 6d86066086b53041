"""Builders of definitions that mention only what matters to a test.

A column's id is `table.column` and a table's id its name, so that tests speak of names alone.
"""

# ruff: noqa: ANN401 - builders hand further fields of any type on to the dataclasses

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.definition.literals import json_text
from core.definition.model import (
    Check,
    Column,
    Default,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType

INT = ColumnType(data_type=DataType.INT)
"""The type of columns that name none."""
TEXT = ColumnType(data_type=DataType.TEXT)
"""Characters without a limit."""


def type_of(data_type: str = "INT", **parameters: Any) -> ColumnType:
    """Build a column type from the word of the document."""
    return ColumnType(data_type=DataType(data_type), **parameters)


def native(spelling: str) -> ColumnType:
    """Build a native type."""
    return ColumnType(data_type=DataType.NATIVE, native=spelling)


def literal(value: object) -> LiteralDefault:
    """Build a default from a JSON value."""
    return LiteralDefault(json=json_text(value))


def expression(sql: str) -> ExpressionDefault:
    """Build a default from SQL."""
    return ExpressionDefault(sql=sql)


def column(
    name: str,
    data_type: str | ColumnType = "INT",
    *,
    column_id: str | None = None,
    nullable: bool = True,
    identity: IdentityKind | None = None,
    default: Default | None = None,
    generated: str | None = None,
    description: str = "",
) -> Column:
    """Build a column; the table builder gives it an id unless one is given here."""
    return Column(
        id=f".{name}" if column_id is None else column_id,
        name=name,
        type=type_of(data_type) if isinstance(data_type, str) else data_type,
        nullable=nullable,
        identity=identity,
        default=default,
        generated=generated,
        description=description,
    )


def table(
    name: str,
    *columns: Column | str,
    primary_key: str | Sequence[str] | None = None,
    uniques: Sequence[Unique | str | Sequence[str]] = (),
    checks: Sequence[Check | str] = (),
    indexes: Sequence[Index] = (),
    namespace: str = "public",
    table_id: str | None = None,
    **others: Any,
) -> Table:
    """Build a table.

    Args:
        name: Its name, which is its id too unless `table_id` is given.
        columns: Columns, or names of INT columns.
        primary_key: Names of the key's columns; they become not nullable.
        uniques: Constraints, or names of columns.
        checks: Constraints, or expressions.
        indexes: From `index`.
        namespace: Where it stands.
        table_id: Its id.
        others: Further fields of `Table`.
    """
    key_names = _names(primary_key or ())
    built = [
        _adopted(column(item) if isinstance(item, str) else item, name, key_names)
        for item in columns
    ]
    return Table(
        id=name if table_id is None else table_id,
        name=name,
        namespace=namespace,
        columns=tuple(built),
        primary_key=PrimaryKey(column_ids=_column_ids(name, key_names)) if primary_key else None,
        uniques=tuple(
            item
            if isinstance(item, Unique)
            else Unique(id=f"{name}.unique{place}", column_ids=_column_ids(name, _names(item)))
            for place, item in enumerate(uniques)
        ),
        checks=tuple(
            item if isinstance(item, Check) else Check(id=f"{name}.check{place}", expression=item)
            for place, item in enumerate(checks)
        ),
        indexes=tuple(_adopted_index(item, name, place) for place, item in enumerate(indexes)),
        **others,
    )


def index(
    *columns: str | IndexPart, include: Sequence[str] = (), name: str | None = None, **others: Any
) -> Index:
    """Build an index over columns of the table it is given to, by their names."""
    return Index(
        id="",
        name=name,
        parts=tuple(
            item if isinstance(item, IndexPart) else IndexPart(column_id=f".{item}")
            for item in columns
        ),
        include_column_ids=tuple(f".{item}" for item in include),
        **others,
    )


def part(column_name: str | None = None, **others: Any) -> IndexPart:
    """Build a part of an index over a column, by its name, or over an expression."""
    column_id = None if column_name is None else f".{column_name}"
    return IndexPart(column_id=column_id, **others)


def foreign_key(
    source: str,
    source_columns: str | Sequence[str],
    target: str,
    target_columns: str | Sequence[str] = "id",
    **others: Any,
) -> ForeignKey:
    """Build a foreign key between tables and columns, by their names."""
    source_names = _names(source_columns)
    others.setdefault("id", f"{source}.{','.join(source_names)}.fk")
    return ForeignKey(
        source_table_id=source,
        source_column_ids=_column_ids(source, source_names),
        target_table_id=target,
        target_column_ids=_column_ids(target, _names(target_columns)),
        **others,
    )


def enum(name: str, *values: str, **others: Any) -> Enum:
    """Build an enum whose id is its name."""
    return Enum(id=name, name=name, values=values, **others)


def definition(
    *tables: Table,
    foreign_keys: Sequence[ForeignKey] = (),
    enums: Sequence[Enum] = (),
    namespaces: Sequence[Namespace | str] = (),
) -> Definition:
    """Build a definition."""
    return Definition(
        tables=tables,
        foreign_keys=tuple(foreign_keys),
        enums=tuple(enums),
        namespaces=tuple(
            item if isinstance(item, Namespace) else Namespace(name=item) for item in namespaces
        ),
    )


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _column_ids(table_name: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{table_name}.{name}" for name in names)


def _adopted(built: Column, table_name: str, key_names: Sequence[str]) -> Column:
    column_id = f"{table_name}{built.id}" if built.id == f".{built.name}" else built.id
    nullable = built.nullable and built.name not in key_names and built.identity is None
    return replace(built, id=column_id, nullable=nullable)


def _adopted_index(built: Index, table_name: str, place: int) -> Index:
    def adopted(column_id: str) -> str:
        return f"{table_name}{column_id}" if column_id.startswith(".") else column_id

    return replace(
        built,
        id=built.id or f"{table_name}.index{place}",
        parts=tuple(
            item if item.column_id is None else replace(item, column_id=adopted(item.column_id))
            for item in built.parts
        ),
        include_column_ids=tuple(adopted(item) for item in built.include_column_ids),
    )
