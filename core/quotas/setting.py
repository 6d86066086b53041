"""Reading and setting what a workspace may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.limits import QuotaLimits
from core.quotas.errors import QuotaAboveGivenError
from core.quotas.model import OwnLimit, Quota, QuotaUse, given_limit, limit_of
from core.quotas.repository import OpenQuotaStore

LARGEST = 2**53 - 1
"""The largest limit: what every reader of JSON keeps exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Says how workspaces stand with their quotas, and sets these."""

    open_store: OpenQuotaStore
    """Begins a unit of work."""
    default: QuotaLimits
    """What the installation gives every workspace."""

    def of_workspace(self, workspace_id: str) -> Sequence[QuotaUse]:
        """Return how a workspace stands with each quota."""
        with self.open_store() as store:
            own = store.quotas.own_limits(workspace_id)
            used = store.quotas.used(workspace_id, tuple(Quota))
        return tuple(
            QuotaUse(
                quota=quota,
                used=used.get(quota),
                limit=limit_of(quota, self.default, own.get(quota)),
                given=given_limit(quota, self.default, own.get(quota)),
            )
            for quota in Quota
        )

    def choose(self, workspace_id: str, quota: Quota, limit: int | None) -> Sequence[QuotaUse]:
        """Hold a workspace to less than it is given; None forgets what was chosen.

        Raises:
            QuotaAboveGivenError: it is more.
        """
        with self.open_store() as store:
            store.quotas.hold(workspace_id)
            own = store.quotas.own_limits(workspace_id).get(quota, OwnLimit())
            given = given_limit(quota, self.default, own)
            if limit is not None and given and limit > given:
                raise QuotaAboveGivenError(quota=quota, given=given)
            store.quotas.put(workspace_id, quota, replace(own, chosen=limit))
            store.commit()
        return self.of_workspace(workspace_id)

    def grant(self, workspace_id: str, quota: Quota, limit: int | None) -> Sequence[QuotaUse]:
        """Give a workspace more or less than others, 0 for no limit; None for the default again.

        For the operator of the installation.
        """
        with self.open_store() as store:
            store.quotas.hold(workspace_id)
            own = store.quotas.own_limits(workspace_id).get(quota, OwnLimit())
            store.quotas.put(workspace_id, quota, replace(own, granted=limit))
            store.commit()
        return self.of_workspace(workspace_id)
