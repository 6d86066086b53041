"""What can go wrong with servers and databases."""

from __future__ import annotations

from core.errors import ConflictError, InternalError, InvalidInputError, UnavailableError


class ServerUnavailableError(UnavailableError):
    """A server cannot be reached, or the connection broke."""

    code = "SERVER_UNAVAILABLE"

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(
            f"The server at {address} cannot be reached: {reason}.",
            hint="The job tries again by itself; check that the server runs and lets us in.",
        )


class LockTimeoutError(UnavailableError):
    """Others held what we needed for too long."""

    code = "LOCK_TIMEOUT"

    def __init__(self, *, database_name: str) -> None:
        super().__init__(
            f"Other sessions held locks in {database_name} for longer than we may wait.",
            hint="The job tries again by itself.",
        )


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


class ToolVersionError(InternalError):
    """No client program here fits the server's version."""

    code = "TOOL_VERSION"

    def __init__(self, *, tool: str, server_version: str, found: str) -> None:
        super().__init__(
            f"{tool} for a server of version {server_version} is missing; found: {found}.",
            hint="Install the client programs of that version, or name their folder in"
            " POSTGRESQL_BIN_DIRS.",
        )
