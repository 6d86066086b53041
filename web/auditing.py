"""The end of an entry of the audit log, for requests and commands alike."""

from __future__ import annotations

import logging

from core.errors import SchemaBuilderError
from web.context import application

LONGEST_TARGET = 500
"""Characters of what an act is about that are kept in the audit log."""

logger = logging.getLogger(__name__)


def note_end(entry_id: str, *, status: int, made: str | None) -> None:
    """Record how an act ended; what was done is done, so a store that is away fails nothing."""
    try:
        application().audit_log.end(entry_id, status=status, made=made)
    except SchemaBuilderError as error:
        # The entry stays without its end, and the log has it.
        logger.error(  # noqa: TRY400 - the reason says it all
            "audit_end_lost",
            extra={"audit_entry_id": entry_id, "status": status, "reason": error.log_text},
        )
