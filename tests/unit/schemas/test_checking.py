"""Everything that is wrong with a document is told at once, as far as it is sure."""

from __future__ import annotations

from typing import Any

import pytest

from core.definition.document import InvalidDocumentError
from core.schemas.checking import check_document


def _table(name: str, **parts: object) -> dict[str, Any]:
    key = {"id": f"{name}.id", "name": "id", "dataType": "INT", "primaryKey": True}
    return {"id": name, "name": name, "columns": [key], **parts}


def _places(raw: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidDocumentError) as caught:
        check_document(raw, make_id=lambda: "made")
    return {(problem.path, problem.code) for problem in caught.value.problems}


def test_a_problem_of_form_does_not_hide_a_broken_rule_elsewhere() -> None:
    """One table has an unknown key, another one a check that is no expression."""
    raw = {
        "name": "blog",
        "tables": [_table("a", unknown=1), _table("b", checks=[{"expression": "1)"}])],
    }
    assert _places(raw) == {
        ("tables[0].unknown", "UNKNOWN_KEY"),
        ("tables[1].checks[0].expression", "EXPRESSION_INVALID"),
    }


def test_what_may_follow_from_a_problem_of_form_is_not_told() -> None:
    """A foreign key to a column whose type could not be read is not called wrong."""
    raw = {
        "name": "blog",
        "tables": [
            _table("a") | {"columns": [{"id": "a.id", "name": "id", "dataType": "INTT"}]},
            _table("b"),
        ],
        "foreignKeys": [
            {
                "id": "f",
                "sourceTableId": "b",
                "sourceColumnId": "b.id",
                "targetTableId": "a",
                "targetColumnId": "a.id",
            }
        ],
    }
    assert _places(raw) == {("tables[0].columns[0].dataType", "UNSUPPORTED_DATA_TYPE")}


def test_a_foreign_key_of_wrong_form_does_not_hide_another_one_to_nothing() -> None:
    """Both are told."""
    good = {
        "sourceTableId": "a",
        "sourceColumnId": "a.id",
        "targetTableId": "nowhere",
        "targetColumnId": "x",
    }
    raw = {"name": "blog", "tables": [_table("a")], "foreignKeys": [{"id": 1, **good}, good]}
    codes = {code for _, code in _places(raw)}
    assert {"WRONG_TYPE", "FOREIGN_KEY_TABLE_MISSING"} <= codes


def test_a_document_without_tables_is_told_just_that() -> None:
    """Nothing can be said of what is not there."""
    assert _places({"name": "blog", "tables": 1}) == {("tables", "WRONG_TYPE")}
