"""Which addresses of servers are accepted from those who register them.

Registering is an admin's act and servers stand in private networks, so private addresses are
fine. What no server of PostgreSQL ever is, and what would make the driver read local files, is
refused; see `docs/servers.md`.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from core.databases.server_errors import ServerAddressError

LONGEST_ADDRESS = 2000

_PRINTABLE = re.compile(r"^[\x21-\x7e]+\Z")
_HOST = re.compile(r"^[A-Za-z0-9._:-]{1,253}\Z")
_TRIES = frozenset({"disable", "prefer", "require"})
_OPTIONS = {
    "sslmode": _TRIES | {"allow", "verify-ca", "verify-full"},
    "sslnegotiation": frozenset({"postgres", "direct"}),
    "channel_binding": _TRIES,
    "gssencmode": _TRIES,
}
"""Parameters of a connection that name no file and no other host, with their values.

Source: PostgreSQL manual, 34.1.2 Parameter Key Words.
"""
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


def check_address(url: str) -> None:
    """Refuse what cannot be the address of an account on a server.

    Raises:
        ServerAddressError: it says why, and never repeats the address.
    """
    if len(url) > LONGEST_ADDRESS or not _PRINTABLE.match(url):
        raise ServerAddressError(
            reason=f"it must be up to {LONGEST_ADDRESS} printable ASCII characters without spaces"
        )
    _check_escapes(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ServerAddressError(reason="it is no address") from error
    if port == 0:
        raise ServerAddressError(reason="no server listens on port 0")
    if parts.netloc.count("@") > 1:
        # The driver takes what follows the first one for the host.
        raise ServerAddressError(reason="an @ within the account or password is written %40")
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ServerAddressError(reason="it must begin with postgresql://")
    if not host or not _HOST.match(host):
        raise ServerAddressError(reason="it must name one host, not a socket and not a list")
    if not parts.username:
        raise ServerAddressError(reason="it must name an account")
    if parts.fragment or len([part for part in parts.path.split("/") if part]) > 1:
        raise ServerAddressError(reason="after the host only the name of one database may follow")
    _check_options(parts.query)
    _check_place(host)


def _check_escapes(url: str) -> None:
    try:
        unquote(url, errors="strict")
    except UnicodeDecodeError as error:
        raise ServerAddressError(reason="what is escaped with % is not UTF-8") from error
    if _NO_ESCAPE.search(url):
        raise ServerAddressError(reason="a % must begin an escape such as %25, and not %00")


def _check_options(query: str) -> None:
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError as error:
        raise ServerAddressError(reason="what follows the ? is not name=value") from error
    for name, value in given:
        if name not in _OPTIONS:
            names = ", ".join(sorted(_OPTIONS))
            raise ServerAddressError(reason=f"of parameters only {names} may be set")
        if value not in _OPTIONS[name]:
            values = ", ".join(sorted(_OPTIONS[name]))
            raise ServerAddressError(reason=f"{name} is one of {values}")


def _check_place(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
    ):
        raise ServerAddressError(reason="no server stands at such an address")
