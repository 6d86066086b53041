"""What can go wrong with servers and databases."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import (
    ConflictError,
    InternalError,
    InvalidInputError,
    UnavailableError,
    UnsupportedError,
)


class ServerUnavailableError(UnavailableError):
    """A server cannot be reached, or the connection broke."""

    code = "SERVER_UNAVAILABLE"

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(
            "The server of the database cannot be reached.",
            hint="Jobs try again by themselves; the reason is in the log.",
            private=f"{address}: {reason}",
        )


class LockTimeoutError(UnavailableError):
    """Others held what we needed for too long."""

    code = "LOCK_TIMEOUT"

    def __init__(self, *, database_name: str, holders: Sequence[str] = ()) -> None:
        named = f": {', '.join(holders[:_SHOWN])}" if holders else ""
        super().__init__(
            f"Other sessions held locks in {database_name} for longer than we may wait{named}.",
            hint="The job tries again by itself.",
        )
        self.holders = tuple(holders)
        """Sessions that were in the way, as far as we could see, each as a short text."""


class StatementFailedError(InvalidInputError):
    """The server refused a statement of ours."""

    code = "DATABASE_ERROR"

    def __init__(self, *, statement: str, sqlstate: str | None, reason: str) -> None:
        super().__init__(
            f"The server refused a statement: {reason}.",
            hint="Change the part of the definition that the statement is for.",
        )
        self.statement = statement
        self.sqlstate = sqlstate
        self.reason = reason


class StatementTimeoutError(StatementFailedError):
    """A statement took longer than statements may."""

    code = "STATEMENT_TIMEOUT"

    def __init__(self, *, statement: str, sqlstate: str | None, reason: str) -> None:
        super().__init__(statement=statement, sqlstate=sqlstate, reason=reason)
        self.hint = (
            "Requests may take REQUEST_STATEMENT_SECONDS for one, jobs STATEMENT_TIMEOUT_SECONDS."
        )


class StoppedError(ConflictError):
    """The work was ended from outside while a statement or program ran."""

    code = "STOPPED"

    def __init__(self) -> None:
        super().__init__("The work was stopped.")


class DumpUnreadableError(InvalidInputError):
    """A dump is truncated, damaged or not a dump."""

    code = "BACKUP_DAMAGED"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The dump cannot be read: {reason}.",
            hint="Use another backup, and find out what happened to the archive.",
        )


class DumpTooNewError(UnsupportedError):
    """A dump is of a newer server, and holds what this one does not understand."""

    code = "BACKUP_TOO_NEW"

    def __init__(self, *, dumped: str, major: int, reason: str) -> None:
        super().__init__(
            f"The dump is of PostgreSQL {dumped} and holds what PostgreSQL {major} does not"
            f" understand: {reason}.",
            hint=f"Restore it on a server of version {dumped.partition('.')[0]} or newer.",
        )


class ToolVersionError(InternalError):
    """No client program here fits the server's version."""

    code = "TOOL_VERSION"

    def __init__(self, *, tool: str, server_version: str, found: str) -> None:
        super().__init__(
            f"{tool} for a server of version {server_version} is missing; found: {found}.",
            hint="Install the client programs of that version, or name their folder in"
            " POSTGRESQL_BIN_DIRS.",
        )


class DataWouldBeLostError(ConflictError):
    """The database holds rows, or things made by hand, that the change would throw away."""

    code = "DATA_WOULD_BE_LOST"

    def __init__(self, *, losses: Sequence[str]) -> None:
        shown = ", ".join(losses[:_SHOWN]) + (" …" if len(losses) > _SHOWN else "")
        super().__init__(
            f"Making the database anew would lose rows, or things it cannot make: {shown}.",
            hint="Repeat the request with ?allowDataLoss=true; a backup is taken first.",
        )
        self.losses = tuple(losses)
        """Tables that hold rows, as `namespace.table`, and things that no definition knows."""


class DatabaseExistsError(ConflictError):
    """A first build found the schema's database already there."""

    code = "DATABASE_EXISTS"

    def __init__(self, *, database_name: str) -> None:
        super().__init__(
            f"There is already a database {database_name}.",
            hint="Regenerate it to make it anew.",
        )


class DatabaseAbsentError(ConflictError):
    """The schema has no database at present."""

    code = "DATABASE_ABSENT"

    def __init__(self, *, schema_id: str) -> None:
        super().__init__(
            f"The schema {schema_id} has no database at present.",
            hint="See its job for the reason; regenerating makes the database.",
        )


class DatabaseDiffersError(InternalError):
    """A database read back is not what its definition says."""

    code = "DATABASE_CREATION_FAILED"

    def __init__(self, *, differences: Sequence[str]) -> None:
        shown = "; ".join(differences[:_SHOWN])
        super().__init__(
            f"The database read back differs from the definition in {len(differences)} place(s):"
            f" {shown}.",
            hint="It was not put in service. Please report this with the definition.",
        )


class SchemaGoneError(ConflictError):
    """The schema was deleted while a job for it waited."""

    code = "SCHEMA_NOT_FOUND"

    def __init__(self, *, schema_id: str) -> None:
        super().__init__(f"The schema {schema_id} was deleted before the job began.")


class NoServerError(UnavailableError):
    """No server is configured that could take the database."""

    code = "NO_SERVER"

    def __init__(self) -> None:
        super().__init__(
            "No server is there to take the database.",
            hint="Name one in SERVERS, or add one with `flask servers add`.",
        )


class ServerUnknownError(UnavailableError):
    """A database stands on a server that no configured address leads to at present."""

    code = "SERVER_UNAVAILABLE"

    def __init__(self, *, address: str) -> None:
        super().__init__(
            "No known address leads to the server of the database.",
            hint="Check that it runs, and that SERVERS names it or that it is registered.",
            private=f"last seen at {address}",
        )


class DatabaseMissingError(ConflictError):
    """The server has no database of that name, though one was expected."""

    code = "DATABASE_MISSING"

    def __init__(self, *, database_name: str) -> None:
        super().__init__(
            f"The server has no database {database_name}.",
            hint="Regenerating makes it anew; a restore brings back its rows.",
        )


class DatabaseClosedError(UnavailableError):
    """The database lets nobody in for now, as while another takes its place."""

    code = "DATABASE_CLOSED"

    def __init__(self, *, database_name: str) -> None:
        super().__init__(
            f"The database {database_name} lets nobody in for now.",
            hint="The job tries again by itself.",
        )


class FreezeLostError(UnavailableError):
    """Somebody may have written to a database that was to stand still."""

    code = "FREEZE_LOST"

    def __init__(self, *, database_name: str) -> None:
        super().__init__(
            f"The database {database_name} did not stand still while it was to be replaced.",
            hint="The job tries again by itself; nothing was replaced.",
        )


class RowsHiddenError(ConflictError):
    """Row-level security is forced upon the owner, so that rows cannot be counted or saved."""

    code = "ROWS_HIDDEN"

    def __init__(self, *, tables: Sequence[str]) -> None:
        shown = ", ".join(tables[:_SHOWN]) + (" …" if len(tables) > _SHOWN else "")
        super().__init__(
            f"Row-level security hides rows from the database's owner in: {shown}.",
            hint="Run ALTER TABLE … NO FORCE ROW LEVEL SECURITY on them.",
        )


_SHOWN = 10
