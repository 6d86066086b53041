"""Setting what is made of findings about the plans of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.lint import Policy
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore


@dataclass(frozen=True, slots=True, kw_only=True)
class LintPolicies:
    """Lets an owner say what is made of findings about the plans of a schema."""

    open_store: OpenStore
    """Begins a unit of work."""

    def get(self, schema_id: str, *, owner: str) -> Policy:
        """Return the policy of a schema.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            return Policy.read(store.lint_policies.get(schema_id))

    def replace(self, schema_id: str, raw: Mapping[str, object], *, owner: str) -> Policy:
        """Write the policy of a schema anew.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            UnknownRuleCodeError: it speaks of a rule that does not exist.
            UnknownTreatmentError: it wants something done that cannot be done.
        """
        policy = Policy.read(raw)
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            store.lint_policies.put(schema_id, policy.written())
            store.commit()
        return policy
