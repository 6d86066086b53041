"""Checking a document that was sent: everything that is wrong with it, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.definition.document import (
    Document,
    InvalidDocumentError,
    read_document,
)
from core.dialects.statement import Statement
from core.planning.creation import creation_statements
from core.schemas.broken_rules import with_broken_rules
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
            parts that could be read surely break rules.
        InvalidDefinitionError: it breaks rules that no database can do without; has every error.
    """
    try:
        document = read_document(raw, make_id=make_id)
    except InvalidDocumentError as error:
        raise with_broken_rules(error) from error
    diagnostics = validate(document.definition)
    errors = [found for found in diagnostics if found.level is Level.ERROR]
    if errors:
        raise InvalidDefinitionError(diagnostics=errors)
    return CheckedDocument(
        document=document,
        warnings=tuple(found for found in diagnostics if found.level is not Level.ERROR),
    )
