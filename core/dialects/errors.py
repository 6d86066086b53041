"""The failures of spelling a definition as SQL."""

from __future__ import annotations

from core.errors import InternalError


class MissingThingError(InternalError):
    """A definition that was not validated refers to something that it does not hold."""

    code = "MISSING_THING"

    def __init__(self, *, thing: str, missing_id: str | None, wanted_by: str) -> None:
        """Say what is missing.

        Args:
            thing: The kind of what is missing, such as `column`.
            missing_id: Its id, None when there is not even an id.
            wanted_by: Kind and name of the thing that refers to it.
        """
        reference = "without an id" if missing_id is None else f"with the id {missing_id!r}"
        super().__init__(f"There is no {thing} {reference}, which {wanted_by} refers to.")
        self.thing = thing
        self.missing_id = missing_id
