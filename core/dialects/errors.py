"""The failures of spelling a definition as SQL."""

from __future__ import annotations

from core.errors import ConflictError, InternalError


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


class PlanBlockedError(ConflictError):
    """Something outside the definition stands in the way of a change."""

    code = "PLAN_BLOCKED"

    def __init__(self, *, thing: str, blocker: str, is_going: bool) -> None:
        """Say what stands in the way of what.

        Args:
            thing: Qualified name of the table or column.
            blocker: Kind and name of what uses it.
            is_going: Whether the thing goes, so that the blocker could not work afterwards.
        """
        reason = "goes" if is_going else "changes, and that cannot be made again afterwards"
        super().__init__(
            f"{blocker[:1].upper()}{blocker[1:]} uses {thing}, which {reason}.",
            hint=f"Drop or change {blocker} in the database first.",
        )
        self.thing = thing
        self.blocker = blocker
