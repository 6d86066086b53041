"""Reading the text of one setting: each function returns its value, or says what it must be.

Messages follow the name of the variable, and never repeat the text, which may be a secret.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
HIGHEST_PORT = 65535
SHORTEST_TOKEN = 16

_HOST_NAME = re.compile(r"^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$")
"""A name or an address as the header `Host` spells it, port aside."""

_BUCKET_NAME = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
"""Source: Amazon S3 User Guide, "General purpose bucket naming rules"."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def count(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("must be a whole number from 1")
    return int(text)


def port(text: str) -> int:
    """Read a port."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise ValueError(f"must be a port from 1 to {HIGHEST_PORT}")
    return int(text)


def duration(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError("must be a number of seconds above 0")
    return seconds


def duration_or_none(text: str) -> float:
    """Read a duration, or 0 for none."""
    return 0.0 if text == "0" else duration(text)


def size(text: str) -> int:
    """Read a whole number from 0."""
    return 0 if text == "0" else count(text)


def truth(text: str) -> bool:
    """Read yes or no, in any of their usual words."""
    if text.lower() in TRUE_WORDS:
        return True
    if text.lower() in FALSE_WORDS:
        return False
    raise ValueError("must be true or false")


def authentication(text: str) -> str:
    """Read who may ask."""
    if text.lower() not in {"none", "required"}:
        raise ValueError("must be none or required")
    return text.lower()


def web_url(text: str) -> str:
    """Return the address of a provider: encrypted, unless it is on this machine."""
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if not is_safe or not parts.hostname:
        raise ValueError("must be an address such as https://example.org")
    return text


def collector_url(text: str) -> str:
    """Read the address of an OpenTelemetry collector."""
    return _url(text, schemes=("http", "https"))


def names(text: str) -> tuple[str, ...]:
    """Read names with commas between them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def token(text: str) -> str:
    """Read a secret that is too long to be guessed."""
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"must be at least {SHORTEST_TOKEN} ASCII characters without spaces")
    return text


def path(text: str) -> Path:
    """Read a path; a relative one begins in the working folder."""
    return Path(text).expanduser().absolute()


def paths(text: str) -> tuple[Path, ...]:
    """Read paths, joined as the system joins them."""
    return tuple(path(part) for part in text.split(os.pathsep) if part)


def log_level(text: str) -> str:
    """Read a severity."""
    if text.upper() not in LOG_LEVELS:
        raise ValueError("must be one of " + ", ".join(sorted(LOG_LEVELS)))
    return text.upper()


def postgresql_url(text: str) -> str:
    """Read the address of a PostgreSQL account."""
    return _url(text, schemes=("postgresql", "postgres"))


def postgresql_urls(text: str) -> tuple[str, ...]:
    """Read such addresses with commas between them."""
    return tuple(postgresql_url(part.strip()) for part in text.split(",") if part.strip())


def redis_url(text: str) -> str:
    """Read the address of a Redis."""
    return _url(text, schemes=("redis", "rediss"))


def broker_url(text: str) -> str:
    """Return the address of a broker; of sentinels there can be several, joined by semicolons."""
    schemes = ("amqp", "amqps", "redis", "rediss", "sentinel")
    parts = text.split(";") if text.startswith("sentinel:") else [text]
    return ";".join(_url(part.strip(), schemes=schemes) for part in parts)


def archive_url(text: str) -> str:
    """Read the address of a bucket."""
    parts = urlsplit(text)
    query = parse_qs(parts.query)
    endpoint = urlsplit(query.get("endpoint", ["https://default"])[0])
    if (
        parts.scheme != "s3"
        or not _BUCKET_NAME.match(parts.netloc)
        or not query.keys() <= {"endpoint", "region"}
        or endpoint.scheme not in {"http", "https"}
        or not endpoint.hostname
    ):
        raise ValueError(
            "must be an address such as s3://bucket/prefix?endpoint=https://host:9000&region=name"
        )
    return text


def _url(text: str, *, schemes: tuple[str, ...]) -> str:
    """Return the URL; a message about it never repeats it, since it holds a password."""
    try:
        parts = urlsplit(text)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host = "", None
    if scheme not in schemes or not host:
        raise ValueError(f"must be a URL such as {schemes[0]}://user:password@host:port/name")
    if scheme == "postgres":
        return "postgresql" + text.removeprefix("postgres")
    return text


def host_names(text: str) -> tuple[str, ...]:
    """Read names of hosts with commas between them."""
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for host in hosts:
        if not _HOST_NAME.match(host):
            raise ValueError(
                "must be names or addresses without scheme and port, comma between them"
            )
    return hosts


def origins(text: str) -> tuple[str, ...]:
    """Read web origins with commas between them."""
    found = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for origin in found:
        if not origin.startswith(("http://", "https://")):
            raise ValueError("must be web origins such as https://example.org, comma between them")
    return found
