"""What keeps browsers from being used against us: headers, origins, host names.

Where AUTHENTICATION is none the loopback address is the only fence, and a web page that somebody
visits stands inside it. So names that lead here from elsewhere (DNS rebinding) and writes from
pages of other origins are refused, and so are other machines.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_cors import CORS

from core.setting_values import is_loopback
from core.settings import Settings
from web.errors import HostRefusedError, MachineRefusedError, OriginRefusedError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
METRICS_PATH = "/metrics"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPOSED = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Operation-Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Repr-Digest",
    "Retry-After",
    "WWW-Authenticate",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
]
_ACCEPTED = [
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Prefer",
    "Range",
    "X-Request-ID",
    "X-Workspace",
]
_ONE_YEAR_SECONDS = 31_536_000
_PORT = re.compile(r":\d+$")
_SHOWN = 200
"""Characters of a refused origin that are repeated."""


def register_security(app: Flask, settings: Settings) -> None:
    """Fence the application in."""
    own_host = f"[{settings.host}]" if ":" in settings.host else settings.host
    own_names = LOOPBACK_NAMES | {own_host.lower(), *settings.allowed_hosts}

    if settings.wants_loopback:
        app.before_request(_refuse_other_machines)

    def refuse_strange_hosts() -> None:
        # Prometheus asks each pod by its address; whoever has the token was let in by somebody.
        if request.path == METRICS_PATH and settings.metrics_token is not None:
            return
        # Werkzeug's own list of trusted hosts cannot name an IPv6 address.
        if _PORT.sub("", request.host).lower() not in own_names:
            raise HostRefusedError

    app.before_request(refuse_strange_hosts)
    allowed_origins = frozenset(settings.cors_origins)

    def refuse_strange_origins() -> None:
        origin = request.headers.get("Origin")
        if origin is None or request.method in _SAFE_METHODS or origin in allowed_origins:
            return
        if urlsplit(origin).netloc != request.host:
            raise OriginRefusedError(origin=origin[:_SHOWN])

    app.before_request(refuse_strange_origins)
    app.after_request(_add_headers)
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"],
            allow_headers=_ACCEPTED,
            expose_headers=_EXPOSED,
            supports_credentials=False,
            send_wildcard=False,
            max_age=600,
        )


def script_nonce() -> str:
    """Return the nonce that lets this answer's own scripts and styles run."""
    if "script_nonce" not in g:
        g.script_nonce = secrets.token_urlsafe(16)
    return str(g.script_nonce)


def _refuse_other_machines() -> None:
    """Refuse connections from elsewhere, wherever the server was told to listen."""
    connected = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    # Where the socket is a file, the other end has no address.
    address = connected.get("REMOTE_ADDR", "")
    # Measures have a rule of their own.
    if address and not is_loopback(address) and request.path != METRICS_PATH:
        raise MachineRefusedError


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Content-Security-Policy", _content_policy())
    headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={_ONE_YEAR_SECONDS}")
    return response


def _content_policy() -> str:
    if "script_nonce" not in g:
        return "default-src 'none'; frame-ancestors 'none'"
    nonce = f"'nonce-{g.script_nonce}'"
    return (
        f"default-src 'none'; script-src {nonce}; style-src {nonce}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
