"""Whose a request is, whether that may do it, and its place in the audit log.

What each route needs stands in `web.permissions`; who is who is decided in `core.access`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from core.access.errors import (
    NotAMemberError,
    ScopeMissingError,
    UnauthenticatedError,
    WorkspaceAmbiguousError,
)
from core.access.keys import is_key
from core.access.principal import Principal, everybody
from core.application import Application
from core.settings import Settings
from web.auditing import LONGEST_TARGET, note_end
from web.context import application, web_context
from web.permissions import permission_of
from web.principals import principal
from web.rate_limits import count_request, note_failure, refuse_after_failures
from web.request_ids import request_id
from web.routing import operation_id

WORKSPACE = "X-Workspace"
"""Header in which a member of several workspaces names one."""

logger = logging.getLogger(__name__)


def register_authentication(app: Flask, settings: Settings) -> None:
    """Ask every request whose it is."""
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        # Names are not taken from a proxy: which ones are ours is said in ALLOWED_HOSTS.
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)
        app.wsgi_app = fixed  # type: ignore[method-assign] # as Werkzeug documents it
    app.before_request(_admit)
    app.after_request(_note_end)


def _admit() -> None:
    """See that the request may be answered.

    Raises:
        UnauthenticatedError: it does not prove whose it is.
        NotAMemberError: its sender belongs to no workspace, or not to the one that is named.
        WorkspaceAmbiguousError: its sender belongs to several and names none.
        RateLimitedError: its sender asks too often, or too many proofs from there were wrong.
        ScopeMissingError: its sender may not do this.
    """
    if request.endpoint is None or request.method == "OPTIONS":
        return  # nothing is here, or a browser asks what it may send
    operation = operation_id(request.endpoint.rpartition(".")[2])
    permission = permission_of(operation)
    if permission.is_public:
        count_request(permission.allowance, None)
        return
    g.principal = _proven(any_will_do=permission.spans_workspaces)
    count_request(permission.allowance, principal())
    if permission.is_audited:
        g.audit_entry_id = application().audit_log.begin(
            principal(),
            operation=operation,
            target=request.path[:LONGEST_TARGET],
            address=request.remote_addr or "",
            request_id=request_id(),
        )
    principal().require(permission.scopes)


def _proven(*, any_will_do: bool) -> Principal:
    """Return whose the request is, and remember proofs that fail."""
    credential = None
    try:
        credential = _credential()
        if credential is not None:
            refuse_after_failures()
        wanted = request.headers.get(WORKSPACE)
        return _identified(credential, wanted, any_will_do=any_will_do)
    except UnauthenticatedError as error:
        if credential is not None:
            note_failure()
        logger.warning(
            "request_unauthenticated",
            extra={"address": request.remote_addr, "reason": error.private or error.message},
        )
        raise


def renewed_proof() -> Callable[[], bool]:
    """Return what says whether the sender of the present request still may make it.

    For answers that last: it can be asked when the request is long gone.
    """
    context, wanted = web_context(), request.headers.get(WORKSPACE)
    credential, proven = _credential(), principal()
    operation = operation_id((request.endpoint or "").rpartition(".")[2])
    scopes = permission_of(operation).scopes

    def is_still_proven() -> bool:
        try:
            found = _identified(credential, wanted, within=context.application)
            found.require(scopes)
        except (UnauthenticatedError, ScopeMissingError, NotAMemberError, WorkspaceAmbiguousError):
            return False
        return found.workspace_id == proven.workspace_id

    return is_still_proven


def _identified(
    credential: str | None,
    wanted: str | None,
    *,
    within: Application | None = None,
    any_will_do: bool = False,
) -> Principal:
    """Return whose a request with this credential is."""
    if credential is None:
        return _within(everybody(), wanted)
    access = within or application()
    if is_key(credential):
        return _within(access.keys.identify(credential), wanted)
    if access.token_verifier is None:
        raise UnauthenticatedError(
            reason="that is no API key, and no provider of tokens is set up here"
        )
    subject = access.token_verifier.subject_of(credential)
    return access.workspaces.identify(subject, wanted=wanted, any_will_do=any_will_do)


def _credential() -> str | None:
    """Return the key or token of the request; None where nobody has to send one."""
    settings = web_context().settings
    is_required = settings.authentication == "required"
    header = request.headers.get("Authorization")
    if header is None:
        if is_required:
            raise UnauthenticatedError(reason="it has no header Authorization")
        return None
    scheme, _, credential = header.partition(" ")
    credential = credential.strip()
    is_ours = scheme.lower() == "bearer" and (
        is_required or is_key(credential) or settings.oidc_issuer is not None
    )
    if is_ours:
        return credential
    if is_required:
        raise UnauthenticatedError(reason="its header Authorization is not of the scheme Bearer")
    return None  # what a proxy in front has asked for is not meant for us


def _within(found: Principal, wanted: str | None) -> Principal:
    """Return the principal if the wanted workspace is its own."""
    if wanted is not None and wanted != found.workspace_id:
        raise NotAMemberError
    return found


def _note_end(response: Response) -> Response:
    entry_id = g.pop("audit_entry_id", None)
    if entry_id is not None:
        note_end(entry_id, status=response.status_code, made=response.headers.get("Location"))
    return response
