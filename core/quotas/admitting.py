"""Admitting what takes room in a workspace, so that two at once cannot both take the last of it.

A use case writes what it wants and asks last, in the same transaction: what is there too many is
refused and rolled back with everything. It asks last because whoever is asked holds the workspace
until the end of the transaction and must wait for nobody else then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import simplejson

from core.limits import Limits
from core.quotas.errors import QueueFullError, QuotaExceededError
from core.quotas.model import Quota, limit_of
from core.quotas.repository import QuotaStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Says whether there is room for more."""

    limits: Limits
    """What the installation gives every workspace."""

    def admit_job(self, store: QuotaStore, workspace_id: str, *quotas: Quota) -> None:
        """See that there is room for a job that was written, and for what was written with it.

        Raises:
            QuotaExceededError: the workspace has more now than it may have.
            QueueFullError: more jobs wait in all than there is room for.
        """
        most = self.limits.most_queued_jobs
        if most and store.quotas.queued_in_all(most) > most:
            raise QueueFullError
        refusal = self._refusal(store, workspace_id, (*quotas, Quota.QUEUED_JOBS), more=0)
        if refusal is not None:
            raise refusal

    def obstacle(self, store: QuotaStore, workspace_id: str, *quotas: Quota) -> str | None:
        """Say what is in the way of one more of each, which is not written yet."""
        refusal = self._refusal(store, workspace_id, quotas, more=1)
        return None if refusal is None else refusal.message

    def admit_document(
        self, store: QuotaStore, workspace_id: str, document: Mapping[str, Any]
    ) -> None:
        """See that a document is not longer than one may be.

        Raises:
            QuotaExceededError: it is.
        """
        quota = Quota.SCHEMA_BYTES
        limit = limit_of(
            quota, self.limits.quotas, store.quotas.own_limits(workspace_id).get(quota)
        )
        if not limit:
            return
        text = simplejson.dumps(
            document, use_decimal=True, ensure_ascii=False, separators=(",", ":")
        )
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            raise QuotaExceededError(quota=quota, limit=limit)

    def _refusal(
        self, store: QuotaStore, workspace_id: str, quotas: Collection[Quota], *, more: int
    ) -> QuotaExceededError | None:
        own = store.quotas.own_limits(workspace_id)
        limits = {
            quota: limit
            for quota in quotas
            if (limit := limit_of(quota, self.limits.quotas, own.get(quota)))
        }
        if not limits:
            return None
        store.quotas.hold(workspace_id)
        used = store.quotas.used(workspace_id, limits.keys())
        for quota, limit in limits.items():
            # How large something gets is known only afterwards: there has to be room left.
            if used[quota] + (1 if quota.is_size else more) > limit:
                return QuotaExceededError(quota=quota, limit=limit)
        return None


UNLIMITED = Admission(limits=Limits())
"""Admits everything that no workspace was forbidden."""
