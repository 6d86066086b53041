"""The routes of backups."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Response

from core.backups.errors import BackupDamagedError
from core.backups.model import Backup
from core.errors import NotFoundError, UnavailableError
from core.jobs.model import Job
from web.context import application, web_context
from web.envelope import answer, answer_page, enveloped
from web.errors import TooManyDownloadsError
from web.idempotency import once
from web.paging import PageQuery, PageRequest
from web.principals import owner
from web.ranges import OCTETS, download
from web.representing import backup_json, backup_path, job_json, job_path
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.backups import BackupAnswer, BackupPage, DeletedBackupAnswer, TakenBackupAnswer
from web.waiting import pause_headers, wait_for_end
from web.working import ACCEPTED, accepted_answers, once_queued

backups = Noun(
    "backups",
    "Dumps of a schema's database, and proofs that they can be restored. They outlive the schema: "
    "once it is deleted they can still be listed, read, downloaded, deleted and restored.",
)

_FILE_HEADERS = ("ETag", "Accept-Ranges", "Content-Disposition", "Repr-Digest")
_FILE_SHAPE = {"type": "string", "format": "binary"}


@backups.route(
    "POST",
    "/schemas/<uuid:schema_id>/backups",
    request_headers=("Idempotency-Key", "Prefer"),
    answers=tuple(
        Answer(
            status=status,
            shape=TakenBackupAnswer,
            description=description,
            headers=("Location", "Operation-Location", "Preference-Applied", *more),
        )
        for status, description, more in (
            (ACCEPTED, "Its job takes it.", ("Retry-After", "Idempotency-Replayed")),
            (200, "The same, when the job ended within the preferred wait.", ()),
        )
    ),
    errors=(403, 404, 409, 422),
)
def take_backup(schema_id: UUID) -> Response:
    """Back the database of a schema up."""
    message = "Backup started"

    def represent(taken: tuple[Backup, Job]) -> dict[str, Any]:
        backup, job = taken
        return enveloped({**backup_json(backup), "job": job_json(job)}, message)

    def respond(taken: tuple[Backup, Job]) -> Response:
        backup, job = taken
        waited = wait_for_end(job)
        if waited.job.state.is_final:
            # Somebody may have deleted it meanwhile; it was taken all the same.
            with suppress(NotFoundError, UnavailableError):
                backup = application().backups.get(backup.schema_id, backup.id, owner=owner())
        headers = {
            "Location": backup_path(backup.schema_id, backup.id),
            "Operation-Location": job_path(job.id),
            **waited.headers,
            **pause_headers(waited.job),
        }
        status = 200 if waited.job.state.is_final else ACCEPTED
        payload = represent((backup, waited.job))["data"]
        return answer(payload, message, status=status, headers=headers)

    return once(
        lambda record: application().backups.take(
            str(schema_id), owner=owner(), request_id=request_id(), before_commit=record
        ),
        represent=represent,
        status=ACCEPTED,
        respond=respond,
    )


@backups.route(
    "GET",
    "/schemas/<uuid:schema_id>/backups",
    query=PageQuery,
    answers=(Answer(status=200, shape=BackupPage, description="Newest first.", headers=("Link",)),),
    errors=(404,),
)
def list_backups(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """List the backups of a schema, of a deleted one too."""
    page = PageRequest.of(query)
    found, total = application().backups.list_page(
        str(schema_id), owner=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [backup_json(backup) for backup in found],
        total=total,
        page=page,
        message="Backups retrieved successfully",
    )


@backups.route(
    "GET",
    "/schemas/<uuid:schema_id>/backups/<uuid:backup_id>",
    answers=(Answer(status=200, shape=BackupAnswer, description="What is known of it."),),
    errors=(404,),
)
def get_backup(schema_id: UUID, backup_id: UUID) -> Response:
    """Read a backup's record."""
    backup = application().backups.get(str(schema_id), str(backup_id), owner=owner())
    return answer(backup_json(backup), "Backup retrieved successfully")


@backups.route(
    "DELETE",
    "/schemas/<uuid:schema_id>/backups/<uuid:backup_id>",
    answers=(Answer(status=200, shape=DeletedBackupAnswer, description="Gone, file and all."),),
    errors=(403, 404, 409),
)
def delete_backup(schema_id: UUID, backup_id: UUID) -> Response:
    """Delete a backup."""
    application().backups.delete(str(schema_id), str(backup_id), owner=owner())
    return answer({"id": str(backup_id)}, "Backup deleted successfully")


@backups.route(
    "GET",
    "/schemas/<uuid:schema_id>/backups/<uuid:backup_id>/download",
    request_headers=("Range", "If-Range", "If-None-Match"),
    answers=(
        Answer(
            status=200,
            shape=_FILE_SHAPE,
            description="The whole file, `pg_dump` custom format.",
            headers=_FILE_HEADERS,
            content_type=OCTETS,
        ),
        Answer(
            status=206,
            shape=_FILE_SHAPE,
            description="The part that was asked for.",
            headers=(*_FILE_HEADERS, "Content-Range"),
            content_type=OCTETS,
        ),
        Answer(status=304, shape=None, description="You have it already.", headers=("ETag",)),
    ),
    errors=(404, 409, 416),
)
def download_backup(schema_id: UUID, backup_id: UUID) -> Response:
    """Download the file of a backup, or a part of it."""
    file = application().backups.download(str(schema_id), str(backup_id), owner=owner())
    if file.backup.sha256 is None or file.size_bytes != file.backup.size_bytes:
        raise BackupDamagedError(location=file.backup.location, reason="its size has changed")
    response = download(
        size_bytes=file.size_bytes,
        sha256=file.backup.sha256,
        name=f"{file.backup.created_at:%Y%m%d-%H%M%S}-{backup_id}.dump",
        chunks=file.chunks,
    )
    return _counted(response) if response.is_streamed else response


@backups.route(
    "POST",
    "/schemas/<uuid:schema_id>/backups/<uuid:backup_id>/restore",
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers(
        "The job loads the backup beside the database and swaps them. A deleted schema lives again."
    ),
    errors=(403, 404, 409, 422),
)
def restore_backup(schema_id: UUID, backup_id: UUID) -> Response:
    """Put a backup in the place of the database, and bring a deleted schema back."""
    return once_queued(
        lambda record: application().backups.restore(
            str(schema_id),
            str(backup_id),
            owner=owner(),
            request_id=request_id(),
            before_commit=record,
        ),
        "Restore started",
    )


@backups.route(
    "POST",
    "/schemas/<uuid:schema_id>/backups/<uuid:backup_id>/verify",
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("The job restores the backup into a scratch database and compares."),
    errors=(403, 404, 409, 422),
)
def verify_backup(schema_id: UUID, backup_id: UUID) -> Response:
    """Prove that a backup can be restored."""
    return once_queued(
        lambda record: application().backups.verify(
            str(schema_id),
            str(backup_id),
            owner=owner(),
            request_id=request_id(),
            before_commit=record,
        ),
        "Verification started",
    )


def _counted(response: Response) -> Response:
    """Let an answer with a file take a place among the downloads until it is sent.

    Raises:
        TooManyDownloadsError: there is none.
    """
    downloads = web_context().downloads
    if not downloads.take():
        raise TooManyDownloadsError
    response.call_on_close(downloads.give_back)
    return response
