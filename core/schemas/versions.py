"""Versions: how they are numbered and shown, and taking an old one up again."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime

from core.changes import (
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddTable,
    Change,
    ChangeColumnNullability,
    ChangeEnumValues,
    ChangeIndex,
    DescribeColumn,
    DescribeEnum,
    DescribeNamespace,
    DescribeTable,
    DropCheck,
    DropForeignKey,
    DropIndex,
    DropNamespace,
    RenameIndex,
)
from core.definition.model import Column, Definition
from core.errors import InternalError
from core.planning.diff import diff
from core.schemas.model import Schema
from core.schemas.store import Store

FIRST_LABEL = "1.0"
"""How the first version is shown."""


class VersionMissingError(InternalError):
    """A version that was recorded once is not there any more."""

    code = "VERSION_MISSING"

    def __init__(self, *, schema_id: str, number: int) -> None:
        super().__init__(f"Version {number} of the schema {schema_id} is not recorded.")


def next_label(label: str, before: Definition, after: Definition) -> str:
    """Return how the version after `label` is shown.

    The major number moves when the change can break running code or lose data, else the minor.
    """
    major, minor = (int(part) for part in label.split("."))
    return f"{major + 1}.0" if can_break(before, after) else f"{major}.{minor + 1}"


def can_break(before: Definition, after: Definition) -> bool:
    """Tell whether code that works with `before` may fail with `after`, or values be lost."""
    changes = diff(before, after)
    new_tables = {change.table.id for change in changes if isinstance(change, AddTable)}
    return any(_change_can_break(change, new_tables) for change in changes)


def adopt_version(
    store: Store, *, schema_id: str, number: int, message: str, now: datetime
) -> Schema:
    """Make an old version of a schema its newest again, as a new version; return the schema.

    Nothing is done when it is the newest already.
    """
    schema = store.schemas.get_for_update(schema_id)
    old = store.versions.get(schema_id, number)
    if schema is None or old is None:
        raise VersionMissingError(schema_id=schema_id, number=number)
    newest = store.versions.get(schema_id, schema.version_number)
    if newest is None:
        raise VersionMissingError(schema_id=schema_id, number=schema.version_number)
    if newest.structure_fingerprint == old.structure_fingerprint:
        return schema
    major = int(newest.label.split(".")[0]) + 1
    version = replace(
        old,
        number=schema.version_number + 1,
        label=f"{major}.0",
        message=message,
        created_at=now,
    )
    store.versions.add(version)
    return store.schemas.save(
        replace(
            schema,
            version_number=version.number,
            version=version.label,
            table_count=len(version.document.get("tables", ())),
            updated_at=now,
        )
    )


def newest_like(store: Store, schema_id: str, number: int) -> int:
    """Return the newest version up to which nothing but the layout differs from a version."""
    version = store.versions.get(schema_id, number)
    following = store.versions.get(schema_id, number + 1)
    while (
        version is not None
        and following is not None
        and following.structure_fingerprint == version.structure_fingerprint
    ):
        number += 1
        following = store.versions.get(schema_id, number + 1)
    return number


def _change_can_break(change: Change, new_tables: Container[str]) -> bool:
    """Err on the safe side: whatever is not known to be harmless can break."""
    match change:
        case AddForeignKey():
            breaks = change.table.id not in new_tables
        case AddColumn():
            breaks = _must_be_given(change.column)
        case ChangeColumnNullability():
            breaks = not change.after.nullable
        case ChangeEnumValues():
            old_values = change.before.values
            breaks = change.after.values[: len(old_values)] != old_values
        case AddIndex() | DropIndex():
            breaks = change.index.unique
        case ChangeIndex():
            breaks = change.before.unique or change.after.unique
        case _:
            breaks = not isinstance(change, _HARMLESS)
    return breaks


_HARMLESS = (
    AddNamespace
    | DropNamespace
    | DescribeNamespace
    | AddEnum
    | DescribeEnum
    | AddTable
    | DescribeTable
    | DescribeColumn
    | DropCheck
    | DropForeignKey
    | RenameIndex
)
"""Changes that no running code can notice, as nothing could name or miss what they are about.

A namespace goes only when it is empty. A unique constraint is missed by `ON CONFLICT`.
"""


def _must_be_given(column: Column) -> bool:
    return (
        not column.nullable
        and column.default is None
        and column.identity is None
        and column.generated is None
    )
