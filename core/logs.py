"""Logs as JSON lines on standard error, with ids bound and secrets masked; for every process."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.types import Processor

MASK = "***"
"""What stands where a secret was."""

SECRET_KEYS = frozenset(
    {"password", "passwd", "secret", "token", "authorization", "cookie", "api_key", "dsn"}
)
"""Fields whose values are never shown."""

CHATTY = ("celery.worker.strategy", "celery.app.trace", "celery.beat")
"""Loggers of Celery that tell of every message; what happens to jobs is told by our own."""

INSPECTOR = "flower.inspector"
"""What Flower says while no worker has answered it yet, as whenever it starts before them; whether
workers live is told by `/health/ready`."""

_URL_PASSWORD = re.compile(
    r"""
    (?P<before>[a-z][a-z0-9+.-]*://[^\s:/]*):
    (?!\d+(?:[/?#,\s]|\Z))           # a port, so that no password comes
    (?:(?:(?!://)\S)+@|\S+@)         # up to the last @ before the next address
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PASSWORD_SETTING = re.compile(
    r"""
    (?P<before>
        passw(?:or)?d
        (?: \\*["']?\s*[=:]+>?\s*     # PGPASSWORD=, 'password': and the like
          | \s+(?=e?'|\$) )            # SQL: PASSWORD 'abc'
    )
    (?:
        (?:[a-z]{1,2}|u&)?(?P<quote>\\*["'])
        (?:(?P=quote){2}|(?!(?P=quote))(?:\\.|.))*
        (?:(?P=quote)|\Z)              # a text that was cut off has no closing quote
      | \S+
    )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def configure_logs(level: str) -> None:
    """Make everything this process logs a JSON line.

    Args:
        level: Least severity that is logged.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    if level != "DEBUG":
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(INSPECTOR).setLevel(logging.ERROR)


def mask_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Hide passwords in fields that are named so, and in addresses anywhere in a text."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: object) -> object:
    if _is_secret(key.lower()) and value is not None:
        return MASK
    match value:
        case str():
            return _masked_text(value)
        case Mapping():
            return {name: _masked(str(name), inner) for name, inner in value.items()}
        case list() | tuple():
            return [_masked("", inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _masked_text(str(value))


def _is_secret(key: str) -> bool:
    return key in SECRET_KEYS or key.endswith(("password", "passwd"))


def _masked_text(text: str) -> str:
    text = _URL_PASSWORD.sub(rf"\g<before>:{MASK}@", text)
    return _PASSWORD_SETTING.sub(rf"\g<before>{MASK}", text)
