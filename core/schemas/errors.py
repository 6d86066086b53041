"""What can go wrong with schemas."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.validation import Diagnostic


class SchemaNotFoundError(NotFoundError):
    """There is no such schema, or not for this owner."""

    code = "SCHEMA_NOT_FOUND"

    def __init__(self, *, schema_id: str) -> None:
        super().__init__(
            f"There is no schema {schema_id}.",
            hint="GET /api/v1/schemas lists those there are.",
        )


class DuplicateNameError(ConflictError):
    """The owner has a living schema of that name."""

    code = "DUPLICATE_NAME"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"There is already a schema called {name!r}.",
            hint="Choose another name, or change that schema.",
        )


class InvalidDefinitionError(InvalidInputError):
    """A definition breaks rules that no database can do without."""

    code = "VALIDATION_ERROR"

    def __init__(self, *, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(
            f"The definition breaks {len(diagnostics)} rule(s).",
            hint="Each error names its place and the remedy.",
        )
        self.diagnostics = tuple(diagnostics)
        """The errors, in the order of the document."""


class VersionStaleError(ConflictError):
    """The client saw another version than the newest one."""

    code = "VERSION_STALE"

    def __init__(self, *, expected: int, found: int) -> None:
        wanted = f"number {expected}" if expected else "none of its versions"
        super().__init__(
            f"The schema is at version number {found}, and the request was made for {wanted}.",
            hint="Read the schema again, and repeat the change on what it says now.",
        )


class EditCollisionError(ConflictError):
    """Others changed the schema each time that this edit was about to be stored."""

    code = "EDIT_COLLISION"

    def __init__(self, *, schema_id: str) -> None:
        super().__init__(
            f"Others keep changing the schema {schema_id}.",
            hint="Read it again, and repeat the change on what it says now.",
        )


class RevertUnderWayError(ConflictError):
    """A revert decides what the next version is, so no edit can come between."""

    code = "REVERT_UNDER_WAY"

    def __init__(self, *, job_id: str) -> None:
        super().__init__(
            f"The job {job_id} is taking back a migration of this schema's database.",
            hint="Wait for it to end, or cancel it, and try again.",
        )


class RestoreUnderWayError(ConflictError):
    """A restore decides what the next version is, so no edit can come between."""

    code = "RESTORE_UNDER_WAY"

    def __init__(self, *, job_id: str) -> None:
        super().__init__(
            f"The job {job_id} is restoring this schema's database.",
            hint="Wait for it to end, or cancel it, and try again.",
        )
