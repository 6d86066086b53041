"""What can go wrong with credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.errors import ConflictError, InvalidInputError, NotFoundError


class CredentialNotFoundError(NotFoundError):
    """Databases have no such role."""

    code = "CREDENTIAL_NOT_FOUND"

    def __init__(self, *, role: str, known: Iterable[str]) -> None:
        super().__init__(
            f"Databases have no role {json.dumps(role[:_SHOWN])}.",
            hint=f"Roles are {', '.join(known)}.",
        )


class CredentialAbsentError(ConflictError):
    """A database from before there were credentials has none yet."""

    code = "CREDENTIAL_ABSENT"

    def __init__(self, *, role: str) -> None:
        super().__init__(
            f"The database has no credential {role} yet.",
            hint="It is made within some minutes; rotating it makes it now.",
        )


class TooManyCredentialsError(ConflictError):
    """Many logins of one role wait for their last session to end."""

    code = "TOO_MANY_CREDENTIALS"

    def __init__(self, *, role: str, most: int) -> None:
        super().__init__(
            f"The database has {most} logins of the role {role} already, most of which still have"
            " open sessions or have not expired.",
            hint="Close the sessions of the old ones, or rotate with endSessions and no overlap.",
        )


class OverlapTooLongError(InvalidInputError):
    """An old credential would stay good for too long."""

    code = "OVERLAP_TOO_LONG"

    def __init__(self, *, most_seconds: int) -> None:
        super().__init__(
            f"An old credential overlaps with the new one for 0 to {most_seconds} seconds.",
            hint="Give `overlapSeconds` within that.",
        )


class LoginRefusedError(ConflictError):
    """The server answers, and does not let a login in."""

    code = "LOGIN_REFUSED"

    def __init__(self, *, login: str, reason: str) -> None:
        super().__init__(
            f"The server does not let {login} in.",
            hint="It may have as many sessions as it can, or somebody changed its password:"
            " rotate it then.",
            private=reason,
        )


_SHOWN = 40
"""Characters of an unknown word that are repeated."""
