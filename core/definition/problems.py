"""What is structurally wrong with a document, each problem with its place.

Problems are collected, so that a client learns of all at once; the reader raises them at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.definition.model import Definition
from core.errors import InvalidInputError

MAX_PROBLEMS = 1_000
"""How many problems are told before reading stops, so that an answer stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProblem:
    """One thing in a document that cannot be read."""

    path: str
    """Where it is, like `tables[0].columns[1].dataType`; empty for the whole document."""
    code: str
    """Stable identifier of the sort of problem."""
    message: str
    """The sentence for people."""
    hint: str = ""
    """The remedy; empty where the message says it all."""


class InvalidDocumentError(InvalidInputError):
    """A document that cannot be read, with every problem found in it."""

    def __init__(
        self, *, problems: Iterable[DocumentProblem], definition: Definition | None = None
    ) -> None:
        self.problems = tuple(problems)
        self.definition = definition
        """What could be read, with empty parts in the place of what was refused; None when reading
        stopped early. Good for looking for further problems, and for nothing else."""
        count = len(self.problems)
        first = self.problems[0]
        place = f" at {first.path}" if first.path else ""
        counted = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(f"The document has {counted}; the first one{place}: {first.message}")


class Problems:
    """The problems found so far."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[DocumentProblem] = []

    def add(self, path: str, code: str, message: str) -> None:
        """Note a problem.

        Raises:
            InvalidDocumentError: When there are too many to go on.
        """
        self._found.append(DocumentProblem(path=path, code=code, message=message))
        if len(self._found) >= MAX_PROBLEMS:
            self._found.append(
                DocumentProblem(
                    path="",
                    code="TOO_MANY_PROBLEMS",
                    message=f"Reading stopped after {MAX_PROBLEMS} problems.",
                )
            )
            raise InvalidDocumentError(problems=self._found)

    def raise_if_any(self, definition: Definition | None = None) -> None:
        """Raise what was found, if anything was, with what could be read all the same.

        Raises:
            InvalidDocumentError: When at least one problem was noted.
        """
        if self._found:
            raise InvalidDocumentError(problems=self._found, definition=definition)
