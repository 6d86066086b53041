"""Schemas in the store. Finding the place of a page is `listing`'s affair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from psycopg2 import errorcodes
from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from core.schemas.errors import DuplicateNameError, SchemaNotFoundError
from core.schemas.model import Schema, SchemaStatus
from core.schemas.repository import SchemaRepository, SchemaSort
from core.store import listing, tables
from core.store.identifiers import is_id

_COLUMNS = tuple(tables.schemas.c[field.name] for field in fields(Schema))
_CHANGED_BY_US = {"changed_by": func.pg_current_xact_id()}


class SqlSchemaRepository(SchemaRepository):
    """Collection-like access to schemas; the deleted ones are out of reach except where said."""

    def __init__(self, connection: Connection, surveys: listing.Surveys) -> None:
        self._connection = connection
        self._surveys = surveys

    @override
    def add(self, schema: Schema) -> None:
        """Record a new schema.

        Raises:
            DuplicateNameError: the owner has a living schema of that name.
        """
        with _unique_name(self._connection, schema.name):
            self._connection.execute(insert(tables.schemas), _values(schema))

    @override
    def get(
        self, schema_id: str, *, owner: str | None = None, include_deleted: bool = False
    ) -> Schema | None:
        """Return the living schema (of that owner), or None; a deleted one only if asked for."""
        return self._find(schema_id, owner, living=not include_deleted)

    @override
    def get_for_update(self, schema_id: str, *, owner: str | None = None) -> Schema | None:
        """Return it and hold its row until the transaction ends; deleted ones are found too."""
        return self._find(schema_id, owner, living=False, held=True)

    @override
    def list_page(
        self,
        owner: str,
        *,
        search: str | None,
        status: SchemaStatus | None,
        sort: SchemaSort,
        page: int,
        limit: int,
    ) -> tuple[Sequence[Schema], int]:
        """Return one page and the number of all that match; the cost does not grow with `page`."""
        wanted = listing.Listing(owner=owner, search=search, status=status, sort=sort)
        rows, total = listing.read_page(
            self._connection, self._surveys, wanted, _COLUMNS, page=page, limit=limit
        )
        return [_schema(row) for row in rows], total

    @override
    def save(self, schema: Schema) -> Schema:
        """Write the record and raise its revision; return it as it stands now.

        Raises:
            DuplicateNameError: the owner has another living schema of that name.
            SchemaNotFoundError: it was never recorded.
        """
        table = tables.schemas
        values = _values(schema) | {"revision": table.c.revision + 1} | _CHANGED_BY_US
        statement = update(table).where(table.c.id == schema.id).values(values).returning(*_COLUMNS)
        with _unique_name(self._connection, schema.name):
            row = self._connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise SchemaNotFoundError(schema_id=schema.id)
        return _schema(row)

    @override
    def set_status(self, schema_id: str, status: SchemaStatus, now: datetime) -> None:
        """Change the status alone, which raises the revision; deleted ones are changed too."""
        table = tables.schemas
        self._connection.execute(
            update(table)
            .where(table.c.id == schema_id)
            .values(status=status, updated_at=now, revision=table.c.revision + 1, **_CHANGED_BY_US)
        )

    def _find(
        self, schema_id: str, owner: str | None, *, living: bool, held: bool = False
    ) -> Schema | None:
        """Return the schema, or None; hold its row if that was asked for."""
        if not is_id(schema_id):
            return None
        statement = _finding(has_owner=owner is not None, living=living, held=held)
        values = {"of": schema_id} | ({} if owner is None else {"owned_by": owner})
        row = self._connection.execute(statement, values).mappings().one_or_none()
        return None if row is None else _schema(row)


@cache
def _finding(*, has_owner: bool, living: bool, held: bool) -> Select[Any]:
    """Return the statement that finds a schema; built once for each sort of question."""
    table = tables.schemas
    statement = select(*_COLUMNS).where(table.c.id == bindparam("of"))
    if has_owner:
        statement = statement.where(table.c.owner == bindparam("owned_by"))
    if living:
        statement = statement.where(table.c.deleted_at.is_(None))
    if held:
        # NO KEY: rows that refer to the schema can still be written meanwhile.
        statement = statement.with_for_update(key_share=True)
    return statement


@contextmanager
def _unique_name(connection: Connection, name: str) -> Iterator[None]:
    """Turn a name that is taken into the error for it, after which the transaction can go on."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        sqlstate = getattr(error.orig, "pgcode", None)
        if sqlstate == errorcodes.UNIQUE_VIOLATION and constraint == "uq_schemas_living_name":
            raise DuplicateNameError(name=name) from error
        raise


def _values(schema: Schema) -> dict[str, object]:
    """Return the row of a schema."""
    return {field.name: getattr(schema, field.name) for field in fields(schema)}


def _schema(row: RowMapping) -> Schema:
    """Return the schema that a row holds."""
    return Schema(
        id=row["id"],
        owner=row["owner"],
        name=row["name"],
        description=row["description"],
        status=SchemaStatus(row["status"]),
        version_number=row["version_number"],
        version=row["version"],
        table_count=row["table_count"],
        database_name=row["database_name"],
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
