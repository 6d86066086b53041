"""Shapes of versions, differences, drift, uses and lint policies."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, fields, validate

from core.changes import ObjectKind
from core.databases.drift import Difference
from core.databases.drift_record import DriftState
from core.definition import limits
from core.lint import Treatment
from web.evolution_bodies import LONGEST_NAME, LONGEST_NOTE, MOST_RENAMES
from web.shapes.base import Shape
from web.shapes.document import reference
from web.shapes.envelope import envelope_of, page_of
from web.shapes.findings import SubjectShape
from web.shapes.jobs import moment

_CLEAN = "^[^\\u0000]*$"


class VersionLinksShape(Shape):
    """Addresses around a version."""

    self = fields.String(required=True)
    restore = fields.String(required=True)
    schema = fields.String(required=True)


class VersionHeadShape(Shape):
    """A version without its document."""

    schema_id = fields.UUID(required=True)
    version_number = fields.Integer(required=True)
    version = fields.String(required=True, metadata={"example": "1.0"})
    structure_fingerprint = fields.String(required=True)
    layout_fingerprint = fields.String(required=True)
    author = fields.String(required=True)
    message = fields.String(required=True)
    created_at = moment("When it was stored.", is_nullable=False)
    links = fields.Nested(VersionLinksShape, required=True)


class VersionShape(VersionHeadShape):
    """A version with its document."""

    document = fields.Raw(
        required=True, metadata={"allOf": [{"$ref": "#/components/schemas/Document"}]}
    )


class ChangeShape(Shape):
    """One change. Beside these it has the fields of its verb, such as `table` and `column`."""

    class Meta:
        """Other fields are described by the verb."""

        unknown = INCLUDE

    type = fields.String(required=True, metadata={"example": "AddColumn"})
    summary = fields.String(required=True)
    data_loss = fields.Boolean(
        required=True, metadata={"description": "Whether its kind can lose values."}
    )
    subject = fields.Nested(SubjectShape, required=True)


class RenameSuggestionShape(Shape):
    """A rename that the live database may have seen."""

    kind = fields.String(required=True)
    known_id = fields.String(required=True)
    found_id = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)
    reason = fields.String(required=True)


class UnknownObjectShape(Shape):
    """A thing in a live database that no definition can hold."""

    kind = fields.String(required=True)
    name = fields.String(required=True)


def unknown_things() -> fields.List[Any]:
    """Return the shape of what no definition can hold; a class of shapes has that name itself."""
    return fields.List(fields.Nested(UnknownObjectShape), required=True, data_key="unknown")


class StateShape(Shape):
    """One of two states that are compared."""

    label = fields.String(required=True, metadata={"example": "live"})
    version_number = fields.Integer(required=True, allow_none=True)
    fingerprint = fields.String(required=True)


class ComparisonShape(Shape):
    """What leads from one state to another."""

    before = fields.Nested(StateShape, required=True, data_key="from")
    after = fields.Nested(StateShape, required=True, data_key="to")
    is_empty = fields.Boolean(required=True)
    is_normalised = fields.Boolean(
        required=True,
        metadata={"description": "Whether expressions were compared as a server writes them."},
    )
    changes = fields.List(fields.Nested(ChangeShape), required=True)
    sentences = fields.List(fields.String(), required=True)
    sql = fields.List(fields.String(), required=True)
    rename_suggestions = fields.List(fields.Nested(RenameSuggestionShape), required=True)
    unknown_objects = unknown_things()


class DriftedObjectShape(Shape):
    """One thing that differs."""

    subject = fields.Nested(SubjectShape, required=True)
    difference = fields.String(
        required=True, validate=validate.OneOf([word.value for word in Difference])
    )
    to_stored = fields.List(fields.String(), required=True)
    to_live = fields.List(fields.String(), required=True)


class DriftShape(Shape):
    """What differs between a live database and its version."""

    schema_id = fields.UUID(required=True)
    database_name = fields.String(required=True)
    version_number = fields.Integer(required=True)
    version = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in DriftState])
    )
    is_drifted = fields.Boolean(required=True)
    checked_at = moment("When it was looked at.", is_nullable=False)
    objects = fields.List(fields.Nested(DriftedObjectShape), required=True)
    to_stored = fields.List(fields.Nested(ChangeShape), required=True)
    to_live = fields.List(fields.Nested(ChangeShape), required=True)
    sentences = fields.List(fields.String(), required=True)
    rename_suggestions = fields.List(fields.Nested(RenameSuggestionShape), required=True)
    unknown_objects = unknown_things()


class ThingShape(Shape):
    """The thing that was asked about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    table_id = fields.String(required=True, allow_none=True)


