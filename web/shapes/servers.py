"""Shapes of servers, of the bodies that decide on them, and of placements."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.databases.placement import LONGEST_LABEL, MOST_LABELS
from core.databases.registering import LONGEST_SERVER_NAME
from core.databases.server_address import LONGEST_ADDRESS
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import moment

MOST_BYTES = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exact."""

MOST_THINGS = 1_000_000
"""Most databases or connections that a capacity can name."""

STATES = ("unknown", "ready", "full", "unfit", "drained", "away")

LABELS_SHAPE: dict[str, Any] = {
    "type": "object",
    "maxProperties": MOST_LABELS,
    "propertyNames": {"pattern": "^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$"},
    "additionalProperties": {
        "type": "string",
        "maxLength": LONGEST_LABEL,
        "pattern": "^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$",
    },
    "examples": [{"region": "eu", "disk": "ssd"}],
}
"""Form of labels."""

PLACEMENT_SHAPE: dict[str, Any] = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {"labels": {"anyOf": [LABELS_SHAPE, {"type": "null"}]}},
    "description": "Where the database may stand: on a server that has all of these labels. It "
    "counts for the first time that the database is made, and stays as it is.",
}
"""Form of a wish where a database is to stand."""


def _most(most: int, description: str) -> dict[str, Any]:
    return {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": most,
        "description": description,
    }


_PROPERTIES: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_SERVER_NAME, "pattern": "\\S"},
    "url": {
        "type": "string",
        "maxLength": LONGEST_ADDRESS,
        "description": "An account that may create databases and roles: "
        "`postgresql://account:password@host:5432/postgres`. It is encrypted and never shown.",
        "writeOnly": True,
    },
    "labels": {"anyOf": [LABELS_SHAPE, {"type": "null"}]},
    "capacity": {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "databases": _most(MOST_THINGS, "Databases of schemas."),
            "sizeBytes": _most(MOST_BYTES, "Bytes of all its databases, ours or not."),
            "connections": _most(MOST_THINGS, "Open sessions of clients, ours or not."),
        },
    },
}

SERVER_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "url"],
    "properties": _PROPERTIES,
}
"""Form of a request to register a server."""

CHANGED_SERVER_BODY: dict[str, Any] = {
    **SERVER_BODY,
    "required": ["name"],
    "description": "What is left out is taken away, except for the address, which stays.",
}
"""Form of a request to say something else of a server."""


class CapacityShape(Shape):
    """How much a server may hold; null is no limit."""

    databases = fields.Integer(required=True, allow_none=True)
    size_bytes = fields.Integer(required=True, allow_none=True)
    connections = fields.Integer(required=True, allow_none=True)


class ServerHealthShape(Shape):
    """What the last look at a server found."""

    is_reachable = fields.Boolean(required=True, allow_none=True)
    may_provision = fields.Boolean(required=True, allow_none=True)
    checked_at = moment("When somebody last looked.")
    unreachable_since = moment("When it was first found away.")
    hangs_since = moment("Since when it takes connections without answering.")
    size_bytes = fields.Integer(required=True, allow_none=True)
    measured_at = moment("When the bytes were counted.")
    connections = fields.Integer(required=True, allow_none=True)
    free_connections = fields.Integer(required=True, allow_none=True)


class ServerLinksShape(Shape):
    """Addresses around a server."""

    self = fields.String(required=True)
    drain = fields.String(required=True)
    undrain = fields.String(required=True)


class ServerShape(Shape):
    """A server that databases stand on."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    host = fields.String(required=True)
    port = fields.Integer(required=True)
    version = fields.String(required=True)
    is_registered = fields.Boolean(
        required=True,
        metadata={"description": "False for one that only the setting SERVERS names."},
    )
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    labels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    capacity = fields.Nested(CapacityShape, required=True)
    databases = fields.Integer(
        required=True, metadata={"description": "Databases on it, and places kept for some."}
    )
    free_share = fields.Float(
        required=True, metadata={"description": "The least free part of what is limited, 0 to 1."}
    )
    drained_at = moment("Since when it takes no new databases.")
    health = fields.Nested(ServerHealthShape, required=True)
    recorded_at = moment("When it was first found.", is_nullable=False)
    links = fields.Nested(ServerLinksShape, required=True)


ServerAnswer = envelope_of(ServerShape, name="Server")
ServerPage = page_of(ServerShape, name="Server")
