"""Whether a definition fits the server that it is to be made on, asked before anything is made."""

from __future__ import annotations

from collections.abc import Sequence

from core.definition.model import Definition
from core.dialects.postgresql.versions import NEWEST, OLDEST
from core.errors import UnsupportedError
from core.validation.server_features import Lack, Target, lacks

_SHOWN = 5


class ServerTooOldError(UnsupportedError):
    """A server is of a version that nothing is made on."""

    code = "SERVER_TOO_OLD"

    def __init__(self, *, major: int) -> None:
        super().__init__(
            f"The server is PostgreSQL {major}; databases are made and changed on {OLDEST} and"
            " newer.",
            hint=f"Upgrade the server to {OLDEST} or newer, or name another one in SERVERS.",
        )


class FeatureMissingError(UnsupportedError):
    """A definition says what its server does not know."""

    code = "SERVER_LACKS_FEATURE"

    def __init__(self, *, major: int, missing: Sequence[Lack]) -> None:
        shown = "; ".join(
            f"{each.feature} at {each.path} (since {each.since})" for each in missing[:_SHOWN]
        )
        more = f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        newest = max(each.since for each in missing)
        super().__init__(
            f"PostgreSQL {major}, where the database stands or is to stand, lacks: {shown}{more}.",
            hint=f"Do without, or use a server of version {newest} or newer.",
        )
        self.missing = tuple(missing)
        """What is missing, with places in the document."""


def refuse_misfits(
    definition: Definition, target: Target, *, present: Definition | None = None
) -> None:
    """Refuse what a server cannot hold.

    Args:
        definition: What is to be made.
        target: The server.
        present: What the database holds already; that it can hold this, it has shown.

    Raises:
        ServerTooOldError: it is older than anything that is tried.
        FeatureMissingError: the definition says what it does not know.
    """
    if target.major < OLDEST:
        raise ServerTooOldError(major=target.major)
    if target.major >= NEWEST and target.owns_public:
        return
    missing = lacks(definition, target)
    if missing and present is not None:
        known = {each.feature for each in lacks(present, target)}
        missing = tuple(each for each in missing if each.feature not in known)
    if missing:
        raise FeatureMissingError(major=target.major, missing=missing)
