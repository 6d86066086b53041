"""What is told of documents that cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.definition.document import (
    DocumentProblem,
    InvalidDocumentError,
)
from core.definition.problems import MAX_PROBLEMS
from tests.unit.definition.document_inputs import (
    problems_of,
    read,
    two_columns,
    with_column,
    with_table,
)


def test_null_is_the_same_as_absent() -> None:
    """A key that holds null says nothing, required keys included."""
    column = {"name": None, "dataType": None, "length": None, "unique": None, "identity": None}
    assert problems_of(
        {"name": None, "description": None, "tables": [{"name": "t", "columns": [column]}]}
    ) == [
        ("name", "MISSING_REQUIRED_FIELD"),
        ("tables[0].columns[0].name", "MISSING_REQUIRED_FIELD"),
        ("tables[0].columns[0].dataType", "MISSING_REQUIRED_FIELD"),
    ]


def test_every_problem_is_told_at_once_with_its_place() -> None:
    """One answer names them all."""
    raw = {
        "name": 5,
        "tables": [{"columns": [{"name": "c", "dataType": "FOO", "nullable": 1, "size": 3}]}],
        "surprise": True,
    }
    assert problems_of(raw) == [
        ("surprise", "UNKNOWN_KEY"),
        ("name", "WRONG_TYPE"),
        ("tables[0].columns[0].size", "UNKNOWN_KEY"),
        ("tables[0].columns[0].nullable", "WRONG_TYPE"),
        ("tables[0].columns[0].dataType", "UNSUPPORTED_DATA_TYPE"),
        ("tables[0].name", "MISSING_REQUIRED_FIELD"),
    ]


def test_the_sentence_names_the_first_problem() -> None:
    """The error itself says how many there are and where to begin."""
    with pytest.raises(InvalidDocumentError) as caught:
        read({"name": "n", "tables": 1})
    assert caught.value.message == (
        "The document has 1 problem; the first one at tables: Expected an array, found a number."
    )
    assert caught.value.problems == (
        DocumentProblem(
            path="tables", code="WRONG_TYPE", message="Expected an array, found a number."
        ),
    )
    with pytest.raises(InvalidDocumentError, match="has 2 problems; the first one at name"):
        read({})


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        ("x", "a string"),
        ([], "an array"),
        pytest.param(object(), "something that is not JSON", id="no JSON at all"),
    ],
    ids=str,
)
def test_a_document_is_an_object(raw: object, kind: str) -> None:
    """Anything else is one problem of the whole."""
    with pytest.raises(InvalidDocumentError, match=f"found {kind}") as caught:
        read(raw)
    assert [(item.path, item.code) for item in caught.value.problems] == [("", "WRONG_TYPE")]


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"nullable": "yes"}, "nullable", "WRONG_TYPE"),
        ({"nullable": 0}, "nullable", "WRONG_TYPE"),
        ({"length": True}, "length", "WRONG_TYPE"),
        ({"length": Decimal(5)}, "length", "WRONG_TYPE"),
        ({"length": 2**31}, "length", "NUMBER_OUT_OF_RANGE"),
        ({"scale": -(2**31) - 1}, "scale", "NUMBER_OUT_OF_RANGE"),
        ({"name": ["x"]}, "name", "WRONG_TYPE"),
        ({"name": "a\x00b"}, "name", "ILLEGAL_CHARACTER"),
        ({"description": "half \ud83d"}, "description", "ILLEGAL_CHARACTER"),
        ({"name": "x" * 1001}, "name", "TOO_LONG"),
        ({"id": ""}, "id", "ID_EMPTY"),
        ({"dataType": 5}, "dataType", "WRONG_TYPE"),
        ({"dataType": "int"}, "dataType", "UNSUPPORTED_DATA_TYPE"),
        ({"dataType": "NATIVE"}, "dataType", "UNSUPPORTED_DATA_TYPE"),
        ({"nativeType": "inet"}, "nativeType", "CONFLICTING_FIELDS"),
        ({"enumId": "e"}, "enumId", "CONFLICTING_FIELDS"),
        ({"identity": "sometimes"}, "identity", "UNKNOWN_VALUE"),
        (
            {"identity": "always", "autoIncrement": False},
            "autoIncrement",
            "CONFLICTING_FIELDS",
        ),
        ({"primaryKey": True, "nullable": True}, "nullable", "PRIMARY_KEY_NULLABLE"),
        (
            {"defaultValue": 1, "defaultExpression": "1"},
            "defaultExpression",
            "CONFLICTING_FIELDS",
        ),
        ({"defaultValue": "x" * 10_000}, "defaultValue", "TOO_LONG"),
        ({"defaultValue": {"a": ["\x00"]}}, "defaultValue", "ILLEGAL_CHARACTER"),
        ({"defaultValue": {"\ud800": 1}}, "defaultValue", "ILLEGAL_CHARACTER"),
        ({"defaultValue": float("nan")}, "defaultValue", "NUMBER_OUT_OF_RANGE"),
        ({"defaultValue": Decimal("Infinity")}, "defaultValue", "NUMBER_OUT_OF_RANGE"),
        ({"defaultValue": Decimal("1E+16001")}, "defaultValue", "NUMBER_OUT_OF_RANGE"),
        ({"defaultValue": 10**5000}, "defaultValue", "NUMBER_OUT_OF_RANGE"),
        ({"defaultValue": object()}, "defaultValue", "WRONG_TYPE"),
        ({"unknown.key": 1}, '["unknown.key"]', "UNKNOWN_KEY"),
        ({"\ud800": 1}, '["\\ud800"]', "UNKNOWN_KEY"),
    ],
)
def test_a_column_is_read_strictly(fields: dict[str, Any], path: str, code: str) -> None:
    """Each wrong field is a problem at its path."""
    separator = "" if path.startswith("[") else "."
    assert problems_of(with_column(**fields)) == [(f"tables[0].columns[0]{separator}{path}", code)]


def test_nesting_of_a_default_is_bounded() -> None:
    """A default can be nested, but not without end."""
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    assert problems_of(with_column(defaultValue=deep)) == [
        ("tables[0].columns[0].defaultValue", "TOO_DEEP")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [({"primaryKey": True}, {}), ({}, {"primaryKey": False})],
    ids=["flagged but not listed", "listed but flagged otherwise"],
)
def test_a_listed_key_and_the_flags_must_agree(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Nobody guesses which of the two was meant."""
    raw = two_columns(first, second, primaryKey={"columnIds": ["b"]})
    place = 0 if first else 1
    assert problems_of(raw) == [(f"tables[0].columns[{place}].primaryKey", "CONFLICTING_FIELDS")]


