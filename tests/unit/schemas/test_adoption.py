"""Missing ids in an edited document are taken from the previous one, by name."""

from __future__ import annotations

from typing import Any

import pytest

from core.schemas.adoption import adopt_ids

PREVIOUS: dict[str, Any] = {
    "name": "blog",
    "tables": [
        {
            "id": "t1",
            "name": "users",
            "columns": [{"id": "c1", "name": "id"}, {"id": "c2", "name": "email"}],
            "indexes": [{"id": "i1", "name": "by_email", "columns": ["email"]}],
        },
        {"id": "t2", "name": "users", "namespace": "archive", "columns": []},
    ],
    "foreignKeys": [{"id": "f1", "name": "fk"}, {"id": "f2"}],
}


def test_things_of_the_same_name_keep_their_ids() -> None:
    """A client that knows only names changes nothing by leaving ids out."""
    raw = {
        "tables": [
            {"name": "users", "columns": [{"name": "email"}], "indexes": [{"name": "by_email"}]},
            {"name": "users", "namespace": "archive", "columns": []},
        ],
        "foreignKeys": [{"name": "fk"}],
    }
    assert adopt_ids(raw, PREVIOUS) == {
        "tables": [
            {
                "id": "t1",
                "name": "users",
                "columns": [{"id": "c2", "name": "email"}],
                "indexes": [{"id": "i1", "name": "by_email"}],
            },
            {"id": "t2", "name": "users", "namespace": "archive", "columns": []},
        ],
        "foreignKeys": [{"id": "f1", "name": "fk"}],
    }


def test_a_given_id_wins_over_the_name() -> None:
    """The same id with another name is a rename, and its columns are found below it."""
    raw = {"tables": [{"id": "t1", "name": "people", "columns": [{"name": "id"}]}]}
    adopted = adopt_ids(raw, PREVIOUS)
    assert adopted == {
        "tables": [{"id": "t1", "name": "people", "columns": [{"id": "c1", "name": "id"}]}]
    }


def test_new_things_stay_without_an_id() -> None:
    """The reader makes theirs."""
    raw = {"tables": [{"name": "posts", "columns": [{"name": "id"}]}]}
    assert adopt_ids(raw, PREVIOUS) == raw


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "text",
        {"tables": None},
        {"tables": "x"},
        {"tables": [1, None, []]},
        {"tables": [{"name": 1}, {"id": [], "name": {}}, {"id": 7}]},
    ],
    ids=repr,
)
def test_what_has_not_the_form_of_a_document_passes_unchanged(raw: object) -> None:
    """The reader is the one to complain."""
    assert adopt_ids(raw, PREVIOUS) == raw
