"""The routes of migrations: plans for a schema's database, applied and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from core.databases.losses import ALLOW_ALL
from core.databases.migration import Migration
from web.context import application
from web.editing import LONGEST_ALLOWANCE, allowed_losses
from web.envelope import answer, answer_page, enveloped
from web.evolution_bodies import read_migration_body, read_optional_body
from web.idempotency import once
from web.paging import PageQuery, PageRequest
from web.principals import author, owner
from web.querying import Flag, NoQuery, PlainText
from web.representing_migrations import migration_head_json, migration_json, migration_path
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.migrations import MIGRATION_BODY, MigrationAnswer, MigrationPage
from web.working import accepted_answers, once_queued

migrations = Noun(
    "migrations",
    "Plans that lead a schema's database to another version with its rows, and back again.",
)

_REHEARSALS = {"true": "structure", "structure": "structure", "data": "data"}
_MIGRATION = "/schemas/<uuid:schema_id>/migrations/<uuid:migration_id>"


class AllowingQuery(NoQuery):
    """What may be lost."""

    allow_data_loss = Flag(description="Go on whatever values are lost.")
    allow_loss = PlainText(
        longest=LONGEST_ALLOWANCE,
        description="What may lose values, by name, with commas between: `public.users.email,old`.",
    )


class ApplyQuery(AllowingQuery):
    """The parameters of applying a plan."""

    rehearse = fields.String(
        validate=validate.OneOf([*_REHEARSALS, "false"]),
        metadata={
            "description": "`true` or `structure` runs the plan up, down and up again on a copy of "
            "the structure first, `data` on a copy with the data."
        },
    )


@migrations.route(
    "POST",
    "/schemas/<uuid:schema_id>/migrations",
    body=MIGRATION_BODY,
    is_body_required=False,
    request_headers=("Idempotency-Key",),
    answers=(
        Answer(
            status=201,
            shape=MigrationAnswer,
            description="Planned for the state that the database is in; nothing was changed.",
            headers=("Location", "Idempotency-Replayed"),
        ),
    ),
    errors=(403, 404, 409, 413, 415, 422),
)
def plan_migration(schema_id: UUID) -> Response:
    """Plan how the database gets to a version, or to a document sent along."""
    body = read_migration_body(read_optional_body())
    message = "Migration planned successfully"
    return once(
        lambda record: application().plan_migration(
            str(schema_id),
            owner=owner(),
            author=author(),
            to_version=body.to_version,
            document=body.document,
            renamed_values=body.renamed_values,
            allow_loss=body.allow_loss,
            note=body.note,
            before_commit=record,
        ),
        represent=lambda migration: enveloped(migration_json(migration), message),
        status=201,
        respond=lambda migration: _planned(migration, message),
    )


@migrations.route(
    "GET",
    "/schemas/<uuid:schema_id>/migrations",
    query=PageQuery,
    answers=(
        Answer(status=200, shape=MigrationPage, description="Newest first.", headers=("Link",)),
    ),
    errors=(404,),
)
def list_migrations(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """List the migrations of a schema, without their plans."""
    page = PageRequest.of(query)
    found, total = application().migrations.list_page(
        str(schema_id), owner=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [migration_head_json(migration) for migration in found],
        total=total,
        page=page,
        message="Migrations retrieved successfully",
    )


@migrations.route(
    "GET",
    _MIGRATION,
    answers=(Answer(status=200, shape=MigrationAnswer, description="All of it."),),
    errors=(404,),
)
def get_migration(schema_id: UUID, migration_id: UUID) -> Response:
    """Read a migration: changes, statements with their effects, impact, findings."""
    migration = application().migrations.get(str(schema_id), str(migration_id), owner=owner())
    return answer(migration_json(migration), "Migration retrieved successfully")


@migrations.route(
    "DELETE",
    _MIGRATION,
    answers=(Answer(status=200, shape=MigrationAnswer, description="Given up; the record stays."),),
    errors=(403, 404, 409),
)
def discard_migration(schema_id: UUID, migration_id: UUID) -> Response:
    """Give up a plan that is not in effect."""
    migration = application().migrations.discard(str(schema_id), str(migration_id), owner=owner())
    return answer(migration_json(migration), "Migration discarded successfully")


@migrations.route(
    "POST",
    f"{_MIGRATION}/apply",
    query=ApplyQuery,
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("The job runs the plan, with a backup first if values could be lost."),
    errors=(403, 404, 409, 422),
)
def apply_migration(query: Mapping[str, Any], schema_id: UUID, migration_id: UUID) -> Response:
    """Run a plan."""
    return once_queued(
        lambda record: application().migrations.apply(
            str(schema_id),
            str(migration_id),
            owner=owner(),
            allow_loss=_allowed(query),
            rehearse=_REHEARSALS.get(query.get("rehearse", "false")),
            request_id=request_id(),
            before_commit=record,
        ),
        "Migration started",
    )


@migrations.route(
    "POST",
    f"{_MIGRATION}/revert",
    query=AllowingQuery,
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("The job takes the migration back, with the values it set aside."),
    errors=(403, 404, 409, 422),
)
def revert_migration(query: Mapping[str, Any], schema_id: UUID, migration_id: UUID) -> Response:
    """Take the migration back that was applied last."""
    return once_queued(
        lambda record: application().migrations.revert(
            str(schema_id),
            str(migration_id),
            owner=owner(),
            allow_loss=_allowed(query),
            request_id=request_id(),
            before_commit=record,
        ),
        "Revert started",
    )


def _allowed(query: Mapping[str, Any]) -> tuple[str, ...]:
    return (ALLOW_ALL,) if query["allow_data_loss"] else allowed_losses(query)


def _planned(migration: Migration, message: str) -> Response:
    return answer(
        migration_json(migration),
        message,
        status=201,
        headers={"Location": migration_path(migration.schema_id, migration.id)},
    )