class UseShape(Shape):
    """A part of the design that refers to a thing."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    how = fields.String(required=True)


class DependentShape(Shape):
    """A thing of the live database, outside the design, that uses a table or column."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    column = fields.String(required=True, allow_none=True)
    level = fields.Integer(required=True)
    how = fields.String(required=True)
    can_be_recreated = fields.Boolean(required=True)


class LiveTableShape(Shape):
    """How big and busy a table is just now."""

    estimated_rows = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    index_size_bytes = fields.Integer(required=True)
    sessions = fields.List(fields.String(), required=True)


class UsesShape(Shape):
    """What a change of a table or column would reach."""

    schema_id = fields.UUID(required=True)
    object = fields.Nested(ThingShape, required=True)
    in_definition = fields.List(fields.Nested(UseShape), required=True)
    database_status = fields.String(
        required=True, validate=validate.OneOf(["healthy", "absent", "unreachable"])
    )
    in_database = fields.List(fields.Nested(DependentShape), required=True)
    table = fields.Nested(LiveTableShape, required=True, allow_none=True)


class LintRuleShape(Shape):
    """What is made of the findings of one rule."""

    code = fields.String(required=True)
    level = fields.String(
        required=True,
        validate=validate.OneOf([word.value for word in Treatment]),
        metadata={"description": "What is made of them unless the policy says otherwise."},
    )
    treatment = fields.String(
        required=True, validate=validate.OneOf([word.value for word in Treatment])
    )


class LintPolicyShape(Shape):
    """What is made of findings about plans."""

    schema_id = fields.UUID(required=True)
    policy = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    rules = fields.List(fields.Nested(LintRuleShape), required=True)


VersionAnswer = envelope_of(VersionShape, name="Version")
VersionPage = page_of(VersionHeadShape, name="Version")
ComparisonAnswer = envelope_of(ComparisonShape, name="Comparison")
DriftAnswer = envelope_of(DriftShape, name="Drift")
UsesAnswer = envelope_of(UsesShape, name="Uses")
LintPolicyAnswer = envelope_of(LintPolicyShape, name="LintPolicy")

Json = dict[str, Any]


def _text(longest: int) -> Json:
    return {"type": "string", "maxLength": longest, "pattern": _CLEAN}


_RENAMES: Json = {
    "type": ["array", "null"],
    "maxItems": MOST_RENAMES,
    "description": "Suggested renames that are confirmed.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "before", "after"],
        "properties": {
            "kind": {"type": "string", "enum": [kind.value for kind in ObjectKind]},
            "before": _text(LONGEST_NAME),
            "after": _text(LONGEST_NAME),
        },
    },
}

RENAMED_VALUES: Json = {
    "type": ["object", "null"],
    "description": "Labels of enums that were renamed: by the enum's id or name, old to new.",
    "additionalProperties": {
        "type": ["object", "null"],
        "additionalProperties": _text(limits.NAME),
    },
}
"""Form of the labels that were renamed."""

_STATE: Json = {
    "description": "A version's number or label, `live`, or a document.",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        {"type": "string", "pattern": "^(live|[1-9][0-9]{0,8}(\\.[0-9]{1,9})?)$"},
        reference("EditedDocument"),
    ],
}

DIFF_BODY: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from", "to"],
    "properties": {
        "from": _STATE,
        "to": _STATE,
        "renames": _RENAMES,
        "renamedValues": RENAMED_VALUES,
    },
}
"""Form of a request to compare."""

ADOPTION_BODY: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "renames": _RENAMES,
        "message": _text(LONGEST_NOTE) | {"type": ["string", "null"]},
    },
}
"""Form of a request to adopt a live state."""

POLICY_BODY: Json = {
    "type": "object",
    "description": "By the code of a rule, what is made of its findings.",
    "additionalProperties": {"type": "string", "enum": [word.value for word in Treatment]},
    "examples": [{"BC_RENAME_COLUMN": "silent"}],
}
"""Form of a lint policy."""
