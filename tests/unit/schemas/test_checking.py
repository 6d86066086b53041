"""Everything that is wrong with a document is told at once, as far as it is sure."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from core.definition.document import InvalidDocumentError
from core.schemas.checking import check_document


def _table(name: str, **parts: object) -> dict[str, Any]:
    key = {"id": f"{name}.id", "name": "id", "dataType": "INT", "primaryKey": True}
    return {"id": name, "name": name, "columns": [key], **parts}


def _places(raw: dict[str, Any]) -> set[tuple[str, str]]:
    numbers = count()
    with pytest.raises(InvalidDocumentError) as caught:
        check_document(raw, make_id=lambda: f"made {next(numbers)}")
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


def test_a_column_of_wrong_form_does_not_hide_the_other_columns() -> None:
    """What a column is wrong in by itself is told, beside another one that cannot be read."""
    columns = [
        {"id": "a", "name": "a", "dataType": "INTT"},
        {"id": "b", "name": "a", "dataType": "VARCHAR"},
        {"id": "c", "name": "c", "dataType": "INT", "defaultValue": "x"},
        {"id": "d", "name": "d", "dataType": "INT", "generatedExpression": "lower(a)"},
    ]
    checks = [{"expression": "1)"}, {"expression": "a > 1"}]
    assert _places({"name": "blog", "tables": [_table("t", columns=columns, checks=checks)]}) == {
        ("tables[0].columns[0].dataType", "UNSUPPORTED_DATA_TYPE"),
        ("tables[0].columns[1].dataType", "LENGTH_MISSING"),
        ("tables[0].columns[1].name", "DUPLICATE_COLUMN_NAME"),
        ("tables[0].columns[2].defaultValue", "DEFAULT_DOES_NOT_FIT"),
        ("tables[0].checks[0].expression", "EXPRESSION_INVALID"),
    }


def test_what_has_no_bearing_on_columns_hides_nothing_of_them() -> None:
    """An unknown key and an index of wrong form leave keys and checks to be judged."""
    table = _table(
        "t",
        unknown=1,
        indexes=[{"columns": ["id"], "order": 1}, {"columns": ["nothing"]}],
        checks=[{"expression": "nothing > 1"}],
    )
    assert _places({"name": "blog", "tables": [table]}) == {
        ("tables[0].unknown", "UNKNOWN_KEY"),
        ("tables[0].indexes[0].order", "UNKNOWN_KEY"),
        ("tables[0].indexes[1].columns[0]", "INDEX_COLUMN_MISSING"),
        ("tables[0].checks[0].expression", "EXPRESSION_COLUMN_MISSING"),
    }


def test_a_table_without_a_name_is_told_once() -> None:
    """That it is missing is not told again as an empty name, and its columns are judged."""
    table = {"columns": [{"id": "c", "name": "x" * 64, "dataType": "INT"}]}
    twin = {"name": "twin", "columns": [{"name": "id", "dataType": "INT"}]}
    assert _places({"name": "blog", "tables": [table, twin, twin | {"color": 1}]}) == {
        ("tables[0].name", "MISSING_REQUIRED_FIELD"),
        ("tables[0].columns[0].name", "NAME_TOO_LONG"),
        ("tables[2].color", "WRONG_TYPE"),
        ("tables[2].name", "DUPLICATE_TABLE_NAME"),
    }


def test_a_foreign_key_between_sound_tables_is_judged_beside_an_unsound_one() -> None:
    """One to the unsound table is left alone; one to nothing is told, as no table's id was lost."""
    keys = [
        {
            "sourceTableId": source,
            "sourceColumnId": f"{source}.id",
            "targetTableId": target,
            "targetColumnId": "x",
        }
        for source, target in (("a", "b"), ("a", "c"), ("a", "nowhere"))
    ]
    tables = [_table("a"), _table("b"), _table("c", color=1)]
    assert _places({"name": "blog", "tables": tables, "foreignKeys": keys}) == {
        ("tables[2].color", "WRONG_TYPE"),
        ("foreignKeys[0].targetColumnId", "FOREIGN_KEY_COLUMN_MISSING"),
        ("foreignKeys[2].targetTableId", "FOREIGN_KEY_TABLE_MISSING"),
    }
    nameless = {"name": "blog", "tables": [*tables, _table("d") | {"id": 1}], "foreignKeys": keys}
    assert ("foreignKeys[2].targetTableId", "FOREIGN_KEY_TABLE_MISSING") not in _places(nameless)


def test_foreign_keys_that_are_no_list_hide_nothing_of_the_tables() -> None:
    """Tables stand by themselves."""
    raw = {"name": "blog", "tables": [_table("a"), _table("a") | {"id": "b"}], "foreignKeys": 1}
    assert ("foreignKeys", "WRONG_TYPE") in _places(raw)
    assert ("tables[1].name", "DUPLICATE_TABLE_NAME") in _places(raw)


def test_a_broken_rule_keeps_its_remedy_beside_a_problem_of_form() -> None:
    """The same error has the same remedy, whatever else is wrong."""
    raw = {"name": "blog", "unknown": 1, "tables": [_table("a"), _table("A")]}
    with pytest.raises(InvalidDocumentError) as caught:
        check_document(raw, make_id=lambda: "made")
    assert {problem.code: problem.hint for problem in caught.value.problems} == {
        "UNKNOWN_KEY": "",
        "DUPLICATE_TABLE_NAME": "Rename one of them.",
    }


def test_a_document_without_tables_is_told_just_that() -> None:
    """Nothing can be said of what is not there."""
    assert _places({"name": "blog", "tables": 1}) == {("tables", "WRONG_TYPE")}
