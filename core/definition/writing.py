"""Writing of a definition as JSON values, the inverse of `reading`.

The keys of version 1 of the document are always there; additions only where they say something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.definition.literals import json_value
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Column,
    Definition,
    Enum,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    SortOrder,
    Table,
)
from core.definition.reading_tables import flag_unique_id, ids_by_reference
from core.definition.types import ColumnType, DataType

_EXACT_WHOLE = 2.0**53


def write_definition(definition: Definition) -> dict[str, Any]:
    """Write tables, foreign keys, enums and namespaces."""
    written: dict[str, Any] = {
        "tables": [_write_table(table) for table in definition.tables],
        "foreignKeys": [_write_foreign_key(item) for item in definition.foreign_keys],
    }
    if definition.enums:
        written["enums"] = [_write_enum(item) for item in definition.enums]
    if definition.namespaces:
        written["namespaces"] = [
            {"name": item.name, "description": item.description} for item in definition.namespaces
        ]
    return written


def _write_table(table: Table) -> dict[str, Any]:
    key_ids = table.primary_key.column_ids if table.primary_key else ()
    flagged = _flagged_uniques(table)
    written: dict[str, Any] = {"id": table.id, "name": table.name}
    if table.namespace != DEFAULT_NAMESPACE:
        written["namespace"] = table.namespace
    if table.position is not None:
        written["position"] = {
            "x": _write_number(table.position.x),
            "y": _write_number(table.position.y),
        }
    written["description"] = table.description
    if table.color is not None:
        written["color"] = table.color
    written["columns"] = [
        _write_column(column, is_key=column.id in key_ids, is_unique=column.id in flagged)
        for column in table.columns
    ]
    if table.primary_key is not None:
        by_flags = tuple(column.id for column in table.columns if column.id in key_ids)
        if table.primary_key.name is not None or key_ids != by_flags or not by_flags:
            written["primaryKey"] = _named(table.primary_key.name) | {"columnIds": list(key_ids)}
    listed_uniques = table.uniques[len(flagged) :]
    if listed_uniques:
        written["uniques"] = [
            {"id": item.id} | _named(item.name) | {"columnIds": list(item.column_ids)}
            for item in listed_uniques
        ]
    if table.checks:
        written["checks"] = [
            {"id": item.id} | _named(item.name) | {"expression": item.expression}
            for item in table.checks
        ]
    written["indexes"] = _write_indexes(table)
    return written


def _flagged_uniques(table: Table) -> set[str]:
    """Return the columns whose unique constraint is written as a flag.

    Only the constraints that reading the flags puts first, in column order, so that none moves.
    """
    flagged: set[str] = set()
    if not table.uniques:
        return flagged
    column_ids = iter([column.id for column in table.columns])
    for unique in table.uniques:
        is_plain = unique.name is None and len(unique.column_ids) == 1
        if not is_plain or unique.id != flag_unique_id(unique.column_ids[0]):
            break
        if unique.column_ids[0] not in column_ids:  # consumes the columns before it
            break
        flagged.add(unique.column_ids[0])
    return flagged


def _write_column(column: Column, *, is_key: bool, is_unique: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"id": column.id, "name": column.name}
    _write_type(column.type, written)
    written["nullable"] = column.nullable
    written["primaryKey"] = is_key
    written["autoIncrement"] = column.identity is not None
    if column.identity is IdentityKind.ALWAYS:
        written["identity"] = column.identity.value
    written["unique"] = is_unique
    if isinstance(column.default, LiteralDefault):
        written["defaultValue"] = json_value(column.default.json)
    elif column.default is not None:
        written["defaultExpression"] = column.default.sql
    if column.generated is not None:
        written["generatedExpression"] = column.generated
    written["description"] = column.description
    return written


def _write_type(column_type: ColumnType, written: dict[str, Any]) -> None:
    if column_type.data_type is DataType.NATIVE:
        written["nativeType"] = column_type.native
    else:
        written["dataType"] = column_type.data_type.value
    if column_type.enum_id is not None:
        written["enumId"] = column_type.enum_id
    if column_type.length is not None:
        written["length"] = column_type.length
    if column_type.precision is not None:
        written["precision"] = column_type.precision
    if column_type.scale is not None:
        written["scale"] = column_type.scale


def _write_indexes(table: Table) -> list[dict[str, Any]]:
    if not table.indexes:
        return []
    ids = ids_by_reference(list(table.columns))
    names = {
        column.id: column.name if ids[column.name] == column.id else column.id
        for column in table.columns
    }
    return [_write_index(index, names) for index in table.indexes]


def _write_index(index: Index, names: Mapping[str, str]) -> dict[str, Any]:
    written: dict[str, Any] = {"id": index.id} | _named(index.name)
    plain_ids = _plain_column_ids(index.parts)
    if plain_ids is None:
        written["parts"] = [_write_part(part) for part in index.parts]
    else:
        written["columns"] = [names.get(item, item) for item in plain_ids]
    written["unique"] = index.unique
    if index.method != "btree":
        written["method"] = index.method
    if index.where is not None:
        written["where"] = index.where
    if index.include_column_ids:
        written["include"] = [names.get(item, item) for item in index.include_column_ids]
    return written


def _plain_column_ids(parts: Iterable[IndexPart]) -> list[str] | None:
    ids: list[str] = []
    for part in parts:
        if part.column_id is None or part.order is not SortOrder.ASC or part.nulls is not None:
            return None
        ids.append(part.column_id)
    return ids


def _write_part(part: IndexPart) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if part.column_id is not None:
        written["columnId"] = part.column_id
    if part.expression is not None:
        written["expression"] = part.expression
    written["order"] = part.order.value
    if part.nulls is not None:
        written["nulls"] = part.nulls.value
    return written


def _write_foreign_key(foreign_key: ForeignKey) -> dict[str, Any]:
    written: dict[str, Any] = {"id": foreign_key.id} | _named(foreign_key.name)
    written["sourceTableId"] = foreign_key.source_table_id
    _write_column_ids("sourceColumnId", foreign_key.source_column_ids, written)
    written["targetTableId"] = foreign_key.target_table_id
    _write_column_ids("targetColumnId", foreign_key.target_column_ids, written)
    written["onDelete"] = foreign_key.on_delete.value
    written["onUpdate"] = foreign_key.on_update.value
    if foreign_key.deferrable:
        written["deferrable"] = True
    if foreign_key.initially_deferred:
        written["initiallyDeferred"] = True
    return written


def _write_column_ids(key: str, column_ids: tuple[str, ...], written: dict[str, Any]) -> None:
    if len(column_ids) == 1:
        written[key] = column_ids[0]
    else:
        written[f"{key}s"] = list(column_ids)


def _write_enum(enum: Enum) -> dict[str, Any]:
    written: dict[str, Any] = {"id": enum.id, "name": enum.name}
    if enum.namespace != DEFAULT_NAMESPACE:
        written["namespace"] = enum.namespace
    written["values"] = list(enum.values)
    written["description"] = enum.description
    return written


def _write_number(number: float) -> int | Decimal:
    if number.is_integer() and abs(number) < _EXACT_WHOLE:
        return int(number)
    return Decimal(repr(number))


def _named(name: str | None) -> dict[str, Any]:
    return {} if name is None else {"name": name}
