"""Reading of one table of a document: its columns, keys, checks and indexes."""

from __future__ import annotations

from collections.abc import Mapping

from core.definition import limits
from core.definition.fields import Fields
from core.definition.identities import Identities
from core.definition.literals import json_text
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Default,
    ExpressionDefault,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    NullsOrder,
    Position,
    PrimaryKey,
    SortOrder,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType

TABLE_KEYS = frozenset(
    {
        *("id", "name", "namespace", "description", "position", "color", "columns"),
        *("primaryKey", "uniques", "checks", "indexes"),
    }
)
"""Keys of a table."""

COLUMN_KEYS = frozenset(
    {
        *("id", "name", "dataType", "nativeType", "enumId", "length", "precision", "scale"),
        *("nullable", "primaryKey", "unique", "autoIncrement", "identity"),
        *("defaultValue", "defaultExpression", "generatedExpression", "description"),
    }
)
"""Keys of a column."""

INDEX_KEYS = frozenset({"id", "name", "unique", "method", "where", "include", "columns", "parts"})
"""Keys of an index."""

_POSITION_KEYS = frozenset({"x", "y"})
_PRIMARY_KEY_KEYS = frozenset({"name", "columnIds"})
_UNIQUE_KEYS = frozenset({"id", "name", "columnIds"})
_CHECK_KEYS = frozenset({"id", "name", "expression"})
_PART_KEYS = frozenset({"columnId", "expression", "order", "nulls"})

_DATA_TYPES: dict[str, DataType] = {
    item.value: item for item in DataType if item is not DataType.NATIVE
}
_IDENTITIES = {item.value: item for item in IdentityKind}
_ORDERS = {item.value: item for item in SortOrder}
_NULLS = {item.value: item for item in NullsOrder}


def read_table(fields: Fields, identities: Identities) -> Table:
    """Read a table with what belongs to it alone."""
    table_id = identities.read(fields, "table")
    key_fields = fields.nested("primaryKey", keys=_PRIMARY_KEY_KEYS)
    listed_key: tuple[str, ...] | None = None
    if key_fields is not None:
        listed_key = key_fields.required_texts(
            "columnIds", limit=limits.COLUMN_LIST, text_limit=limits.ID
        )
    columns: list[Column] = []
    flagged_key: list[str] = []
    uniques: list[Unique] = []
    column_objects = fields.objects(
        "columns", keys=COLUMN_KEYS, limit=limits.COLUMNS, required=True
    )
    for column_fields in column_objects:
        column_id = identities.read(column_fields, "column")
        is_key = _is_key(column_fields, column_id, listed_key)
        if is_key:
            flagged_key.append(column_id)
        if column_fields.flag("unique"):
            unique_id = flag_unique_id(column_id)
            identities.claim(column_fields, "unique", "unique constraint", unique_id)
            uniques.append(Unique(id=unique_id, column_ids=(column_id,)))
        columns.append(_read_column(column_fields, column_id, is_key=is_key))
    primary_key: PrimaryKey | None = None
    if key_fields is not None:
        key_name = key_fields.text("name", limit=limits.NAME)
        primary_key = PrimaryKey(column_ids=listed_key or (), name=key_name)
    elif flagged_key:
        primary_key = PrimaryKey(column_ids=tuple(flagged_key))
    return Table(
        id=table_id,
        name=fields.required_text("name", limit=limits.NAME),
        namespace=_namespace(fields),
        columns=tuple(columns),
        primary_key=primary_key,
        uniques=(
            *uniques,
            *(
                _read_unique(item, identities)
                for item in fields.objects(
                    "uniques", keys=_UNIQUE_KEYS, limit=limits.TABLE_CONSTRAINTS
                )
            ),
        ),
        checks=tuple(
            _read_check(item, identities)
            for item in fields.objects("checks", keys=_CHECK_KEYS, limit=limits.TABLE_CONSTRAINTS)
        ),
        indexes=_read_indexes(fields, identities, columns),
        description=fields.text("description", limit=limits.DESCRIPTION) or "",
        position=_read_position(fields),
        color=fields.text("color", limit=limits.COLOR),
    )


def flag_unique_id(column_id: str) -> str:
    """Return the id of the unique constraint that a column's `unique` flag stands for."""
    return f"{column_id}.unique"


def ids_by_reference(columns: list[Column]) -> Mapping[str, str]:
    """Map what an index may call a column, its name before its id, to the column's id."""
    references: dict[str, str] = {column.id: column.id for column in columns}
    references.update((column.name, column.id) for column in reversed(columns))
    return references


def _read_position(fields: Fields) -> Position | None:
    position = fields.nested("position", keys=_POSITION_KEYS)
    if position is None:
        return None
    return Position(x=position.number("x"), y=position.number("y"))


def _namespace(fields: Fields) -> str:
    namespace = fields.text("namespace", limit=limits.NAME)
    return DEFAULT_NAMESPACE if namespace is None else namespace


def _is_key(fields: Fields, column_id: str, listed_key: tuple[str, ...] | None) -> bool:
    flag = fields.flag("primaryKey")
    if listed_key is None:
        return flag is True
    is_listed = column_id in listed_key
    if flag is not None and flag is not is_listed:
        fields.refuse(
            "primaryKey",
            "CONFLICTING_FIELDS",
            "The flag and the table's primaryKey say different things.",
        )
    return is_listed


