"""Shapes of credentials of a generated database, and of the body that replaces one."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.databases.credential import AccessRole, CredentialState
from core.databases.rotating import LONGEST_OVERLAP, USUAL_OVERLAP
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import moment

ROTATION_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "overlapSeconds": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": int(LONGEST_OVERLAP.total_seconds()),
            "default": int(USUAL_OVERLAP.total_seconds()),
            "description": "How long the old login stays good.",
        },
        "endSessions": {
            "type": ["boolean", "null"],
            "default": False,
            "description": "Whether sessions of the old login are ended after that, as when its"
            " password was lost; otherwise they go on for as long as they like.",
        },
    },
}
"""Form of a request to replace a credential."""


def _role() -> fields.String:
    return fields.String(
        required=True, validate=validate.OneOf([role.value for role in AccessRole])
    )


class CredentialLinksShape(Shape):
    """Addresses around a credential."""

    reveal = fields.String(required=True)
    rotate = fields.String(required=True)
    test = fields.String(required=True)


class OlderCredentialShape(Shape):
    """A login that was replaced and is not gone yet."""

    login = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([CredentialState.OVERLAPPING.value, CredentialState.EXPIRED.value]),
        metadata={
            "description": "`overlapping` while its password works; `expired` while it waits for"
            " its last session to end."
        },
    )
    expires_at = moment("When its password stops working.", is_nullable=False)
    ends_sessions = fields.Boolean(
        required=True, metadata={"description": "Whether its sessions are ended then."}
    )


class CredentialShape(Shape):
    """The credential of one role of a database, without its password."""

    role = _role()
    login = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The role to log in as; null until it is made."},
    )
    connection_string = fields.String(required=True, allow_none=True)
    created_at = moment("When it came into service.")
    older = fields.List(fields.Nested(OlderCredentialShape), required=True)
    links = fields.Nested(CredentialLinksShape, required=True)


class RevealedCredentialShape(Shape):
    """A credential with its password."""

    role = _role()
    login = fields.String(required=True)
    password = fields.String(required=True)
    host = fields.String(required=True)
    port = fields.Integer(required=True)
    database_name = fields.String(required=True)
    connection_string = fields.String(
        required=True, metadata={"description": "With the password in it."}
    )
    created_at = moment("When it came into service.")


class LoginFoundShape(Shape):
    """What a credential is good for."""

    session_role = fields.String(required=True)
    acting_role = fields.String(
        required=True, metadata={"description": "To whom belongs what it makes."}
    )
    server_version = fields.String(required=True)
    tables = fields.Integer(required=True)
    readable_tables = fields.Integer(required=True)
    writable_tables = fields.Integer(required=True)
    may_create = fields.Boolean(required=True)
    is_encrypted = fields.Boolean(
        required=True, metadata={"description": "Whether the connection was encrypted."}
    )
    duration_seconds = fields.Float(required=True)


class LoginFailureShape(Shape):
    """Why nobody gets in."""

    code = fields.String(required=True, metadata={"example": "LOGIN_REFUSED"})
    details = fields.String(required=True)


class CredentialTrialShape(Shape):
    """Whether one can log in with a credential."""

    role = _role()
    login = fields.String(required=True)
    succeeded = fields.Boolean(required=True)
    found = fields.Nested(LoginFoundShape, required=True, allow_none=True)
    failure = fields.Nested(LoginFailureShape, required=True, allow_none=True)
    tested_at = moment("When this was found out.", is_nullable=False)


CredentialPage = page_of(CredentialShape, name="Credential")
RevealedCredentialAnswer = envelope_of(RevealedCredentialShape, name="RevealedCredential")
CredentialTrialAnswer = envelope_of(CredentialTrialShape, name="CredentialTrial")
