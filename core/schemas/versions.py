"""Versions: how they are numbered and shown, and taking an old one up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.definition.canonical import canonical
from core.definition.model import Column, Definition, Table
from core.errors import InternalError
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
    """Tell whether code that works with `before` may fail with `after`, or values be lost.

    Errs on the safe side: whatever is not known to be harmless can break.
    """
    old, new = canonical(before), canonical(after)
    tables = {table.id: table for table in new.tables}
    enums = {enum.id: enum for enum in new.enums}
    for enum in old.enums:
        grown = enums.get(enum.id)
        if grown is None or grown.values[: len(enum.values)] != enum.values:
            return True
    old_ids = {table.id for table in old.tables}
    added_keys = set(new.foreign_keys) - set(old.foreign_keys)
    if any(key.source_table_id in old_ids for key in added_keys):
        return True
    return any(
        table.id not in tables or _table_can_break(table, tables[table.id]) for table in old.tables
    )


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


def _table_can_break(before: Table, after: Table) -> bool:
    if set(after.checks) - set(before.checks) or set(after.uniques) - set(before.uniques):
        return True
    if after.primary_key != before.primary_key:
        return True
    if {index for index in after.indexes if index.unique} - set(before.indexes):
        return True
    columns = {column.id: column for column in after.columns}
    if any(
        column.id not in columns or _column_can_break(column, columns[column.id])
        for column in before.columns
    ):
        return True
    known = {column.id for column in before.columns}
    return any(_must_be_given(column) for column in after.columns if column.id not in known)


def _column_can_break(before: Column, after: Column) -> bool:
    loosened = replace(
        before,
        nullable=after.nullable or before.nullable,
        description=after.description,
    )
    comparable = replace(after, nullable=after.nullable or before.nullable)
    is_tightened = before.nullable and not after.nullable
    return is_tightened or comparable != loosened


def _must_be_given(column: Column) -> bool:
    return (
        not column.nullable
        and column.default is None
        and column.identity is None
        and column.generated is None
    )
