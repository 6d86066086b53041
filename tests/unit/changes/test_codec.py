"""What the codec of changes refuses and leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from core.changes import AddColumn, AddTable, RenameTable, TableName
from core.changes.codec import UnreadableChangeError, change_from_json, change_to_json
from core.definition.model import Position
from tests.builders import column, literal, table

USERS = TableName(id="users", namespace="public", name="users")


def test_a_change_is_written_with_its_type_and_without_what_goes_without_saying() -> None:
    """The written form is short and names its type."""
    change = AddColumn(table=USERS, column=column("age", default=literal(0)))
    assert change_to_json(change) == {
        "type": "AddColumn",
        "table": {"id": "users", "namespace": "public", "name": "users"},
        "column": {
            "id": ".age",
            "name": "age",
            "type": {"data_type": "INT"},
            "default": {"json": "0"},
        },
    }


def test_layout_survives_as_numbers_with_a_fraction() -> None:
    """Positions are read as the numbers they were, however JSON wrote them."""
    change = AddTable(table=table("users", "id", position=Position(x=1.0, y=2.5)))
    written = change_to_json(change)
    written["table"]["position"]["x"] = 1
    assert change_from_json(written) == change


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"type": "ForgetTable"}, id="unknown type"),
        pytest.param({"type": 1}, id="type of another sort"),
        pytest.param({"type": "RenameTable"}, id="fields missing"),
        pytest.param({"type": "RenameTable", "more": 1}, id="field too many"),
        pytest.param({"type": "DropTable", "table": "users"}, id="text for a thing"),
        pytest.param({"type": "RenameColumn", "before": 1}, id="number for text"),
        pytest.param({"type": "ChangeEnumValues", "renamed": [["a"]]}, id="half a pair of values"),
        pytest.param(
            {"type": "AddColumn", "column": {"default": {"text": "1"}}}, id="no such default"
        ),
    ],
)
def test_what_was_not_written_here_is_refused(value: dict[str, Any]) -> None:
    """A stored change that makes no sense is reported rather than guessed."""
    with pytest.raises(UnreadableChangeError):
        change_from_json(value)


def test_a_change_of_names_is_read_back() -> None:
    """A simple change survives."""
    change = RenameTable(before=USERS, after=TableName(id="users", namespace="a", name="b"))
    assert change_from_json(change_to_json(change)) == change