@pytest.mark.parametrize(
    ("index", "path", "code"),
    [
        ({}, "columns", "MISSING_REQUIRED_FIELD"),
        ({"columns": "a"}, "columns", "WRONG_TYPE"),
        ({"columns": [1]}, "columns[0]", "WRONG_TYPE"),
        ({"columns": [], "parts": []}, "parts", "CONFLICTING_FIELDS"),
        ({"parts": [{}]}, "parts[0].columnId", "MISSING_REQUIRED_FIELD"),
        (
            {"parts": [{"columnId": "a", "expression": "b"}]},
            "parts[0].expression",
            "CONFLICTING_FIELDS",
        ),
        ({"parts": [{"columnId": "a", "order": "up"}]}, "parts[0].order", "UNKNOWN_VALUE"),
    ],
)
def test_an_index_has_columns_or_parts(index: dict[str, Any], path: str, code: str) -> None:
    """Exactly one of the two, and each part exactly one of its two."""
    assert problems_of(with_table(indexes=[index])) == [(f"tables[0].indexes[0].{path}", code)]


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"position": {"x": 1}}, "position.y", "MISSING_REQUIRED_FIELD"),
        ({"position": {"x": 1, "y": "2"}}, "position.y", "WRONG_TYPE"),
        ({"position": {"x": True, "y": 2}}, "position.x", "WRONG_TYPE"),
        ({"position": {"x": 10**400, "y": 2}}, "position.x", "NUMBER_OUT_OF_RANGE"),
        ({"position": {"x": Decimal("sNaN"), "y": 2}}, "position.x", "NUMBER_OUT_OF_RANGE"),
        ({"position": {"x": float("inf"), "y": 2}}, "position.x", "NUMBER_OUT_OF_RANGE"),
        ({"position": {"x": 1, "y": 2, "z": 3}}, "position.z", "UNKNOWN_KEY"),
        ({"primaryKey": {}}, "primaryKey.columnIds", "MISSING_REQUIRED_FIELD"),
        ({"uniques": [{}]}, "uniques[0].columnIds", "MISSING_REQUIRED_FIELD"),
        ({"checks": [{}]}, "checks[0].expression", "MISSING_REQUIRED_FIELD"),
        ({"columns": [5]}, "columns[0]", "WRONG_TYPE"),
        ({"columns": None}, "columns", "MISSING_REQUIRED_FIELD"),
        ({"columns": [{}] * 1601}, "columns", "TOO_MANY"),
    ],
)
def test_a_table_is_read_strictly(fields: dict[str, Any], path: str, code: str) -> None:
    """Each wrong field is a problem at its path."""
    first, *_ = problems_of(with_table(**fields))
    assert first == (f"tables[0].{path}", code)


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"targetColumnId": None}, "targetColumnId", "MISSING_REQUIRED_FIELD"),
        ({"sourceColumnIds": ["a"]}, "sourceColumnIds", "CONFLICTING_FIELDS"),
        ({"onDelete": "cascade"}, "onDelete", "UNKNOWN_VALUE"),
        ({"sourceTableId": None}, "sourceTableId", "MISSING_REQUIRED_FIELD"),
    ],
)
def test_a_foreign_key_is_read_strictly(fields: dict[str, Any], path: str, code: str) -> None:
    """Each wrong field is a problem at its path."""
    key = {"sourceTableId": "t", "sourceColumnId": "a", "targetTableId": "t", "targetColumnId": "a"}
    raw = {"name": "n", "tables": [], "foreignKeys": [key | fields]}
    assert problems_of(raw) == [(f"foreignKeys[0].{path}", code)]


