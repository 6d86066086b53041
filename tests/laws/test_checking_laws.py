"""Laws of checking documents: what is told beside a part of wrong form is never a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.definition.document import (
    Document,
    InvalidDocumentError,
    read_document,
    write_document,
)
from core.schemas.checking import check_document
from tests.strategies import documents, unhurried

FREE_KEYS = frozenset({"defaultValue"})
"""Keys that may hold any JSON."""


def _places(part: object) -> Iterator[tuple[Any, Any]]:
    """Yield each container of a document with each of its keys that wants a certain form."""
    keys: Iterable[Any] = ()
    if isinstance(part, dict):
        keys = [key for key in part if key not in FREE_KEYS]
    elif isinstance(part, list):
        keys = range(len(part))
    container: Any = part
    for key in keys:
        yield container, key
        yield from _places(container[key])


@unhurried
@given(documents(), st.data())
def test_a_part_of_wrong_form_makes_no_other_part_look_wrong(
    document: Document, data: st.DataObject
) -> None:
    """A sound document, spoilt in up to two places, is told just what cannot be read.

    A misspelt key makes its table a table without whatever the key was meant for.
    """
    raw = deepcopy(write_document(document))
    for _ in range(data.draw(st.integers(1, 2), label="how many are spoilt")):
        places = list(_places(raw))
        container, key = places[data.draw(st.integers(0, len(places) - 1), label="which")]
        if isinstance(container, dict) and data.draw(st.booleans(), label="is misspelt"):
            container[f"{key}s"] = container.pop(key)
        else:
            container[key] = {"of": ["no", "form"]}
    numbers = count()
    with pytest.raises(InvalidDocumentError) as unreadable:
        read_document(raw, make_id=lambda: f"made {next(numbers)}")
    with pytest.raises(InvalidDocumentError) as checked:
        check_document(raw, make_id=lambda: f"made {next(numbers)}")
    assert checked.value.problems == unreadable.value.problems
