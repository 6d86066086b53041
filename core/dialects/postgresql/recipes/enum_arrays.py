"""Columns that hold arrays of an enum: for recipes they are columns of that enum, too.

A definition writes such a type as the server spells it, so that nothing in it names the enum's id.
"""

from __future__ import annotations

from dataclasses import replace

from core.definition.model import Column, Definition
from core.definition.types import DataType
from core.dialects.postgresql.renamed_texts import element_of_array


def with_enums_of_arrays(definition: Definition) -> Definition:
    """Return the definition with the ids of enums also in the types of arrays of them."""
    if not definition.enums:
        return definition
    ids = {(enum.namespace, enum.name): enum.id for enum in definition.enums}

    def marked(column: Column) -> Column:
        if not is_array(column):
            return column
        enum_id = ids.get(element_of_array(column.type.native or ""))
        if enum_id is None:
            return column
        return replace(column, type=replace(column.type, enum_id=enum_id))

    return replace(
        definition,
        tables=tuple(
            replace(table, columns=tuple(marked(each) for each in table.columns))
            if any(is_array(each) for each in table.columns)
            else table
            for table in definition.tables
        ),
    )


def is_array(column: Column) -> bool:
    """Tell whether a column is of an array of something."""
    native = column.type.native
    return column.type.data_type is DataType.NATIVE and native is not None and native.endswith("]")
