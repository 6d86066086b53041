"""Which addresses of servers are accepted from those who register them.

Registering is an admin's act and servers stand in private networks, so private addresses are
fine. What no server of PostgreSQL ever is, and what would make the driver read local files, is
refused; see `docs/servers.md`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
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
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Addresses that a gateway translates to IPv4. Source: RFC 6052, section 2.1; RFC 8215."""

_PLATFORMS = tuple(
    map(
        ipaddress.ip_network,
        (
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "100.100.100.200/32",
        ),
    )
)
"""Where clouds tell a machine its secrets, beside 169.254.0.0/16.

Source: the manuals of Amazon EC2, Google Compute Engine, Azure, Oracle Cloud and Alibaba Cloud on
instance metadata.
"""

_USUAL_PORT = 5432
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a name."""


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name as this machine finds them; none if it leads nowhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


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


def check_destination(url: str, *, resolve: Resolve = addresses_of) -> None:
    """Refuse an accepted address whose name leads to where no server stands.

    The driver looks the name up once more when it connects, so a name's server that changes its
    mind in between is not found out.

    Raises:
        ServerAddressError: one of the name's addresses is refused.
    """
    parts = urlsplit(url)
    for found in resolve(parts.hostname or "", parts.port or _USUAL_PORT):
        if not _may_hold_a_server(ipaddress.ip_address(found.partition("%")[0])):
            raise ServerAddressError(reason="its name leads to where no server stands")


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
    address = _address_of(host)
    if address is not None and not _may_hold_a_server(address):
        raise ServerAddressError(reason="no server stands at such an address")


def _address_of(host: str) -> IpAddress | None:
    """Return the address that a host is a spelling of; None for a name."""
    plain = host.rstrip(".")
    try:
        return ipaddress.ip_address(plain)
    except ValueError:
        pass
    try:
        # The C library reads numbers that no reader of addresses does: octal, short, one number.
        return ipaddress.IPv4Address(socket.inet_aton(plain))
    except OSError:
        return None


def _may_hold_a_server(address: IpAddress) -> bool:
    """Tell whether a server can stand there, also if the address is wrapped in another."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return _may_hold_a_server(inner)
    return not (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
        or any(address in network for network in _PLATFORMS)
    )


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = None if address.teredo is None else address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or teredo
