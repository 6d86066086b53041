"""Shapes of schemas, of what checking finds in them and of their live databases."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.schemas.model import SchemaStatus
from core.validation import Level
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import JobShape, moment

STATUSES = [word.value for word in SchemaStatus]


def document_part(name: str) -> fields.List[Any]:
    """Return the shape of a list of a document's parts."""
    reference = {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}
    return fields.List(fields.Raw(metadata=reference))


class SelfLinkShape(Shape):
    """The address of a thing."""

    self = fields.String(required=True)


class SchemaLinksShape(Shape):
    """Addresses around a schema."""

    self = fields.String(required=True)
    backups = fields.String(required=True)


class SchemaHeadShape(Shape):
    """What is known of a schema beside its document."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    database_name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    version = fields.String(required=True, metadata={"example": "1.0"})
    version_number = fields.Integer(required=True)
    created_at = moment("When it was made.", is_nullable=False)
    updated_at = moment("When it last changed.", is_nullable=False)


class SchemaItemShape(SchemaHeadShape):
    """A schema in a list."""

    table_count = fields.Integer(required=True)
    links = fields.Nested(SelfLinkShape, required=True)


class WholeSchemaShape(SchemaHeadShape):
    """A schema with its document and its newest job."""

    tables = fields.List(
        fields.Raw(metadata={"allOf": [{"$ref": "#/components/schemas/Table"}]}), required=True
    )
    foreign_keys = fields.List(
        fields.Raw(metadata={"allOf": [{"$ref": "#/components/schemas/ForeignKey"}]}),
        required=True,
    )
    enums = document_part("Enum")
    namespaces = document_part("Namespace")
    job = fields.Nested(JobShape, required=True, allow_none=True)
    links = fields.Nested(SchemaLinksShape, required=True)


class DeletedSchemaShape(Shape):
    """What became of a deleted schema."""

    id = fields.UUID(required=True)
    database_dropped = fields.Boolean(required=True)
    job = fields.Nested(JobShape, required=True, allow_none=True)


class DiagnosticShape(Shape):
    """One thing that a rule found."""

    code = fields.String(required=True)
    level = fields.String(required=True, validate=validate.OneOf([word.value for word in Level]))
    path = fields.String(required=True)
    field = fields.String(required=True, metadata={"description": "The same as `path`."})
    message = fields.String(required=True)
    hint = fields.String(required=True)
    rule = fields.String(required=True)
    table_id = fields.String(required=True, allow_none=True)
    column_id = fields.String(required=True, allow_none=True)


class CheckedDocumentShape(Shape):
    """What checking a document that can be used says."""

    valid = fields.Boolean(required=True)
    warnings = fields.List(fields.Nested(DiagnosticShape), required=True)
    diagnostics = fields.List(fields.Nested(DiagnosticShape), required=True)
    generated_sql = fields.List(fields.String(), required=True, data_key="generatedSQL")


class ExportedSqlShape(Shape):
    """A schema as SQL."""

    schema_id = fields.UUID(required=True)
    sql = fields.String(required=True)
    generated_at = moment("When it was written.", is_nullable=False)


class AnalysisShape(Shape):
    """Measures of a design and what the rules find in it."""

    schema_id = fields.UUID(required=True)
    measures = fields.Dict(required=True)
    diagnostics = fields.List(fields.Nested(DiagnosticShape), required=True)


class DatabaseStatusShape(Shape):
    """How a live database does."""

    schema_id = fields.UUID(required=True)
    database_name = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(["healthy", "absent", "dropped", "missing", "unreachable"]),
    )
    table_count = fields.Integer(required=True)
    last_checked = moment("When this was found out.", is_nullable=False)
    connection_string = fields.String(required=True, allow_none=True)


class TableMeasuresShape(Shape):
    """How big one table is."""

    name = fields.String(required=True)
    estimated_rows = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    index_size_bytes = fields.Integer(required=True)


class IndexMeasuresShape(Shape):
    """How much one index is used."""

    name = fields.String(required=True)
    table = fields.String(required=True)
    scans = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)


class DatabaseMetricsShape(Shape):
    """How big and how busy a live database is."""

    schema_id = fields.UUID(required=True)
    size_bytes = fields.Integer(required=True)
    connections = fields.Integer(required=True)
    cache_hit_ratio = fields.Float(required=True, allow_none=True)
    tables = fields.List(fields.Nested(TableMeasuresShape), required=True)
    indexes = fields.List(fields.Nested(IndexMeasuresShape), required=True)


SchemaAnswer = envelope_of(WholeSchemaShape, name="Schema")
SchemaPage = page_of(SchemaItemShape, name="Schema")
DeletedSchemaAnswer = envelope_of(DeletedSchemaShape, name="DeletedSchema")
CheckedDocumentAnswer = envelope_of(CheckedDocumentShape, name="CheckedDocument")
ExportedSqlAnswer = envelope_of(ExportedSqlShape, name="ExportedSql")
AnalysisAnswer = envelope_of(AnalysisShape, name="Analysis")
DatabaseStatusAnswer = envelope_of(DatabaseStatusShape, name="DatabaseStatus")
DatabaseMetricsAnswer = envelope_of(DatabaseMetricsShape, name="DatabaseMetrics")
