"""Rounds beside the schedule's tasks, which must not wait for strangers' servers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from core.errors import UnavailableError

logger = logging.getLogger(__name__)


class Rounds:
    """Runs rounds on a thread of its own, one at a time, until nothing is due.

    A process that dies in a round loses nothing: what it had taken is due again after its lease.
    """

    def __init__(
        self, find: Callable[[], Callable[[], int | None]], *, name: str = "webhook-rounds"
    ) -> None:
        """Prepare.

        Args:
            find: Finds what makes one round and says how much it tried; nothing ends the rounds.
            name: Of the thread.
        """
        self._find = find
        self._name = name
        self._running = threading.Lock()

    def start(self) -> bool:
        """Begin, unless the last ones go on still; return whether it began."""
        if not self._running.acquire(blocking=False):
            return False
        threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return True

    def _run(self) -> None:
        try:
            make_round = self._find()
            while make_round():
                continue
        except UnavailableError as error:
            logger.warning(
                "rounds_postponed", extra={"rounds": self._name, "reason": error.log_text}
            )
        finally:
            self._running.release()
