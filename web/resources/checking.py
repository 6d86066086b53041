"""The routes that say what a design is worth: validation, export, analysis."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from core.databases.placement import split_placement
from core.schemas.checking import check_document
from core.schemas.creating import make_id
from web.bodies import read_body
from web.context import application, web_context
from web.envelope import answer
from web.json_writing import plain, rfc3339
from web.principals import owner
from web.representing import diagnostic_json
from web.routing import Answer, Noun
from web.shapes.document import reference
from web.shapes.schemas import AnalysisAnswer, CheckedDocumentAnswer, ExportedSqlAnswer

checking = Noun("checking", "What a design is worth, and how it is spelled in SQL.")


@checking.route(
    "POST",
    "/schemas/validate",
    body=reference("NewDocument"),
    answers=(
        Answer(
            status=200,
            shape=CheckedDocumentAnswer,
            description="A database can be made from it; warnings say what could be better.",
        ),
    ),
    errors=(403, 413, 415),
    is_stored=False,
)
def validate_schema() -> Response:
    """Check a design without storing it."""
    document, _ = split_placement(read_body())
    checked = check_document(document, make_id=make_id)
    warnings = [diagnostic_json(found) for found in checked.warnings]
    payload = {
        "valid": True,
        "warnings": warnings,
        "diagnostics": warnings,
        "generatedSQL": [statement.sql for statement in checked.statements()],
    }
    return answer(payload, "Schema is valid")


@checking.route(
    "GET",
    "/schemas/<uuid:schema_id>/export/sql",
    answers=(
        Answer(
            status=200, shape=ExportedSqlAnswer, description="SQL that runs as it is with `psql`."
        ),
    ),
    errors=(404,),
)
def export_schema_sql(schema_id: UUID) -> Response:
    """Write a schema as SQL."""
    schema, _ = application().schemas.head(str(schema_id), owner=owner())
    payload = {
        "schemaId": schema.id,
        "sql": web_context().sql_texts.get(schema.id, schema.version_number),
        "generatedAt": rfc3339(application().clock.now()),
    }
    return answer(payload, "SQL exported successfully")


@checking.route(
    "GET",
    "/schemas/<uuid:schema_id>/analysis",
    answers=(
        Answer(
            status=200,
            shape=AnalysisAnswer,
            description="Measures of the design and every diagnostic, warnings included.",
        ),
    ),
    errors=(404,),
)
def analyse_schema(schema_id: UUID) -> Response:
    """Measure a schema and say what could be better."""
    measures, diagnostics = application().schemas.analyse(str(schema_id), owner=owner())
    payload = {
        "schemaId": str(schema_id),
        "measures": plain(measures),
        "diagnostics": [diagnostic_json(found) for found in diagnostics],
    }
    return answer(payload, "Schema analysed successfully")
