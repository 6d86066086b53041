"""JSON Schema of the document: its form. What makes sense as a design is said by the rules.

Limits come from where they are enforced, so the two cannot drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.databases.placement import PLACEMENT
from core.definition import limits
from core.definition.fields import INT_LIMIT
from core.definition.model import IdentityKind, NullsOrder, ReferentialAction, SortOrder
from core.definition.types import DataType
from core.schemas.editing import READ_ONLY_KEYS
from web.shapes.servers import PLACEMENT_SHAPE

Json = dict[str, Any]

_CLEAN = "^[^\\u0000]*$"
"""Text without the character that PostgreSQL cannot hold."""


def document_shapes() -> Mapping[str, Json]:
    """Return the components that describe a document, by name."""
    return {
        "Document": _document(),
        "NewDocument": _new_document(),
        "EditedDocument": _edited_document(),
        "Namespace": _namespace(),
        "Enum": _enum(),
        "Table": _table(),
        "Column": _column(),
        "PrimaryKey": _primary_key(),
        "Unique": _unique(),
        "Check": _check(),
        "Index": _index(),
        "IndexPart": _index_part(),
        "ForeignKey": _foreign_key(),
    }


def reference(name: str) -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def _document() -> Json:
    described = _object(
        {
            "name": _text(limits.SCHEMA_NAME, at_least=1)
            | {
                "description": "Unique among your schemas.",
                "pattern": "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
            },
            "description": _nullable(_text(limits.SCHEMA_DESCRIPTION)),
            "tables": _list_of("Table", limits.TABLES, is_nullable=False) | {"minItems": 1},
            "foreignKeys": _list_of("ForeignKey", limits.FOREIGN_KEYS),
            "enums": _list_of("Enum", limits.ENUMS),
            "namespaces": _list_of("Namespace", limits.NAMESPACES),
        },
        required=("name", "tables"),
        description="A database design.",
    )
    described["examples"] = [EXAMPLE]
    return described


def _new_document() -> Json:
    """Return the document of a new schema, which can say where its database may stand."""
    described = _document()
    described["properties"] |= {PLACEMENT: PLACEMENT_SHAPE}
    return described


def _edited_document() -> Json:
    """Return the document as a client sends it back: what it cannot change is ignored."""
    described = _document()
    described["properties"] |= {
        key: {"readOnly": True, "description": "As it was read; ignored."}
        for key in sorted(READ_ONLY_KEYS)
    }
    described["description"] = "A database design, or a whole schema as it was read."
    return described


def _namespace() -> Json:
    return _object(
        {"name": _name(), "description": _comment()},
        required=("name",),
        description="What SQL calls a schema, beside the default `public`.",
    )


def _enum() -> Json:
    return _object(
        {
            "id": _id(),
            "name": _name(),
            "namespace": _nullable(_name()),
            "values": {"type": "array", "items": _name(), "maxItems": limits.ENUM_VALUES},
            "description": _comment(),
        },
        required=("name", "values"),
        description="An enumerated type.",
    )


def _table() -> Json:
    return _object(
        {
            "id": _id(),
            "name": _name(),
            "namespace": _nullable(_name()),
            "description": _comment(),
            "position": _nullable(
                _object(
                    {"x": {"type": "number"}, "y": {"type": "number"}},
                    required=("x", "y"),
                    description="Place on the canvas. Layout only.",
                )
            ),
            "color": _nullable(_text(limits.COLOR)),
            "columns": _list_of("Column", limits.COLUMNS, is_nullable=False),
            "primaryKey": _nullable(reference("PrimaryKey")),
            "uniques": _list_of("Unique", limits.TABLE_CONSTRAINTS),
            "checks": _list_of("Check", limits.TABLE_CONSTRAINTS),
            "indexes": _list_of("Index", limits.TABLE_CONSTRAINTS),
        },
        required=("name", "columns"),
        description="A table with what belongs to it alone.",
    )


def _column() -> Json:
    whole = _nullable({"type": "integer", "minimum": -INT_LIMIT, "maximum": INT_LIMIT - 1})
    return _object(
        {
            "id": _id(),
            "name": _name(),
            "dataType": _words(word for word in DataType if word is not DataType.NATIVE),
            "nativeType": _nullable(_text(limits.NATIVE_TYPE))
            | {"description": "In place of `dataType`: a type as the engine spells it."},
            "enumId": _id(),
            "length": whole,
            "precision": whole,
            "scale": whole,
            "nullable": _flag(),
            "primaryKey": _flag(),
            "autoIncrement": _flag(),
            "identity": _words(IdentityKind),
            "unique": _flag(),
            "defaultValue": {
                "description": "A JSON literal of the column's type, or a well-known call such as"
                " `CURRENT_TIMESTAMP`, `now()` or `gen_random_uuid()`."
            },
            "defaultExpression": _expression(),
            "generatedExpression": _expression(),
            "description": _comment(),
        },
        required=("name",),
        description="A column, with a `dataType` or a `nativeType`.",
    )


def _primary_key() -> Json:
    return _object(
        {"name": _nullable(_name()), "columnIds": _ids()},
        required=("columnIds",),
        description="A primary key whose order or name the columns' flags cannot say.",
    )


def _unique() -> Json:
    return _object(
        {"id": _id(), "name": _nullable(_name()), "columnIds": _ids()},
        required=("columnIds",),
        description="A unique constraint.",
    )


def _check() -> Json:
    return _object(
        {"id": _id(), "name": _nullable(_name()), "expression": _text(limits.EXPRESSION)},
        required=("expression",),
        description="A check constraint.",
    )


def _index() -> Json:
    columns = {"type": ["array", "null"], "items": _name(), "maxItems": limits.COLUMN_LIST}
    return _object(
        {
            "id": _id(),
            "name": _nullable(_name()),
            "unique": _flag(),
            "method": _nullable(_text(limits.NAME)),
            "columns": columns | {"description": "Names or ids of columns."},
            "parts": _list_of("IndexPart", limits.COLUMN_LIST)
            | {"description": "In place of `columns`."},
            "where": _expression(),
            "include": columns | {"description": "Columns carried along without being keys."},
        },
        description="An index that is not made by a constraint.",
    )


def _index_part() -> Json:
    return _object(
        {
            "columnId": _id(),
            "expression": _expression(),
            "order": _words(SortOrder),
            "nulls": _words(NullsOrder),
        },
        description="One key of an index: a column or an expression.",
    )


def _foreign_key() -> Json:
    identifier = _text(limits.ID)
    return _object(
        {
            "id": _id(),
            "name": _nullable(_name()),
            "sourceTableId": identifier,
            "sourceColumnId": _nullable(identifier),
            "sourceColumnIds": _nullable(_ids()),
            "targetTableId": identifier,
            "targetColumnId": _nullable(identifier),
            "targetColumnIds": _nullable(_ids()),
            "onDelete": _words(ReferentialAction),
            "onUpdate": _words(ReferentialAction),
            "deferrable": _flag(),
            "initiallyDeferred": _flag(),
        },
        required=("sourceTableId", "targetTableId"),
        description="A foreign key; for several columns give the lists.",
    )


def _object(
    properties: Mapping[str, Json], *, required: tuple[str, ...] = (), description: str
) -> Json:
    described: Json = {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if required:
        described["required"] = list(required)
    return described


def _nullable(shape: Json) -> Json:
    if "type" in shape and isinstance(shape["type"], str):
        return shape | {"type": [shape["type"], "null"]}
    if "$ref" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return shape


def _text(longest: int, *, at_least: int = 0) -> Json:
    described: Json = {"type": "string", "maxLength": longest, "pattern": _CLEAN}
    return described | ({"minLength": at_least} if at_least else {})


def _name() -> Json:
    return _text(limits.NAME)


def _id() -> Json:
    return _nullable(_text(limits.ID, at_least=1))


def _ids() -> Json:
    return {"type": "array", "items": _text(limits.ID), "maxItems": limits.COLUMN_LIST}


def _comment() -> Json:
    return _nullable(_text(limits.DESCRIPTION))


def _expression() -> Json:
    return _nullable(_text(limits.EXPRESSION)) | {"description": "SQL."}


def _flag() -> Json:
    return {"type": ["boolean", "null"]}


def _words(words: Any) -> Json:  # noqa: ANN401 - any enumeration, or some words of one
    return {"type": ["string", "null"], "enum": [*(word.value for word in words), None]}


def _list_of(name: str, longest: int, *, is_nullable: bool = True) -> Json:
    described = {"type": "array", "items": reference(name), "maxItems": longest}
    return _nullable(described) if is_nullable else described


EXAMPLE: Json = {
    "name": "my_blog",
    "description": "Posts and who wrote them",
    "tables": [
        {
            "id": "users",
            "name": "users",
            "columns": [
                {
                    "id": "user_id",
                    "name": "id",
                    "dataType": "INT",
                    "primaryKey": True,
                    "autoIncrement": True,
                },
                {
                    "id": "user_email",
                    "name": "email",
                    "dataType": "VARCHAR",
                    "length": 255,
                    "nullable": False,
                    "unique": True,
                },
            ],
        },
        {
            "id": "posts",
            "name": "posts",
            "columns": [
                {
                    "id": "post_id",
                    "name": "id",
                    "dataType": "INT",
                    "primaryKey": True,
                    "autoIncrement": True,
                },
                {"id": "post_author", "name": "author_id", "dataType": "INT", "nullable": False},
                {"id": "post_title", "name": "title", "dataType": "TEXT", "nullable": False},
            ],
            "indexes": [{"name": "posts_author_id_idx", "columns": ["author_id"]}],
        },
    ],
    "foreignKeys": [
        {
            "id": "posts_author",
            "sourceTableId": "posts",
            "sourceColumnId": "post_author",
            "targetTableId": "users",
            "targetColumnId": "user_id",
            "onDelete": "CASCADE",
        }
    ],
}
"""A small design that works as it is."""