def test_an_id_stands_once_among_things_of_its_kind() -> None:
    """Columns are told apart over all tables; a column may be called like a table."""
    column = {"id": "same", "name": "c", "dataType": "INT"}
    tables = [
        {"id": "same", "name": "t", "columns": [column]},
        {"id": "same", "name": "u", "columns": [column]},
    ]
    assert problems_of({"name": "n", "tables": tables}) == [
        ("tables[1].id", "DUPLICATE_ID"),
        ("tables[1].columns[0].id", "DUPLICATE_ID"),
    ]


def test_the_flag_and_a_listed_constraint_cannot_share_an_id() -> None:
    """The flag stands for a constraint with an id of its own."""
    raw = with_column(unique=True)
    raw["tables"][0]["uniques"] = [{"id": "c.unique", "columnIds": ["c"]}]
    assert problems_of(raw) == [("tables[0].uniques[0].id", "DUPLICATE_ID")]


@pytest.mark.parametrize("name", ["", " \t"], ids=["empty", "blank"])
def test_the_schema_has_a_name(name: str) -> None:
    """The definition's rules do not see it, so the reader looks at it."""
    assert problems_of({"name": name, "tables": []}) == [("name", "NAME_EMPTY")]


def test_name_and_description_of_the_schema_are_short() -> None:
    """As the contract says: 100 and 500 characters."""
    longest = read({"name": "x" * 100, "description": "y" * 500, "tables": []})
    assert (len(longest.name), len(longest.description)) == (100, 500)
    assert problems_of({"name": "x" * 101, "description": "y" * 501, "tables": []}) == [
        ("name", "TOO_LONG"),
        ("description", "TOO_LONG"),
    ]


def test_a_flood_of_problems_is_cut() -> None:
    """An answer stays bounded however wrong a document is."""
    found = problems_of(with_table(columns=[{}] * 1600))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == ("", "TOO_MANY_PROBLEMS")
