"""How often somebody may ask: counted by key or person and by address, told in headers.

What a route counts as is declared in `web.permissions`; how many there may be stands in the
settings. Source of the headers: draft-ietf-httpapi-ratelimit-headers-11.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time

from flask import Flask, Response, g, request

from core.access.principal import Principal
from core.limits import RateLimits
from web.context import web_context
from web.counting import WINDOW_SECONDS, Standing
from web.errors import RateLimitedError
from web.permissions import Allowance

FAILURES = "failures"
"""What failed proofs of who somebody is are counted as."""

IPV6_NETWORK_BITS = 64
"""How much of an IPv6 address counts: everybody gets a network of that size and may use all of it.

Source: RFC 6177, section 2.
"""

_LONGEST_ADDRESS = 64


def register_rate_limits(app: Flask) -> None:
    """Tell every client how it stands."""
    app.after_request(_add_headers)


def count_request(allowance: Allowance, principal: Principal | None) -> None:
    """Count the present request.

    Args:
        allowance: What it counts as.
        principal: Whose it is; None where nobody had to say so.

    Raises:
        RateLimitedError: there were as many within the last minute as there may be.
    """
    rates = web_context().settings.limits.rates
    limit = _limit_of(allowance, rates)
    if limit == 0:
        return
    what = allowance.value
    if principal is None or principal.is_anonymous:
        _spend(what, what, f"address:{_address()}", limit, whose="from one address")
        return
    _spend(what, what, _name_of(principal), limit, whose="of one key or person")
    of_address = limit * rates.address_factor
    if of_address:
        policy = f"{what}-of-address"
        _spend(policy, what, f"address:{_address()}", of_address, whose="from one address")


def refuse_after_failures() -> None:
    """Look at nobody's proof where too many were wrong: not even a right one is found that way.

    Raises:
        RateLimitedError: so many from this address failed within the last minute.
    """
    limit = web_context().settings.limits.rates.failures
    if limit:
        standing = web_context().counting.look(FAILURES, _address(), limit=limit)
        if not standing.is_within:
            _refuse(FAILURES, standing, what="failed authentications", whose="from one address")


def note_failure() -> None:
    """Count a failed proof of the address that the present request comes from."""
    limit = web_context().settings.limits.rates.failures
    if limit:
        web_context().counting.spend(FAILURES, _address(), limit=limit)


def network_of(address: str) -> str:
    """Return what of an address its sender cannot change at will."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_LONGEST_ADDRESS]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_NETWORK_BITS), strict=False))


def _limit_of(allowance: Allowance, rates: RateLimits) -> int:
    return {
        Allowance.WRITES: rates.writes,
        Allowance.READS: rates.reads,
        Allowance.VALIDATIONS: rates.validations,
        Allowance.UNLIMITED: 0,
    }[allowance]


def _spend(policy: str, what: str, who: str, limit: int, *, whose: str) -> None:
    standing = web_context().counting.spend(policy, who, limit=limit)
    g.setdefault("standings", {})[policy] = standing
    if not standing.is_within:
        _refuse(policy, standing, what=what, whose=whose)


def _refuse(policy: str, standing: Standing, *, what: str, whose: str) -> None:
    g.refused_by = policy
    raise RateLimitedError(
        what=what,
        limit=standing.limit,
        whose=whose,
        retry_after_seconds=standing.reset_seconds,
    )


def _name_of(principal: Principal) -> str:
    if principal.key_id is not None:
        return f"key:{principal.key_id}"
    # Subjects are as long as the provider likes, and none of Redis's business.
    return f"subject:{hashlib.sha256(principal.subject.encode()).hexdigest()}"


def _address() -> str:
    return network_of(request.remote_addr or "")


def _add_headers(response: Response) -> Response:
    standings: dict[str, Standing] = g.get("standings", {})
    if not standings:
        return response
    headers = response.headers
    headers["RateLimit-Policy"] = ", ".join(
        f'"{policy}";q={standing.limit};w={WINDOW_SECONDS}'
        for policy, standing in standings.items()
    )
    headers["RateLimit"] = ", ".join(
        f'"{policy}";r={standing.remaining};t={standing.reset_seconds}'
        for policy, standing in standings.items()
    )
    # What older clients read knows one limit: the one that is nearest.
    nearest = min(standings.values(), key=lambda standing: standing.remaining)
    headers["X-RateLimit-Limit"] = str(nearest.limit)
    headers["X-RateLimit-Remaining"] = str(nearest.remaining)
    headers["X-RateLimit-Reset"] = str(int(time.time()) + nearest.reset_seconds)
    return response
