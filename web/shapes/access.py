"""Shapes of API keys, workspaces, members and the audit log, and of the bodies that change them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.access.roles import Role, Scope
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import moment

LONGEST_NAME = 100
"""Characters of what a key is called."""

LONGEST_SUBJECT = 255
"""Characters of the `sub` of a member's tokens."""

SCOPES = tuple(scope.value for scope in Scope)
ROLES = tuple(role.value for role in Role)

KEY_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_NAME,
            "description": "What it is for.",
        },
        "scopes": {
            "type": ["array", "null"],
            "maxItems": len(SCOPES),
            "items": {"type": "string", "enum": list(SCOPES)},
            "description": "What it permits. Either these or a role.",
        },
        "role": {
            "type": ["string", "null"],
            "enum": [*ROLES, None],
            "description": "The role whose scopes it gets.",
        },
        "expiresAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "maxLength": LONGEST_NAME,
            "description": "When it stops to work.",
        },
    },
}
"""Form of a request to make a key."""

MEMBER_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "role"],
    "properties": {
        "subject": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_SUBJECT,
            "description": "The `sub` of the member's tokens.",
        },
        "role": {"type": "string", "enum": list(ROLES)},
    },
}
"""Form of a request to make somebody a member."""


class KeyLinksShape(Shape):
    """Addresses around a key."""

    self = fields.String(required=True)


class KeyShape(Shape):
    """What is known of an API key."""

    id = fields.String(required=True, metadata={"description": "Its public part."})
    name = fields.String(required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)
    state = fields.String(required=True, validate=validate.OneOf(("active", "expired", "revoked")))
    created_by = fields.String(required=True)
    created_at = moment("When it was made.", is_nullable=False)
    expires_at = moment("When it stops to work.")
    last_used_at = moment("When it was used last, within a minute.")
    revoked_at = moment("When it was revoked.")
    links = fields.Nested(KeyLinksShape, required=True)


class NewKeyShape(KeyShape):
    """An API key just made, with the key itself, which is never shown again."""

    key = fields.String(
        required=True, metadata={"description": "Goes into `Authorization: Bearer`."}
    )


class WorkspaceShape(Shape):
    """The workspace of this request, and what its sender may do there."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    subject = fields.String(required=True, metadata={"description": "Who you are."})
    role = fields.String(required=True, allow_none=True, validate=validate.OneOf((*ROLES, None)))
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)


class OwnWorkspaceShape(Shape):
    """A workspace that you may be in."""

    id = fields.String(required=True, metadata={"description": "What `X-Workspace` takes."})
    name = fields.String(required=True)
    role = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf((*ROLES, None)),
        metadata={"description": "Your role there; none for keys."},
    )


class MemberShape(Shape):
    """Somebody who belongs to the workspace."""

    subject = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    created_at = moment("Since when.", is_nullable=False)


class RemovedMemberShape(Shape):
    """Whose membership has ended."""

    subject = fields.String(required=True)


class AuditEntryShape(Shape):
    """One request or command that may have changed or revealed something."""

    id = fields.UUID(required=True)
    subject = fields.String(required=True, metadata={"description": "Who."})
    key_id = fields.String(required=True, allow_none=True)
    operation = fields.String(
        required=True,
        metadata={"description": "What: the `operationId` of the route, or a command's words."},
    )
    target = fields.String(
        required=True, metadata={"description": "The path, or what the command was told."}
    )
    made = fields.String(
        required=True, allow_none=True, metadata={"description": "Address of what it made."}
    )
    address = fields.String(
        required=True, metadata={"description": "Where it came from; empty for commands."}
    )
    request_id = fields.String(required=True)
    began_at = moment("When it came.", is_nullable=False)
    ended_at = moment("When it was answered; absent while it runs, or if its process died.")
    status = fields.Integer(required=True, allow_none=True)


class AuditPartShape(Shape):
    """Some entries of the audit log."""

    entries = fields.List(fields.Nested(AuditEntryShape), required=True)
    next = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "What `before` is for the next entries; absent at the end."},
    )


KeyAnswer = envelope_of(KeyShape, name="Key")
NewKeyAnswer = envelope_of(NewKeyShape, name="NewKey")
KeyPage = page_of(KeyShape, name="Key")
WorkspaceAnswer = envelope_of(WorkspaceShape, name="Workspace")
OwnWorkspacePage = page_of(OwnWorkspaceShape, name="OwnWorkspace")
MemberAnswer = envelope_of(MemberShape, name="Member")
RemovedMemberAnswer = envelope_of(RemovedMemberShape, name="RemovedMember")
MemberPage = page_of(MemberShape, name="Member")
AuditAnswer = envelope_of(AuditPartShape, name="Audit")
