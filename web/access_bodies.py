"""Reading the bodies of requests about keys and members, strictly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from core.access.roles import Role, Scope, scopes_of
from core.definition.fields import Fields
from core.definition.problems import Problems
from web.shapes.access import LONGEST_NAME, LONGEST_SUBJECT

_ROLES = {role.value: role for role in Role}
_SCOPES = {scope.value: scope for scope in Scope}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBody:
    """What a request to make a key says."""

    name: str
    """What it is for."""
    scopes: frozenset[Scope]
    """What it permits."""
    expires_at: datetime | None
    """When it stops to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberBody:
    """What a request to make somebody a member says."""

    subject: str
    """Who."""
    role: Role
    """As what."""


def read_key_body(raw: object) -> KeyBody:
    """Read a request to make a key.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"name", "scopes", "role", "expiresAt"}, problems=problems)
    name = fields.required_text("name", limit=LONGEST_NAME, may_be_blank=False)
    words = fields.texts("scopes", limit=len(Scope), text_limit=LONGEST_NAME)
    role = fields.choice("role", _ROLES, code="UNKNOWN_VALUE")
    for index, word in enumerate(words or ()):
        if word not in _SCOPES:
            allowed = ", ".join(_SCOPES)
            fields.refuse(f"scopes[{index}]", "UNKNOWN_VALUE", f"It is not one of {allowed}.")
    if isinstance(raw, dict) and bool(words) == fields.has("role"):
        fields.refuse("scopes", "SCOPES_OR_ROLE", "Either scopes or a role are needed.")
    expires_at = _time(fields, "expiresAt")
    problems.raise_if_any()
    scopes = frozenset(_SCOPES[word] for word in words or ()) if role is None else scopes_of(role)
    return KeyBody(name=name, scopes=scopes, expires_at=expires_at)


def read_member_body(raw: object) -> MemberBody:
    """Read a request to make somebody a member.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"subject", "role"}, problems=problems)
    subject = fields.required_text("subject", limit=LONGEST_SUBJECT, may_be_blank=False)
    role = fields.choice("role", _ROLES, code="UNKNOWN_VALUE")
    if role is None and isinstance(raw, dict) and not fields.has("role"):
        fields.refuse("role", "MISSING_REQUIRED_FIELD", "This is needed.")
    problems.raise_if_any()
    return MemberBody(subject=subject, role=role or Role.VIEWER)


def _time(fields: Fields, key: str) -> datetime | None:
    """Read a time with its distance from UTC; None when absent."""
    text = fields.text(key, limit=LONGEST_NAME)
    if not text:
        if text is not None:
            fields.refuse(key, "INVALID_TIME", "It is not a time such as 2027-01-31T00:00:00Z.")
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    fields.refuse(key, "INVALID_TIME", "It is not a time such as 2027-01-31T00:00:00Z.")
    return None
