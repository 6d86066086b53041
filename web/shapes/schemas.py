"""Shapes of schemas, of what checking finds in them and of their live databases."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.databases.drift_record import DriftState
from core.schemas.model import SchemaStatus
from core.validation import Level
from core.validation.analysis import BANDS, BEYOND_ALL_BANDS
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


class TableMeasureShape(Shape):
    """A number that belongs to a table."""

    table_id = fields.String(required=True)
    name = fields.String(required=True)
    value = fields.Integer(required=True)


def names(description: str) -> fields.List[Any]:
    """Return the shape of a list of tables' names."""
    return fields.List(fields.String(), required=True, metadata={"description": description})


def count(description: str) -> fields.Integer:
    """Return the shape of a number of things."""
    return fields.Integer(required=True, metadata={"description": description, "minimum": 0})


def record(description: str) -> fields.Nested:
    """Return the shape of the table that is first in something, if any is."""
    return fields.Nested(
        TableMeasureShape,
        required=True,
        allow_none=True,
        metadata={"description": description},
    )


class MeasuresShape(Shape):
    """The measures of a design."""

    table_count = count("Tables.")
    column_count = count("Columns of all tables.")
    foreign_key_count = count("Foreign keys.")
    index_count = count("Indexes, those of primary keys and unique constraints not counted.")
    unique_count = count("Unique constraints.")
    check_count = count("Check constraints.")
    enum_count = count("Enums.")
    namespace_count = count("Namespaces that tables stand in.")
    nullable_column_count = count("Columns that may be NULL.")
    tables_without_primary_key = names("Tables that have none.")
    unrelated_tables = names("Tables that no foreign key touches.")
    columns_per_table = fields.Float(
        required=True, metadata={"description": "Columns of a table on average."}
    )
    widest_table = record("The table with most columns, and how many.")
    most_referenced_table = record(
        "The table with the highest fan-in, and how many keys lead to it."
    )
    most_referring_table = record("The table with the highest fan-out, and how many keys leave it.")
    cycles = fields.List(
        fields.List(fields.String()),
        required=True,
        metadata={"description": "Groups of tables that refer to each other in a circle."},
    )
    self_references = names("Tables that refer to themselves.")
    longest_reference_chain = names("Tables along the longest way of references.")
    longest_cascade = names("Tables along the longest way that one delete can run on.")
    complexity = fields.Float(
        required=True,
        metadata={
            "description": "tables + columns / 10 + foreign keys / 2 + (checks + unique constraints"
            " + indexes + enums) / 4 + 3 x cycles + cascade steps, rounded to one decimal. Cascade"
            " steps are the tables that one delete can run on into at most."
        },
    )
    complexity_band = fields.String(
        required=True,
        validate=validate.OneOf([*(word for _, word in BANDS), BEYOND_ALL_BANDS]),
        metadata={
            "description": "The score in a word: "
            + ", ".join(f"`{word}` up to {limit:g}" for limit, word in BANDS)
            + f", `{BEYOND_ALL_BANDS}` above."
        },
    )


class AnalysisShape(Shape):
    """Measures of a design and what the rules find in it."""

    schema_id = fields.UUID(required=True)
    measures = fields.Nested(MeasuresShape, required=True)
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
    drift_state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in DriftState])
    )
    drift_checked_at = moment("When it was last compared with its version.")


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
    is_unused = fields.Boolean(
        required=True, metadata={"description": "Never used, and it keeps nothing unique."}
    )


class MissingIndexShape(Shape):
    """A foreign key that no index serves."""

    table = fields.String(required=True)
    columns = fields.List(fields.String(), required=True)
    constraint = fields.String(required=True)
    estimated_rows = fields.Integer(required=True)


class SlowStatementShape(Shape):
    """A statement that took much time, its values left out."""

    statement = fields.String(required=True)
    calls = fields.Integer(required=True)
    mean_seconds = fields.Float(required=True)
    total_seconds = fields.Float(required=True)
    rows = fields.Integer(required=True)


class DatabaseMetricsShape(Shape):
    """How big and how busy a live database is."""

    schema_id = fields.UUID(required=True)
    size_bytes = fields.Integer(required=True)
    connections = fields.Integer(required=True)
    cache_hit_ratio = fields.Float(required=True, allow_none=True)
    tables = fields.List(fields.Nested(TableMeasuresShape), required=True)
    indexes = fields.List(fields.Nested(IndexMeasuresShape), required=True)
    missing_indexes = fields.List(fields.Nested(MissingIndexShape), required=True)
    slow_statements = fields.List(
        fields.Nested(SlowStatementShape),
        required=True,
        allow_none=True,
        metadata={"description": "null where the server has no `pg_stat_statements`."},
    )


SchemaAnswer = envelope_of(WholeSchemaShape, name="Schema")
SchemaPage = page_of(SchemaItemShape, name="Schema")
DeletedSchemaAnswer = envelope_of(DeletedSchemaShape, name="DeletedSchema")
CheckedDocumentAnswer = envelope_of(CheckedDocumentShape, name="CheckedDocument")
ExportedSqlAnswer = envelope_of(ExportedSqlShape, name="ExportedSql")
AnalysisAnswer = envelope_of(AnalysisShape, name="Analysis")
DatabaseStatusAnswer = envelope_of(DatabaseStatusShape, name="DatabaseStatus")
DatabaseMetricsAnswer = envelope_of(DatabaseMetricsShape, name="DatabaseMetrics")
