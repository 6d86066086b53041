"""What can go wrong with registering servers and with finding room on one."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import ConflictError, InvalidInputError, NotFoundError, SchemaBuilderError


class NoCapacityError(ConflictError):
    """No server that fits has room for the database."""

    code = "NO_CAPACITY"

    def __init__(self, *, reasons: Mapping[str, int], may_pass: bool) -> None:
        counted = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        super().__init__(
            f"No server has room for the database: {counted or 'none is registered'}.",
            hint="Add a server, raise a capacity or end a drain; then try the job again.",
        )
        self.is_retryable = may_pass


class ServerNotFoundError(NotFoundError):
    """There is no such server."""

    code = "SERVER_NOT_FOUND"

    def __init__(self, *, server: str) -> None:
        super().__init__(
            f"There is no server {server}.",
            hint="`GET /servers` and `flask servers list` name all.",
        )


class ServerExistsError(ConflictError):
    """The server is registered already."""

    code = "SERVER_EXISTS"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"That server is registered already, as {name}.",
            hint="Change it instead; another address of the same server is no other server.",
        )


class ServerNameTakenError(ConflictError):
    """Another server has the name."""

    code = "SERVER_NAME_TAKEN"

    def __init__(self, *, name: str) -> None:
        super().__init__(f"Another server has the name {name}.", hint="Choose another name.")


class ServerAddressError(InvalidInputError):
    """The address of a server cannot be used."""

    code = "SERVER_ADDRESS_INVALID"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The address of the server cannot be used: {reason}.",
            hint="It looks like postgresql://account:password@host:5432/postgres.",
        )


class ServerUnfitError(ConflictError):
    """The server answers and cannot be used as it is."""

    code = "SERVER_UNFIT"

    def __init__(self, *, reason: str, remedy: str) -> None:
        super().__init__(f"The server cannot be used: {reason}.", hint=remedy)


class ServerInUseError(ConflictError):
    """Databases stand on the server, or the settings name it."""

    code = "SERVER_IN_USE"

    def __init__(self, *, name: str, databases: int) -> None:
        reason = f"{databases} database(s) stand on it" if databases else "SERVERS names it"
        super().__init__(
            f"The server {name} cannot be removed: {reason}.",
            hint="Drain it, and drop its databases first."
            if databases
            else "Take it out of SERVERS and start the processes anew first.",
        )


class OtherServerError(ConflictError):
    """The new address leads to another server than the one whose address it is to be."""

    code = "SERVER_IS_ANOTHER"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"The address leads to another server than {name}.",
            hint="Register that one beside it; databases do not move with an address.",
        )


class InstallationOnlyError(SchemaBuilderError):
    """Servers belong to the installation, and so to its first workspace alone."""

    code = "INSTALLATION_ONLY"

    def __init__(self) -> None:
        super().__init__(
            "Only admins of the workspace that the installation began with decide on servers.",
            hint="Ask whoever runs the installation.",
        )
