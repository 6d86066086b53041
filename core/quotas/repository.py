"""The port through which is counted what workspaces have, and remembered what they may have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from core.quotas.model import OwnLimit, Quota
from core.unit_of_work import UnitOfWork


class QuotaRepository(Protocol):
    """Counts and limits of workspaces."""

    def hold(self, workspace_id: str) -> None:
        """Let nobody else be admitted to the workspace until the block ends."""
        ...

    def used(self, workspace_id: str, quotas: Collection[Quota]) -> Mapping[Quota, int]:
        """Return how much there is, what this block has written included."""
        ...

    def own_limits(self, workspace_id: str) -> Mapping[Quota, OwnLimit]:
        """Return what was set for the workspace."""
        ...

    def put(self, workspace_id: str, quota: Quota, own: OwnLimit) -> None:
        """Set it, or forget what was set."""
        ...

    def queued_in_all(self, most: int) -> int:
        """Return how many jobs of all workspaces wait, counted up to one more than the most."""
        ...


class QuotaStore(UnitOfWork, Protocol):
    """A unit of work with quotas in it."""

    @property
    def quotas(self) -> QuotaRepository:
        """The quotas."""
        ...


OpenQuotaStore = Callable[[], QuotaStore]
"""Begins a unit of work: `with open_store() as store: …`."""
