"""Checking a document that was sent: everything that is wrong with it, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.definition.document import (
    Document,
    DocumentProblem,
    InvalidDocumentError,
    read_document,
)
from core.dialects.statement import Statement
from core.planning.creation import creation_statements
from core.schemas.errors import InvalidDefinitionError
from core.validation import Diagnostic, Level, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDocument:
    """A document that a database can be made from."""

    document: Document
    """The document, with all ids."""
    warnings: tuple[Diagnostic, ...]
    """What could be better."""

    def statements(self) -> tuple[Statement, ...]:
        """Return the SQL that makes the database."""
        return creation_statements(self.document.definition)


def check_document(raw: object, *, make_id: Callable[[], str]) -> CheckedDocument:
    """Read and validate a document.

    Raises:
        InvalidDocumentError: it has not the form of a document; names every place, those too where
            parts that could be read break rules.
        InvalidDefinitionError: it breaks rules that no database can do without; has every error.
    """
    try:
        document = read_document(raw, make_id=make_id)
    except InvalidDocumentError as error:
        raise _with_broken_rules(error) from error
    diagnostics = validate(document.definition)
    errors = [found for found in diagnostics if found.level is Level.ERROR]
    if errors:
        raise InvalidDefinitionError(diagnostics=errors)
    return CheckedDocument(
        document=document,
        warnings=tuple(found for found in diagnostics if found.level is not Level.ERROR),
    )


def _with_broken_rules(error: InvalidDocumentError) -> InvalidDocumentError:
    """Add the rules that are surely broken in the parts of the document that could be read.

    A part with a problem of form is left to its next try, and so is what may follow from one: an
    enum that could not be read must not make every column of its type look wrong.
    """
    refused = {_part(problem.path) for problem in error.problems}
    lists = {part.partition("[")[0] for part in refused}
    if error.definition is None or lists & {"", "enums", "namespaces"} or refused & _LISTS:
        return error
    broken = tuple(
        DocumentProblem(path=found.path, code=found.code, message=found.message)
        for found in validate(error.definition)
        if found.level is Level.ERROR
        and _part(found.path) not in refused
        and ("tables" not in lists or not found.path.startswith("foreignKeys"))
    )
    return InvalidDocumentError(problems=(*error.problems, *broken), definition=error.definition)


def _part(path: str) -> str:
    """Return the member of the document's lists that a path leads into: `tables[3]`."""
    return path.partition(".")[0]


_LISTS = frozenset({"tables", "foreignKeys"})
