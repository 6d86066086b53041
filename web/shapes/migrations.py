"""Shapes of migrations: stored plans and what became of them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.databases.migration import MigrationState
from core.dialects.moves import Reversibility
from core.dialects.statement import Blocks, Work
from web.evolution_bodies import LONGEST_NAME, LONGEST_NOTE, MOST_LOSSES
from web.shapes.base import Shape
from web.shapes.document import reference
from web.shapes.envelope import RowsFoundShape, envelope_of, page_of
from web.shapes.evolution import RENAMED_VALUES, ChangeShape
from web.shapes.findings import FindingShape, SubjectShape
from web.shapes.jobs import moment


class MigrationLinksShape(Shape):
    """Addresses around a migration."""

    self = fields.String(required=True)
    apply = fields.String(required=True)
    revert = fields.String(required=True)
    schema = fields.String(required=True)
    job = fields.String(required=True, allow_none=True)
    revert_job = fields.String(required=True, allow_none=True)


class MigrationHeadShape(Shape):
    """A migration in a list."""

    id = fields.UUID(required=True)
    schema_id = fields.UUID(required=True)
    from_version = fields.Integer(required=True, allow_none=True)
    to_version = fields.Integer(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in MigrationState])
    )
    reversibility = fields.String(
        required=True, validate=validate.OneOf([word.value for word in Reversibility])
    )
    change_count = fields.Integer(required=True)
    author = fields.String(required=True)
    note = fields.String(required=True)
    created_at = moment("When it was planned.", is_nullable=False)
    applied_at = moment("When it came into effect.")
    reverted_at = moment("When it was taken back.")
    set_aside_until = moment("Until when what it set aside is kept.")
    set_aside_removed_at = moment("When that was removed.")
    job_id = fields.UUID(required=True, allow_none=True)
    revert_job_id = fields.UUID(required=True, allow_none=True)
    links = fields.Nested(MigrationLinksShape, required=True)


class EffectShape(Shape):
    """What a statement does to others."""

    lock = fields.String(required=True, allow_none=True)
    blocks = fields.String(required=True, validate=validate.OneOf([word.value for word in Blocks]))
    work = fields.String(required=True, validate=validate.OneOf([word.value for word in Work]))
    source = fields.String(required=True)


class StatementShape(Shape):
    """One statement of a plan."""

    line = fields.Integer(
        required=True,
        metadata={"description": "Statements of one line take effect together."},
    )
    sql = fields.String(required=True)
    effect = fields.Nested(EffectShape, required=True)
    causes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Ids of the things that it is for."},
    )
    is_transactional = fields.Boolean(required=True)
    runs_in_batches = fields.Boolean(required=True)


class ImpactItemShape(Shape):
    """What one change does to the live database."""

    subject = fields.Nested(SubjectShape, required=True)
    summary = fields.String(required=True)
    sentences = fields.List(fields.String(), required=True)
    tables = fields.List(
        fields.String(),
        metadata={"description": "The tables that it touches, save new ones. Not in older plans."},
    )
    rows = fields.Integer(
        required=True, metadata={"description": "Rows in these tables, as far as known."}
    )
    size_bytes = fields.Integer(required=True)
    estimated_seconds = fields.Float(
        required=True, metadata={"description": "How long the work takes, whoever waits for it."}
    )
    readers_wait_seconds = fields.Float(
        metadata={"description": "How long of it readers wait. Not in older plans."}
    )
    writers_wait_seconds = fields.Float(
        metadata={"description": "How long of it writers wait. Not in older plans."}
    )
    work = fields.String(required=True, validate=validate.OneOf([word.value for word in Work]))
    blocks = fields.String(required=True, validate=validate.OneOf([word.value for word in Blocks]))
    rows_losing = fields.Integer(required=True, allow_none=True)
    rows_not_fitting = fields.Integer(required=True)
    recreated = fields.List(fields.String(), required=True)
    sessions = fields.List(fields.String(), required=True)


class ImpactShape(Shape):
    """What the plan does, in words and numbers, as found when it was made."""

    items = fields.List(fields.Nested(ImpactItemShape), required=True)
    losses = fields.List(fields.Nested(RowsFoundShape), required=True)
    misfits = fields.List(fields.Nested(RowsFoundShape), required=True)


class SetAsideShape(Shape):
    """A thing that is put out of sight instead of dropped."""

    kind = fields.String(required=True)
    subject = fields.String(required=True)
    namespace = fields.String(required=True)
    name = fields.String(required=True)
    column = fields.String(required=True, allow_none=True)


class MigrationShape(MigrationHeadShape):
    """A plan with its way back, and what became of it."""

    before_fingerprint = fields.String(required=True)
    after_fingerprint = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeShape), required=True)
    sentences = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)
    up = fields.List(fields.Nested(StatementShape), required=True)
    down = fields.List(fields.Nested(StatementShape), required=True)
    findings = fields.List(fields.Nested(FindingShape), required=True)
    impact = fields.Nested(ImpactShape, required=True)
    allowed_losses = fields.List(fields.String(), required=True)
    set_aside = fields.List(fields.Nested(SetAsideShape), required=True)


MigrationAnswer = envelope_of(MigrationShape, name="Migration")
MigrationPage = page_of(MigrationHeadShape, name="Migration")

Json = dict[str, Any]

MIGRATION_BODY: Json = {
    "type": "object",
    "description": "Where to. Without `toVersion` and `document` it is the newest version.",
    "additionalProperties": False,
    "properties": {
        "toVersion": {"type": ["integer", "null"], "minimum": 1, "maximum": 2_147_483_647},
        "document": {
            "anyOf": [reference("EditedDocument"), {"type": "null"}],
            "description": "Becomes the next version when the plan is applied.",
        },
        "renamedValues": RENAMED_VALUES,
        "allowLoss": {
            "type": ["array", "null"],
            "maxItems": MOST_LOSSES,
            "description": "What may lose values, by name; `*` for everything.",
            "items": {"type": "string", "maxLength": LONGEST_NAME, "pattern": "^[^\\u0000]*$"},
        },
        "note": {
            "type": ["string", "null"],
            "maxLength": LONGEST_NOTE,
            "pattern": "^[^\\u0000]*$",
        },
    },
}
"""Form of a request for a plan."""
