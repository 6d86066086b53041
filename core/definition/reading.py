"""Reading of the definition out of a document's JSON; tables are `reading_tables`."""

from __future__ import annotations

from core.definition import limits
from core.definition.fields import Fields
from core.definition.identities import Identities
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Definition,
    Enum,
    ForeignKey,
    Namespace,
    ReferentialAction,
)
from core.definition.reading_tables import TABLE_KEYS, read_table

FOREIGN_KEY_KEYS = frozenset(
    {
        *("id", "name", "sourceTableId", "sourceColumnId", "sourceColumnIds"),
        *("targetTableId", "targetColumnId", "targetColumnIds"),
        *("onDelete", "onUpdate", "deferrable", "initiallyDeferred"),
    }
)
"""Keys of a foreign key."""

_ENUM_KEYS = frozenset({"id", "name", "namespace", "values", "description"})
_NAMESPACE_KEYS = frozenset({"name", "description"})
_ACTIONS = {item.value: item for item in ReferentialAction}


def read_definition(fields: Fields, identities: Identities) -> Definition:
    """Read tables, foreign keys, enums and namespaces."""
    return Definition(
        tables=tuple(
            read_table(item, identities)
            for item in fields.objects(
                "tables", keys=TABLE_KEYS, limit=limits.TABLES, required=True
            )
        ),
        foreign_keys=tuple(
            _read_foreign_key(item, identities)
            for item in fields.objects(
                "foreignKeys", keys=FOREIGN_KEY_KEYS, limit=limits.FOREIGN_KEYS
            )
        ),
        enums=tuple(
            _read_enum(item, identities)
            for item in fields.objects("enums", keys=_ENUM_KEYS, limit=limits.ENUMS)
        ),
        namespaces=tuple(
            Namespace(
                name=item.required_text("name", limit=limits.NAME),
                description=item.text("description", limit=limits.DESCRIPTION) or "",
            )
            for item in fields.objects("namespaces", keys=_NAMESPACE_KEYS, limit=limits.NAMESPACES)
        ),
    )


def _read_foreign_key(fields: Fields, identities: Identities) -> ForeignKey:
    return ForeignKey(
        id=identities.read(fields, "foreign key"),
        name=fields.text("name", limit=limits.NAME),
        source_table_id=fields.required_text("sourceTableId", limit=limits.ID),
        source_column_ids=_read_column_ids(fields, "sourceColumnId"),
        target_table_id=fields.required_text("targetTableId", limit=limits.ID),
        target_column_ids=_read_column_ids(fields, "targetColumnId"),
        on_delete=_read_action(fields, "onDelete"),
        on_update=_read_action(fields, "onUpdate"),
        deferrable=bool(fields.flag("deferrable")),
        initially_deferred=bool(fields.flag("initiallyDeferred")),
    )


def _read_column_ids(fields: Fields, key: str) -> tuple[str, ...]:
    listed = fields.texts(f"{key}s", limit=limits.COLUMN_LIST, text_limit=limits.ID)
    if listed is None:
        return (fields.required_text(key, limit=limits.ID),)
    if fields.has(key):
        fields.refuse(f"{key}s", "CONFLICTING_FIELDS", f"Give either {key} or {key}s.")
    return listed


def _read_action(fields: Fields, key: str) -> ReferentialAction:
    action = fields.choice(key, _ACTIONS, code="UNKNOWN_VALUE")
    return ReferentialAction.NO_ACTION if action is None else action


def _read_enum(fields: Fields, identities: Identities) -> Enum:
    namespace = fields.text("namespace", limit=limits.NAME)
    return Enum(
        id=identities.read(fields, "enum"),
        name=fields.required_text("name", limit=limits.NAME),
        values=fields.required_texts("values", limit=limits.ENUM_VALUES, text_limit=limits.NAME),
        namespace=DEFAULT_NAMESPACE if namespace is None else namespace,
        description=fields.text("description", limit=limits.DESCRIPTION) or "",
    )
