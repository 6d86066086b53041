"""What can go wrong with migrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import ConflictError, NotFoundError
from core.lint import Level

_SHOWN = 5


class MigrationNotFoundError(NotFoundError):
    """The schema has no such migration."""

    code = "MIGRATION_NOT_FOUND"

    def __init__(self, *, migration_id: str) -> None:
        super().__init__(
            f"There is no migration {migration_id} of this schema.",
            hint="GET …/migrations lists those there are.",
        )


class VersionNotFoundError(NotFoundError):
    """The schema has no such version."""

    code = "VERSION_NOT_FOUND"

    def __init__(self, *, number: int | str) -> None:
        super().__init__(f"The schema has no version number {number}.")


class MigrationStateError(ConflictError):
    """What was asked does not go with what became of the migration."""

    code = "MIGRATION_STATE"

    def __init__(self, *, migration_id: str, state: str, wanted: str) -> None:
        super().__init__(
            f"The migration {migration_id} is {state}, and has to be {wanted} for that."
        )


class NothingToMigrateError(ConflictError):
    """The database is already what the plan would lead to."""

    code = "NOTHING_TO_MIGRATE"

    def __init__(self) -> None:
        super().__init__("The database needs no change to follow that definition.")


class DatabaseDriftedError(ConflictError):
    """Somebody changed the database by hand since its version was proven."""

    code = "DATABASE_DRIFTED"

    def __init__(self, *, database_name: str, differences: Sequence[str] = ()) -> None:
        shown = " ".join(differences[:_SHOWN])
        super().__init__(
            f"The database {database_name} is not what its version says any more. {shown}".rstrip(),
            hint="GET …/database/drift says what differs; POST …/drift/adopt takes it over.",
        )
        self.differences = tuple(differences)
        """What differs, in sentences."""


class PlanOutdatedError(ConflictError):
    """A plan was made for another state of the database than it is in."""

    code = "PLAN_OUTDATED"

    def __init__(self, *, migration_id: str) -> None:
        super().__init__(
            f"The database is not in the state any more that the migration {migration_id} was"
            " planned for.",
            hint="Plan it again.",
        )


class PlanRefusedError(ConflictError):
    """Findings in a plan block it under the schema's policy."""

    code = "PLAN_REFUSED"

    def __init__(self, *, findings: Sequence[Mapping[str, Any]]) -> None:
        blocking = [str(each["message"]) for each in findings if each["level"] == Level.BLOCK]
        super().__init__(
            f"The plan has findings that block it: {' '.join(blocking[:_SHOWN])}",
            hint="Change the design, or what the schema's lint policy makes of these findings.",
        )
        self.findings = tuple(findings)


class RevertRefusedError(ConflictError):
    """A migration cannot be taken back."""

    code = "REVERT_REFUSED"

    def __init__(self, *, reason: str, hint: str | None = None) -> None:
        super().__init__(f"The migration cannot be taken back: {reason}.", hint=hint)


class ValuesWouldBeLostError(ConflictError):
    """Rows hold values that the change would throw away, and nobody allowed it."""

    code = "DATA_WOULD_BE_LOST"

    def __init__(
        self, *, losses: Sequence[Mapping[str, Any]], migration: Mapping[str, Any] | None = None
    ) -> None:
        names = [str(loss["subject"]) for loss in losses]
        shown = ", ".join(
            f"{loss['subject']} ({loss['rows']} row(s))" for loss in losses[:_SHOWN]
        ) + (" …" if len(losses) > _SHOWN else "")
        super().__init__(
            f"The change would lose values of: {shown}.",
            hint=f"Repeat the request with ?allowLoss={','.join(names[:_SHOWN])} to allow it by"
            " name, or with ?allowDataLoss=true; a backup is taken first, and values are kept for"
            " a while.",
        )
        self.losses = tuple(losses)
        """What would go: `subject`, `table`, `column`, `rows`, `samples`."""
        self.migration = migration
        """The plan that would do it: `changes` and `sql`."""


class RowsDoNotFitError(ConflictError):
    """Rows are in the way of the change."""

    code = "ROWS_DO_NOT_FIT"

    def __init__(
        self, *, misfits: Sequence[Mapping[str, Any]], migration: Mapping[str, Any] | None = None
    ) -> None:
        shown = ", ".join(
            f"{misfit['subject']} ({misfit['rows']} row(s))" for misfit in misfits[:_SHOWN]
        ) + (" …" if len(misfits) > _SHOWN else "")
        super().__init__(
            f"Rows do not fit the new design: {shown}.",
            hint="Change these rows, or the design.",
        )
        self.misfits = tuple(misfits)
        """What does not fit: `code`, `subject`, `table`, `column`, `rows`, `samples`."""
        self.migration = migration
        """The plan that fails on them: `changes` and `sql`."""
