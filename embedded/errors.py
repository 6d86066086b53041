"""What can go wrong with the embedded servers, in plain words."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConflictError, InternalError, UnavailableError, UnsupportedError


class ProgramNotFoundError(UnsupportedError):
    """No program of a server was found anywhere."""

    code = "PROGRAM_NOT_FOUND"

    def __init__(self, *, program: str, searched: tuple[str, ...], hint: str) -> None:
        super().__init__(
            f"No {program} was found (searched: {', '.join(searched)}).",
            hint=hint,
        )


class ServerStartError(UnavailableError):
    """An embedded server did not come up."""

    code = "EMBEDDED_SERVER_NOT_STARTED"

    def __init__(self, *, server: str, reason: str, log: Path | None = None) -> None:
        super().__init__(
            f"The embedded {server} did not start: {reason.strip()}",
            hint=None if log is None else f"Its log is {log}.",
        )


class ServerLostError(UnavailableError):
    """An embedded server ends by itself again and again."""

    code = "EMBEDDED_SERVER_LOST"

    def __init__(self, *, server: str, log: Path) -> None:
        super().__init__(
            f"The embedded {server} ended again and again and is not started any more.",
            hint=f"Its log is {log}.",
        )


class PortTakenError(ConflictError):
    """A port that was asked for by number is in use."""

    code = "PORT_TAKEN"

    def __init__(self, *, port: int, use: str) -> None:
        super().__init__(
            f"Port {port} for {use} is in use by another program.",
            hint="Choose another one, or none and a free one is taken.",
        )


class FolderInUseError(ConflictError):
    """Another launcher works on the data folder."""

    code = "DATA_DIR_IN_USE"

    def __init__(self, *, folder: Path, pid: str) -> None:
        super().__init__(
            f"Another Schema Builder (process {pid or 'unknown'}) is running on {folder}.",
            hint="Stop it first, or give this one another folder with DATA_DIR.",
        )


class FolderUnusableError(UnsupportedError):
    """The data folder cannot be made or written to."""

    code = "DATA_DIR_UNUSABLE"

    def __init__(self, *, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}.",
            hint="Set DATA_DIR to a folder that can be written to.",
        )


class FolderUnreachableError(UnsupportedError):
    """The unprivileged account that must run a server cannot reach its folder."""

    code = "FOLDER_UNREACHABLE"

    def __init__(self, *, folder: Path, account: str) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and the account {account} cannot reach {folder}.",
            hint="Set DATA_DIR (POSTGRESQL_BIN_DIRS for programs) to what other accounts "
            "can enter.",
        )


class ForeignServerError(ConflictError):
    """A lock file of ours names a process that cannot be told apart from a stranger's."""

    code = "FOREIGN_SERVER"

    def __init__(self, *, folder: Path, pid: int) -> None:
        super().__init__(
            f"Process {pid} seems to use {folder}, and it did not stop when asked.",
            hint="Stop it, then start again.",
        )


class ProcessEndedError(UnavailableError):
    """A process that should run until the end has ended."""

    code = "PROCESS_ENDED"

    def __init__(self, *, sentence: str, last_lines: tuple[str, ...]) -> None:
        said = "".join(f"\n    {line}" for line in last_lines)
        super().__init__(f"{sentence}, so everything is stopped.{said}")


class DemonstrationError(InternalError):
    """The demonstration did not come out as it must."""

    code = "DEMONSTRATION_FAILED"

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)
