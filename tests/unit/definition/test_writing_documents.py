"""Writing of documents: the form that the designer of version 1 knows, additions where needed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.definition.document import Document, read_document, write_document
from core.definition.model import (
    Column,
    Definition,
    IdentityKind,
    Index,
    IndexPart,
    Namespace,
    NullsOrder,
    Position,
    PrimaryKey,
    SortOrder,
    Table,
    Unique,
)
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    literal,
    native,
    part,
    table,
    type_of,
)


def written(design: Definition) -> dict[str, Any]:
    """Write a definition, and see that it reads as itself."""
    document = Document(name="n", definition=design)
    raw = write_document(document)
    assert read_document(raw, make_id=str) == document
    return raw


def written_table(built: Table) -> dict[str, Any]:
    """Write one table."""
    raw: dict[str, Any] = written(definition(built))["tables"][0]
    return raw


def written_column(built: Column) -> dict[str, Any]:
    """Write one column."""
    raw: dict[str, Any] = written_table(table("t", built))["columns"][0]
    return raw


def test_the_keys_of_version_1_are_always_there() -> None:
    """A client of version 1 finds what it expects, and nothing it does not."""
    users = table("users", column("id", identity=IdentityKind.BY_DEFAULT), primary_key="id")
    assert written(definition(users)) == {
        "name": "n",
        "description": "",
        "tables": [
            {
                "id": "users",
                "name": "users",
                "description": "",
                "columns": [
                    {
                        "id": "users.id",
                        "name": "id",
                        "dataType": "INT",
                        "nullable": False,
                        "primaryKey": True,
                        "autoIncrement": True,
                        "unique": False,
                        "description": "",
                    }
                ],
                "indexes": [],
            }
        ],
        "foreignKeys": [],
    }


def test_layout_is_written_with_every_digit() -> None:
    """Whole numbers as such, others in the shortest form that reads as the same number."""
    raw = written_table(table("t", position=Position(x=100.0, y=0.1), color="#fff"))
    assert raw["position"] == {"x": 100, "y": Decimal("0.1")}
    assert raw["color"] == "#fff"
    far = written_table(table("t", position=Position(x=1e300, y=-0.0)))
    assert far["position"] == {"x": Decimal("1e300"), "y": 0}


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (column("c", type_of("VARCHAR", length=9)), {"dataType": "VARCHAR", "length": 9}),
        (
            column("c", type_of("NUMERIC", precision=5, scale=0)),
            {"dataType": "NUMERIC", "precision": 5, "scale": 0},
        ),
        (column("c", type_of("ENUM", enum_id="e")), {"dataType": "ENUM", "enumId": "e"}),
        (column("c", native("inet")), {"nativeType": "inet"}),
        (column("c", default=literal(Decimal("1.50"))), {"defaultValue": Decimal("1.50")}),
        (column("c", default=literal({"a": [1]})), {"defaultValue": {"a": [1]}}),
        (column("c", default=expression("1 + 1")), {"defaultExpression": "1 + 1"}),
        (column("c", generated="1"), {"generatedExpression": "1"}),
        (
            column("c", identity=IdentityKind.ALWAYS),
            {"autoIncrement": True, "identity": "always"},
        ),
    ],
)
def test_what_a_column_has_is_written(built: Column, expected: dict[str, Any]) -> None:
    """Each in its own key."""
    assert expected.items() <= written_column(built).items()


def test_a_key_that_flags_cannot_say_is_listed() -> None:
    """Another order, a name, or columns that are not there."""
    assert "primaryKey" not in written_table(table("t", "a", "b", primary_key=["a", "b"]))
    turned = written_table(table("t", "a", "b", primary_key=["b", "a"]))
    assert turned["primaryKey"] == {"columnIds": ["t.b", "t.a"]}
    key = PrimaryKey(column_ids=(), name="pk")
    empty = Table(id="t", name="t", columns=(), primary_key=key)
    assert written_table(empty)["primaryKey"] == {"name": "pk", "columnIds": []}


def flag(column_name: str, name: str | None = None) -> Unique:
    """Build the constraint that a flag on a column of table t stands for."""
    return Unique(id=f"t.{column_name}.unique", column_ids=(f"t.{column_name}",), name=name)


@pytest.mark.parametrize(
    ("uniques", "flagged", "listed"),
    [
        ([flag("a"), flag("b")], ["a", "b"], 0),
        ([flag("b"), flag("a")], ["b"], 1),
        ([flag("a", name="given"), flag("b")], [], 2),
        ([Unique(id="u", column_ids=("t.a", "t.b")), flag("b")], [], 2),
        ([Unique(id="u", column_ids=("t.a",))], [], 1),
        ([flag("nothing")], [], 1),
    ],
    ids=["in order", "out of order", "named", "after a wide one", "of another id", "of nothing"],
)
def test_unique_flags_stand_for_plain_constraints(
    uniques: list[Unique], flagged: list[str], listed: int
) -> None:
    """Only those whose order survives; the others are listed."""
    raw = written_table(table("t", "a", "b", uniques=uniques))
    assert [item["name"] for item in raw["columns"] if item["unique"]] == flagged
    assert len(raw.get("uniques", [])) == listed


def test_a_named_unique_constraint_is_listed_with_its_name() -> None:
    """The flag could not say it."""
    raw = written_table(table("t", "a", uniques=[flag("a", name="given")]))
    assert raw["uniques"] == [{"id": "t.a.unique", "name": "given", "columnIds": ["t.a"]}]


def test_checks_are_written() -> None:
    """With their id, so that they keep it."""
    raw = written_table(table("t", "a", checks=["a > 0"]))
    assert raw["checks"] == [{"id": "t.check0", "expression": "a > 0"}]


def test_plain_indexes_are_written_by_column_names() -> None:
    """As version 1 has it."""
    raw = written_table(table("t", "a", "b", indexes=[index("b", "a", name="i", unique=True)]))
    assert raw["indexes"] == [
        {"id": "t.index0", "name": "i", "columns": ["b", "a"], "unique": True}
    ]


def test_other_indexes_are_written_in_parts() -> None:
    """Order, nulls and expressions need more than names."""
    built = index(
        part("a", order=SortOrder.DESC),
        part("b", nulls=NullsOrder.FIRST),
        part(expression="a + b"),
        include=["b"],
        method="gist",
        where="a > 0",
    )
    assert written_table(table("t", "a", "b", indexes=[built]))["indexes"] == [
        {
            "id": "t.index0",
            "parts": [
                {"columnId": "t.a", "order": "desc"},
                {"columnId": "t.b", "order": "asc", "nulls": "first"},
                {"expression": "a + b", "order": "asc"},
            ],
            "unique": False,
            "method": "gist",
            "where": "a > 0",
            "include": ["b"],
        }
    ]


def test_a_column_whose_name_is_taken_is_called_by_its_id() -> None:
    """A rule refuses the design, but nothing is mistaken until it does."""
    columns = [column("x", column_id="one"), column("x", column_id="two")]
    over_second = Index(id="i", parts=(IndexPart(column_id="two"),))
    raw = written_table(table("t", *columns, indexes=[over_second]))
    assert raw["indexes"][0]["columns"] == ["two"]


def test_foreign_keys_enums_and_namespaces_are_written() -> None:
    """Single columns in the form of version 1, several as lists; options where they say more."""
    design = definition(
        table("a", "x", "y", namespace="shop", primary_key=["x", "y"]),
        table("b", "x", "y"),
        foreign_keys=[
            foreign_key("b", "x", "a", "x", id="f1", name="given"),
            foreign_key(
                "b", ["x", "y"], "a", ["x", "y"], id="f2", deferrable=True, initially_deferred=True
            ),
        ],
        enums=[enum("mood", "sad", "glad", namespace="shop"), enum("other", "x")],
        namespaces=[Namespace(name="shop", description="Sales")],
    )
    raw = written(design)
    assert raw["tables"][0]["namespace"] == "shop"
    assert raw["foreignKeys"] == [
        {
            "id": "f1",
            "name": "given",
            "sourceTableId": "b",
            "sourceColumnId": "b.x",
            "targetTableId": "a",
            "targetColumnId": "a.x",
            "onDelete": "NO ACTION",
            "onUpdate": "NO ACTION",
        },
        {
            "id": "f2",
            "sourceTableId": "b",
            "sourceColumnIds": ["b.x", "b.y"],
            "targetTableId": "a",
            "targetColumnIds": ["a.x", "a.y"],
            "onDelete": "NO ACTION",
            "onUpdate": "NO ACTION",
            "deferrable": True,
            "initiallyDeferred": True,
        },
    ]
    assert raw["enums"] == [
        {
            "id": "mood",
            "name": "mood",
            "namespace": "shop",
            "values": ["sad", "glad"],
            "description": "",
        },
        {"id": "other", "name": "other", "values": ["x"], "description": ""},
    ]
    assert raw["namespaces"] == [{"name": "shop", "description": "Sales"}]
