"""Whether a running attempt must stop, shared between the thread that works and those that watch.

Why it must stop is kept as the error that the working thread raises at its next check.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from typing_extensions import override

from core.errors import SchemaBuilderError
from core.jobs.errors import LeaseLostError
from core.jobs.running import Ending

logger = logging.getLogger(__name__)


class Stopping(Ending):
    """The wish that one attempt stops, and the ways to interrupt what it is doing."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._reason: SchemaBuilderError | None = None
        self._is_past_return = False
        self._interrupts: list[Callable[[], None]] = []

    @property
    def reason(self) -> SchemaBuilderError | None:
        """Why the attempt must stop, or None."""
        return self._reason

    @property
    def is_lease_lost(self) -> bool:
        """Whether the job belongs to somebody else by now."""
        return isinstance(self._reason, LeaseLostError)

    def ask(self, reason: SchemaBuilderError) -> None:
        """Ask to stop, unless the point of no return is passed or it was asked before."""
        with self._lock:
            if self._is_past_return or self._reason is not None:
                return
            self._reason = reason
        self.interrupt()

    def force(self, reason: SchemaBuilderError) -> None:
        """Demand the stop whatever the attempt is doing; a lost lease outweighs other reasons."""
        with self._lock:
            is_news = self._reason is None or (
                isinstance(reason, LeaseLostError) and not self.is_lease_lost
            )
            if not is_news:
                return
            self._reason = reason
        self.interrupt()

    def interrupt(self) -> None:
        """Interrupt what the attempt is doing, if it must stop.

        Called again and again until the attempt has left: one call may fall between two
        statements, where there is nothing to interrupt.
        """
        with self._lock:
            interrupts = tuple(self._interrupts) if self._reason is not None else ()
        for interrupt in interrupts:
            try:
                interrupt()
            except SchemaBuilderError as error:
                logger.warning("interrupt_failed", extra={"reason": error.message})

    def check(self) -> None:
        """Raise the reason to stop, if there is one."""
        reason = self._reason
        if reason is not None:
            raise reason

    def pass_point_of_no_return(self) -> None:
        """Check one last time; from then on only what is forced stops the attempt."""
        with self._lock:
            self.check()
            self._is_past_return = True

    @override
    @contextmanager
    def stoppable(self, stop: Callable[[], None]) -> Iterator[None]:
        """While inside, call `stop` (from another thread) when the attempt must stop."""
        with self._lock:
            self.check()
            self._interrupts.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._interrupts.remove(stop)
