"""Rules that are surely broken in those parts of a document that could be read.

A document with problems of form is read as far as it goes, with harmless values in the place of
what was refused. What rules say of the rest is told along, so that a client learns of everything
at once; what may only follow from a refused part is left to the next try.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.definition.document import DocumentProblem, InvalidDocumentError
from core.definition.model import Definition
from core.validation import Diagnostic, Level, validate

_TABLE = re.compile(r"tables\[(\d+)\]\.?")
_FOREIGN_KEY = re.compile(r"foreignKeys\[(\d+)\]")
_ITEM = re.compile(r"(tables\[\d+\]\.(columns|checks|uniques|indexes)\[\d+\])\.?")
_PART = re.compile(r"(?:tables|foreignKeys|enums|namespaces)\[\d+\]")
_COMMON_GROUND = re.compile(r"$|tables$|enums|namespaces")
"""Parts of a document that everything else may stand on."""
_GROUND_OF_A_TABLE = re.compile(r"$|id|name|namespace|columns|primaryKey")
"""Parts of a table that its other parts may stand on."""
_OWN_PARTS_OF_A_COLUMN = frozenset(
    {
        *("name", "dataType", "nativeType", "enumId", "length", "precision", "scale"),
        *("autoIncrement", "identity", "defaultValue"),
    }
)
"""Parts of a column that are judged without looking at its neighbours."""
_SURE_CODES = frozenset({"EXPRESSION_INVALID"})
"""What is wrong with a text whatever stands around it."""
_CODES_OF_SPACES = frozenset({"DUPLICATE_TABLE_NAME", "RELATION_NAME_TAKEN", "TYPE_NAME_TAKEN"})
"""What is wrong only within one namespace."""
_CODES_OF_LISTS = frozenset(
    {
        *("ENUM_UNKNOWN", "NAMESPACE_UNDECLARED", "NATIVE_TYPE_UNKNOWN", "DEFAULT_DOES_NOT_FIT"),
        *("EXPRESSION_TYPE_UNKNOWN", "EXPRESSION_TYPE_DIFFERS", "EXPRESSION_TEXT_DOES_NOT_FIT"),
    }
)
"""What is wrong only where no further enum and namespace is declared."""


def with_broken_rules(error: InvalidDocumentError) -> InvalidDocumentError:
    """Return the error, and with it the rules that are surely broken besides."""
    definition = error.definition
    refused = frozenset(problem.path for problem in error.problems)
    if definition is None or any(_COMMON_GROUND.match(path) for path in refused):
        return error
    is_sure = _Certainty(error.problems, definition)
    broken = (
        DocumentProblem(path=found.path, code=found.code, message=found.message, hint=found.hint)
        for found in validate(definition)
        if found.level is Level.ERROR and is_sure(found)
    )
    return InvalidDocumentError(problems=(*error.problems, *broken), definition=definition)


class _Certainty:
    """Tells what is sure of a definition some parts of which could not be read."""

    def __init__(self, problems: Sequence[DocumentProblem], definition: Definition) -> None:
        refused = frozenset(problem.path for problem in problems)
        strange = {problem.path for problem in problems if problem.code == "UNKNOWN_KEY"}
        tables = [(path, match) for path in refused if (match := _TABLE.match(path))]
        # A key that nobody knows may be meant as one that is missing.
        strange_in_tables = any(path in strange and _is_own(path, match) for path, match in tables)
        self._refused = refused
        self._items = {match[1] for path in refused if (match := _ITEM.match(path))}
        self._touched = {int(match[1]) for _, match in tables}
        self._groundless = {
            int(match[1])
            for path, match in tables
            if _GROUND_OF_A_TABLE.match(path.removeprefix(match[0]))
        }
        self._unreadable_keys = {
            int(match[1]) for path in refused if (match := _FOREIGN_KEY.match(path))
        }
        self._foreign_keys = definition.foreign_keys
        self._ids = {table.id for table in definition.tables}
        self._touched_ids = {definition.tables[place].id for place in self._touched}
        self._has_lost_ids = strange_in_tables or any(
            path in {match[0], f"{match[0]}id"} for path, match in tables
        )
        self._unsure_codes = (_CODES_OF_SPACES if strange_in_tables else frozenset()) | (
            _CODES_OF_LISTS if any(not _PART.match(path) for path in strange) else frozenset()
        )

    def __call__(self, found: Diagnostic) -> bool:
        """Whether a diagnostic holds, whatever the refused parts will be."""
        if found.path in self._refused or found.code in self._unsure_codes:
            return False
        if match := _TABLE.match(found.path):
            return self._is_sure_of_table(int(match[1]), found)
        if match := _FOREIGN_KEY.match(found.path):
            return self._is_sure_of_foreign_key(int(match[1]))
        return True

    def _is_sure_of_table(self, place: int, found: Diagnostic) -> bool:
        if place not in self._touched:
            return True
        item = _ITEM.match(found.path)
        if item is not None and item[1] in self._items:
            return False
        if place not in self._groundless or found.code in _SURE_CODES:
            return True
        if item is None:
            return found.path == f"tables[{place}].name"
        return item[2] == "columns" and found.path.removeprefix(item[0]) in _OWN_PARTS_OF_A_COLUMN

    def _is_sure_of_foreign_key(self, place: int) -> bool:
        if place in self._unreadable_keys:
            return False
        key = self._foreign_keys[place]
        ends = {key.source_table_id, key.target_table_id}
        return not ends & self._touched_ids and (ends <= self._ids or not self._has_lost_ids)


def _is_own(path: str, match: re.Match[str]) -> bool:
    """Whether a path leads to a key of a table itself, and not further."""
    return not re.search(r"\]\.", path.removeprefix(match[0]))
