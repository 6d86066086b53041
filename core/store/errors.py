"""What can go wrong with the store itself."""

from __future__ import annotations

from core.errors import InternalError, UnavailableError


class StoreUnavailableError(UnavailableError):
    """The store cannot be reached, or the connection broke.

    When it comes from a commit, whether that took effect is not known.
    """

    code = "STORE_UNAVAILABLE"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The store cannot be reached: {reason}.",
            hint="Try again in a moment; check that the server of DATABASE_URL runs.",
        )


class StoreBusyError(UnavailableError):
    """The store is there, but others held what we needed for too long."""

    code = "STORE_BUSY"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"The store is busy: {reason}.", hint="Try again in a moment.")


class StoreNotMigratedError(UnavailableError):
    """The store is there, but has not the tables of this release."""

    code = "STORE_NOT_MIGRATED"

    def __init__(self) -> None:
        super().__init__(
            "The store has not the tables that this release needs.",
            hint="Run `flask --app web.wsgi db upgrade`.",
        )


class StoreNotOpenError(InternalError):
    """A repository was used outside its unit of work."""

    code = "STORE_NOT_OPEN"

    def __init__(self) -> None:
        super().__init__("The store is used outside `with open_store() as store`.")
