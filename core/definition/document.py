"""The document: a definition with its name and description, as JSON values in and out.

Reading refuses what has no meaning at all (types of JSON, unknown keys, sizes) and reports every
problem at once. What makes sense but is wrong as a design is for `validation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.definition import limits
from core.definition.fields import Fields
from core.definition.identities import Identities
from core.definition.model import Definition
from core.definition.problems import DocumentProblem, InvalidDocumentError, Problems
from core.definition.reading import read_definition
from core.definition.writing import write_definition

__all__ = [
    "Document",
    "DocumentProblem",
    "InvalidDocumentError",
    "read_document",
    "write_document",
]

_DOCUMENT_KEYS = frozenset({"name", "description", "tables", "foreignKeys", "enums", "namespaces"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a client sends and gets: a definition and what it is called."""

    name: str
    """The schema's name, 1 to 100 characters."""
    description: str = ""
    """What the schema is for, at most 500 characters."""
    definition: Definition
    """The design itself."""


def read_document(raw: object, *, make_id: Callable[[], str]) -> Document:
    """Read a document out of parsed JSON.

    Args:
        raw: The value; numbers that are not whole may be `Decimal` or `float`.
        make_id: Makes an id for a thing that has none.

    Raises:
        InvalidDocumentError: With every structural problem, when there is any.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys=_DOCUMENT_KEYS, problems=problems)
    if not isinstance(raw, dict):
        problems.raise_if_any()
    name = fields.required_text("name", limit=limits.SCHEMA_NAME, may_be_blank=False)
    description = fields.text("description", limit=limits.SCHEMA_DESCRIPTION) or ""
    definition = read_definition(fields, Identities(make_id))
    problems.raise_if_any(definition)
    return Document(name=name, description=description, definition=definition)


def write_document(document: Document) -> dict[str, Any]:
    """Write a document as JSON values, with `Decimal` for numbers that are not whole.

    Returns:
        A value that `read_document` reads as an equal document.
    """
    return {
        "name": document.name,
        "description": document.description,
        **write_definition(document.definition),
    }
