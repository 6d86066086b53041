"""Small documents as a client sends them, and their reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.definition.document import Document, InvalidDocumentError, read_document
from core.definition.model import Column


def made_ids() -> Iterator[str]:
    """Give ids that are easy to see."""
    number = 0
    while True:
        number += 1
        yield f"made{number}"


def read(raw: object) -> Document:
    """Read with ids made1, made2 …."""
    ids = made_ids()
    return read_document(raw, make_id=lambda: next(ids))


def problems_of(raw: object) -> list[tuple[str, str]]:
    """Return path and code of every problem."""
    with pytest.raises(InvalidDocumentError) as caught:
        read(raw)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def with_table(**fields: object) -> dict[str, Any]:
    """Build a document of one table."""
    return {"name": "n", "tables": [{"name": "t", "columns": []} | fields]}


def with_column(**fields: object) -> dict[str, Any]:
    """Build a document of one table with one column."""
    column = {"id": "c", "name": "c", "dataType": "INT"} | fields
    kept = {key: value for key, value in column.items() if value is not ...}
    return with_table(columns=[kept])


def column_of(**fields: object) -> Column:
    """Read one column."""
    return read(with_column(**fields)).definition.tables[0].columns[0]


def two_columns(first: dict[str, Any], second: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Build a document of a table with columns a and b."""
    columns = [
        {"id": "a", "name": "a", "dataType": "INT"} | first,
        {"id": "b", "name": "b", "dataType": "INT"} | second,
    ]
    return with_table(columns=columns, **fields)
