"""To which addresses anything is sent: none that only this side of the firewall can reach.

A name is resolved once, all its addresses are looked at, and the connection goes to the address
that was looked at: a second answer of the name's server leads nowhere (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.webhooks.errors import WebhookAddressError, WebhookHostUnknownError

LONGEST_URL = 2000
"""Characters of an address."""

LOWEST_UNPRIVILEGED_PORT = 1024
"""Below it, only the ports of the web are used."""

_WEB_PORTS = frozenset({80, 443})
_PRINTABLE = re.compile(r"^[\x21-\x7e]+\Z")

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway translates to IPv4. Source: RFC 6052, section 2.1."""

_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")
"""Names, or ends of names, that never lead to the internet. Source: RFC 6761, 6762, 8375."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a connection goes."""

    host: str
    """The name, for the header `Host` and for the certificate."""
    address: str
    """The address that the name led to."""
    port: int
    """The port."""
    is_encrypted: bool
    """Whether TLS is spoken."""
    target: str
    """Path and query."""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name, as this machine finds them.

    Raises:
        WebhookHostUnknownError: there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookHostUnknownError(host=host) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_url(url: str, *, allow_private: bool) -> None:
    """Refuse what is wrong with an address whatever its name leads to.

    Raises:
        WebhookAddressError: it says why.
    """
    _parts_of(url, allow_private=allow_private)


def locate(url: str, *, allow_private: bool, resolve: Resolve = resolve) -> Destination:
    """Return where a connection to the address must go.

    Args:
        url: The address.
        allow_private: Whether addresses are used that are not on the internet.
        resolve: Finds the addresses of a name.

    Raises:
        WebhookAddressError: nothing is sent there.
        WebhookHostUnknownError: the name leads nowhere.
    """
    host, port, is_encrypted, target = _parts_of(url, allow_private=allow_private)
    addresses = tuple(resolve(host, port))
    if not addresses:
        raise WebhookHostUnknownError(host=host)
    if not allow_private:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise WebhookAddressError(reason=f"{host} is not on the internet")
    return Destination(
        host=host, address=addresses[0], port=port, is_encrypted=is_encrypted, target=target
    )


def is_public(address: IpAddress) -> bool:
    """Tell whether an address is on the internet, also if it is wrapped in another.

    Source: the IANA registries of special-purpose addresses, as Python's `is_global` has them.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parts_of(url: str, *, allow_private: bool) -> tuple[str, int, bool, str]:
    """Return host, port, whether TLS is spoken, and the target."""
    if len(url) > LONGEST_URL or not _PRINTABLE.match(url):
        raise WebhookAddressError(
            reason=f"it must be up to {LONGEST_URL} printable ASCII characters without spaces"
        )
    try:
        parts = urlsplit(url)
        host, given_port = parts.hostname, parts.port
    except ValueError as error:
        raise WebhookAddressError(reason="it is no address") from error
    schemes = {"https", "http"} if allow_private else {"https"}
    if parts.scheme not in schemes or not host:
        raise WebhookAddressError(reason="it must begin with https://")
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        raise WebhookAddressError(reason="it may hold no user, password, fragment or backslash")
    is_encrypted = parts.scheme == "https"
    port = given_port if given_port is not None else (443 if is_encrypted else 80)
    if not allow_private:
        _refuse_local(host, port)
    target = parts.path or "/"
    return host, port, is_encrypted, f"{target}?{parts.query}" if parts.query else target


def _refuse_local(host: str, port: int) -> None:
    if port not in _WEB_PORTS and port < LOWEST_UNPRIVILEGED_PORT:
        raise WebhookAddressError(reason=f"port {port} is not one of the web")
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(_LOCAL_NAMES[1:]):
        raise WebhookAddressError(reason=f"{host} is not on the internet")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return
    if not is_public(address):
        raise WebhookAddressError(reason=f"{host} is not on the internet")
