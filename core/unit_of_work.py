"""The unit of work: one transaction of the store, rolled back unless committed.

Each use case declares the repositories it needs as a protocol of its own that extends this one.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self


class UnitOfWork(Protocol):
    """One transaction of the store. Leaving the block without `commit` rolls back."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Roll back what was not committed and give the connection back."""
        ...

    def commit(self) -> None:
        """Make what was written in this block durable."""
        ...
