"""Lint policies in the store: a column of the schemas' own rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select, update
from typing_extensions import override

from core.schemas.lint_policy import LintPolicyRepository
from core.store import tables
from core.store.identifiers import is_id


class SqlLintPolicyRepository(LintPolicyRepository):
    """The lint policies of schemas."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str) -> Mapping[str, str]:
        """Return a schema's policy; codes that it does not name keep their own level."""
        if not is_id(schema_id):
            return {}
        table = tables.schemas
        statement = select(table.c.lint_policy).where(table.c.id == schema_id)
        found = self._connection.execute(statement).scalar_one_or_none()
        return {} if found is None else dict(found)

    @override
    def put(self, schema_id: str, policy: Mapping[str, str]) -> None:
        """Replace a schema's policy."""
        table = tables.schemas
        self._connection.execute(
            update(table).where(table.c.id == schema_id).values(lint_policy=dict(policy))
        )