def _read_column(fields: Fields, column_id: str, *, is_key: bool) -> Column:
    nullable = fields.flag("nullable")
    if is_key and nullable:
        fields.refuse(
            "nullable", "PRIMARY_KEY_NULLABLE", "A column of the primary key cannot be nullable."
        )
    identity = _read_identity(fields)
    return Column(
        id=column_id,
        name=fields.required_text("name", limit=limits.NAME),
        type=_read_type(fields),
        nullable=not (is_key or identity is not None) if nullable is None else nullable,
        identity=identity,
        default=_read_default(fields),
        generated=fields.text("generatedExpression", limit=limits.EXPRESSION),
        description=fields.text("description", limit=limits.DESCRIPTION) or "",
    )


def _read_identity(fields: Fields) -> IdentityKind | None:
    counts_up = fields.flag("autoIncrement")
    identity = fields.choice("identity", _IDENTITIES, code="UNKNOWN_VALUE")
    if identity is not None and counts_up is False:
        fields.refuse(
            "autoIncrement", "CONFLICTING_FIELDS", "The flag and identity say different things."
        )
    if identity is None and counts_up:
        return IdentityKind.BY_DEFAULT
    return identity


def _read_type(fields: Fields) -> ColumnType:
    data_type = fields.choice("dataType", _DATA_TYPES, code="UNSUPPORTED_DATA_TYPE")
    native = fields.text("nativeType", limit=limits.NATIVE_TYPE)
    enum_id = fields.text("enumId", limit=limits.ID)
    if native is not None:
        if fields.has("dataType"):
            fields.refuse("nativeType", "CONFLICTING_FIELDS", "Give either dataType or nativeType.")
        data_type = DataType.NATIVE
    elif not fields.has("dataType"):
        fields.refuse("dataType", "MISSING_REQUIRED_FIELD", "This field is required.")
    if enum_id is not None and data_type not in {DataType.ENUM, None}:
        fields.refuse("enumId", "CONFLICTING_FIELDS", "Only the dataType ENUM takes an enumId.")
    return ColumnType(
        data_type=data_type or DataType.TEXT,
        length=fields.whole("length"),
        precision=fields.whole("precision"),
        scale=fields.whole("scale"),
        native=native,
        enum_id=enum_id,
    )


def _read_default(fields: Fields) -> Default | None:
    expression = fields.text("defaultExpression", limit=limits.EXPRESSION)
    literal = fields.json_literal("defaultValue")
    if literal is None:
        return None if expression is None else ExpressionDefault(sql=expression)
    if expression is not None:
        fields.refuse(
            "defaultExpression",
            "CONFLICTING_FIELDS",
            "Give either defaultValue or defaultExpression.",
        )
    text = json_text(literal)
    if len(text) > limits.EXPRESSION:
        fields.refuse(
            "defaultValue", "TOO_LONG", f"At most {limits.EXPRESSION:,} characters are allowed."
        )
    return LiteralDefault(json=text)


def _read_unique(fields: Fields, identities: Identities) -> Unique:
    return Unique(
        id=identities.read(fields, "unique constraint"),
        name=fields.text("name", limit=limits.NAME),
        column_ids=fields.required_texts(
            "columnIds", limit=limits.COLUMN_LIST, text_limit=limits.ID
        ),
    )


def _read_check(fields: Fields, identities: Identities) -> Check:
    return Check(
        id=identities.read(fields, "check constraint"),
        name=fields.text("name", limit=limits.NAME),
        expression=fields.required_text("expression", limit=limits.EXPRESSION),
    )


def _read_indexes(
    fields: Fields, identities: Identities, columns: list[Column]
) -> tuple[Index, ...]:
    objects = fields.objects("indexes", keys=INDEX_KEYS, limit=limits.TABLE_CONSTRAINTS)
    if not objects:
        return ()
    references = ids_by_reference(columns)
    return tuple(_read_index(item, identities, references) for item in objects)


def _read_index(fields: Fields, identities: Identities, references: Mapping[str, str]) -> Index:
    included = fields.texts("include", limit=limits.COLUMN_LIST, text_limit=limits.NAME)
    method = fields.text("method", limit=limits.NAME)
    return Index(
        id=identities.read(fields, "index"),
        name=fields.text("name", limit=limits.NAME),
        unique=bool(fields.flag("unique")),
        method="btree" if method is None else method,
        where=fields.text("where", limit=limits.EXPRESSION),
        include_column_ids=tuple(references.get(item, item) for item in included or ()),
        parts=_read_parts(fields, references),
    )


def _read_parts(fields: Fields, references: Mapping[str, str]) -> tuple[IndexPart, ...]:
    if not fields.has("parts"):
        named = fields.required_texts("columns", limit=limits.COLUMN_LIST, text_limit=limits.NAME)
        return tuple(IndexPart(column_id=references.get(item, item)) for item in named)
    if fields.has("columns"):
        fields.refuse("parts", "CONFLICTING_FIELDS", "Give either columns or parts.")
    return tuple(
        _read_part(item)
        for item in fields.objects("parts", keys=_PART_KEYS, limit=limits.COLUMN_LIST)
    )


def _read_part(fields: Fields) -> IndexPart:
    column_id = fields.text("columnId", limit=limits.ID)
    expression = fields.text("expression", limit=limits.EXPRESSION)
    if not fields.has("columnId") and not fields.has("expression"):
        fields.refuse("columnId", "MISSING_REQUIRED_FIELD", "Give either columnId or expression.")
    if column_id is not None and expression is not None:
        fields.refuse("expression", "CONFLICTING_FIELDS", "Give either columnId or expression.")
    return IndexPart(
        column_id=column_id,
        expression=expression,
        order=fields.choice("order", _ORDERS, code="UNKNOWN_VALUE") or SortOrder.ASC,
        nulls=fields.choice("nulls", _NULLS, code="UNKNOWN_VALUE"),
    )
