"""Reading of documents: what is understood."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.definition.document import (
    Document,
)
from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    NullsOrder,
    Position,
    PrimaryKey,
    ReferentialAction,
    SortOrder,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from tests.unit.definition.document_inputs import (
    column_of,
    read,
    two_columns,
    with_table,
)

VERSION_1 = {
    "name": "my_blog",
    "description": "A blog",
    "tables": [
        {
            "id": "users_table",
            "name": "users",
            "position": {"x": 100, "y": Decimal("100.5")},
            "columns": [
                {
                    "id": "user_id",
                    "name": "id",
                    "dataType": "INT",
                    "length": 255,
                    "precision": 10,
                    "scale": 2,
                    "nullable": False,
                    "primaryKey": True,
                    "autoIncrement": True,
                    "unique": False,
                    "defaultValue": None,
                    "description": "Key",
                },
                {"id": "user_email", "name": "email", "dataType": "VARCHAR", "unique": True},
            ],
            "indexes": [{"name": "ix_users_email", "columns": ["email"], "unique": False}],
        }
    ],
    "foreignKeys": [
        {
            "id": "fk1",
            "name": "itself",
            "sourceTableId": "users_table",
            "sourceColumnId": "user_email",
            "targetTableId": "users_table",
            "targetColumnId": "user_id",
            "onDelete": "CASCADE",
            "onUpdate": "NO ACTION",
        }
    ],
}


def test_a_document_of_version_1_is_read_whole() -> None:
    """The form that the designer sends keeps its meaning, with ids made where missing."""
    assert read(VERSION_1) == Document(
        name="my_blog",
        description="A blog",
        definition=Definition(
            tables=(
                Table(
                    id="users_table",
                    name="users",
                    position=Position(x=100.0, y=100.5),
                    columns=(
                        Column(
                            id="user_id",
                            name="id",
                            type=ColumnType(
                                data_type=DataType.INT, length=255, precision=10, scale=2
                            ),
                            nullable=False,
                            identity=IdentityKind.BY_DEFAULT,
                            description="Key",
                        ),
                        Column(
                            id="user_email",
                            name="email",
                            type=ColumnType(data_type=DataType.VARCHAR),
                        ),
                    ),
                    primary_key=PrimaryKey(column_ids=("user_id",)),
                    uniques=(Unique(id="user_email.unique", column_ids=("user_email",)),),
                    indexes=(
                        Index(
                            id="made1",
                            name="ix_users_email",
                            parts=(IndexPart(column_id="user_email"),),
                        ),
                    ),
                ),
            ),
            foreign_keys=(
                ForeignKey(
                    id="fk1",
                    name="itself",
                    source_table_id="users_table",
                    source_column_ids=("user_email",),
                    target_table_id="users_table",
                    target_column_ids=("user_id",),
                    on_delete=ReferentialAction.CASCADE,
                ),
            ),
        ),
    )


def test_every_addition_is_read() -> None:
    """What version 1 could not say is read as well."""
    document = read(
        {
            "name": "n",
            "namespaces": [{"name": "shop", "description": "Sales"}],
            "enums": [
                {"id": "e", "name": "mood", "namespace": "shop", "values": ["sad", "glad"]},
                {"name": "other", "values": []},
            ],
            "tables": [
                {
                    "id": "t",
                    "name": "t",
                    "namespace": "shop",
                    "description": "d",
                    "color": "#fff",
                    "primaryKey": {"name": "pk", "columnIds": ["b", "a"]},
                    "columns": [
                        {"id": "a", "name": "a", "dataType": "INT", "identity": "always"},
                        {"id": "b", "name": "b", "nativeType": "inet", "primaryKey": True},
                        {"id": "m", "name": "m", "dataType": "ENUM", "enumId": "e"},
                        {"id": "g", "name": "g", "dataType": "INT", "generatedExpression": "a"},
                        {"id": "d", "name": "d", "dataType": "INT", "defaultExpression": "1"},
                        {"id": "v", "name": "v", "dataType": "JSON", "defaultValue": {"a": [1]}},
                    ],
                    "uniques": [{"id": "u", "name": "un", "columnIds": ["a", "m"]}],
                    "checks": [{"id": "k", "name": "kn", "expression": "a > 0"}],
                    "indexes": [
                        {
                            "id": "i",
                            "unique": True,
                            "method": "gist",
                            "where": "a > 1",
                            "include": ["m", "nowhere"],
                            "parts": [
                                {"columnId": "a", "order": "desc", "nulls": "last"},
                                {"expression": "lower(b)"},
                            ],
                        }
                    ],
                }
            ],
            "foreignKeys": [
                {
                    "id": "f",
                    "sourceTableId": "t",
                    "sourceColumnIds": ["a", "b"],
                    "targetTableId": "t",
                    "targetColumnIds": ["b", "a"],
                    "deferrable": True,
                    "initiallyDeferred": True,
                }
            ],
        }
    )
    number = ColumnType(data_type=DataType.INT)
    assert document.definition == Definition(
        namespaces=(Namespace(name="shop", description="Sales"),),
        enums=(
            Enum(id="e", name="mood", namespace="shop", values=("sad", "glad")),
            Enum(id="made1", name="other", values=()),
        ),
        tables=(
            Table(
                id="t",
                name="t",
                namespace="shop",
                description="d",
                color="#fff",
                primary_key=PrimaryKey(name="pk", column_ids=("b", "a")),
                columns=(
                    Column(
                        id="a",
                        name="a",
                        type=number,
                        nullable=False,
                        identity=IdentityKind.ALWAYS,
                    ),
                    Column(
                        id="b",
                        name="b",
                        type=ColumnType(data_type=DataType.NATIVE, native="inet"),
                        nullable=False,
                    ),
                    Column(id="m", name="m", type=ColumnType(data_type=DataType.ENUM, enum_id="e")),
                    Column(id="g", name="g", type=number, generated="a"),
                    Column(id="d", name="d", type=number, default=ExpressionDefault(sql="1")),
                    Column(
                        id="v",
                        name="v",
                        type=ColumnType(data_type=DataType.JSON),
                        default=LiteralDefault(json='{"a":[1]}'),
                    ),
                ),
                uniques=(Unique(id="u", name="un", column_ids=("a", "m")),),
                checks=(Check(id="k", name="kn", expression="a > 0"),),
                indexes=(
                    Index(
                        id="i",
                        unique=True,
                        method="gist",
                        where="a > 1",
                        include_column_ids=("m", "nowhere"),
                        parts=(
                            IndexPart(column_id="a", order=SortOrder.DESC, nulls=NullsOrder.LAST),
                            IndexPart(expression="lower(b)"),
                        ),
                    ),
                ),
            ),
        ),
        foreign_keys=(
            ForeignKey(
                id="f",
                source_table_id="t",
                source_column_ids=("a", "b"),
                target_table_id="t",
                target_column_ids=("b", "a"),
                deferrable=True,
                initially_deferred=True,
            ),
        ),
    )


@pytest.mark.parametrize(
    "default",
    [0, -1, False, "", "text", [], {"a": None}, Decimal("1.50"), 1.5, 10**100, 2.5e-300],
    ids=repr,
)
def test_every_json_literal_can_be_a_default(default: object) -> None:
    """Whether it fits the type is not the reader's affair."""
    assert isinstance(column_of(defaultValue=default).default, LiteralDefault)


def test_numbers_of_a_default_keep_every_digit() -> None:
    """Neither zeros nor digits beyond binary floating point are lost."""
    number = Decimal("0.1000000000000000000000000010")
    assert column_of(defaultValue=number).default == LiteralDefault(json=str(number))


@pytest.mark.parametrize(
    ("fields", "nullable"),
    [
        ({}, True),
        ({"nullable": False}, False),
        ({"primaryKey": True}, False),
        ({"autoIncrement": True}, False),
        ({"autoIncrement": True, "nullable": True}, True),
    ],
    ids=["nothing said", "said", "under a primary key", "counting up", "counting up and said"],
)
def test_what_is_not_said_of_null_follows_from_the_rest(
    fields: dict[str, Any], nullable: object
) -> None:
    """A key and a column that counts up are never null by themselves."""
    assert column_of(**fields).nullable is nullable


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({}, None),
        ({"autoIncrement": False}, None),
        ({"autoIncrement": True}, IdentityKind.BY_DEFAULT),
        ({"autoIncrement": True, "identity": "always"}, IdentityKind.ALWAYS),
        ({"identity": "by_default"}, IdentityKind.BY_DEFAULT),
    ],
)
def test_counting_up_is_said_in_two_ways(
    fields: dict[str, Any], identity: IdentityKind | None
) -> None:
    """The old flag means the milder kind."""
    assert column_of(**fields).identity is identity


def test_the_enum_of_a_column_may_be_missing() -> None:
    """A rule reports it; reading must go on."""
    assert column_of(dataType="ENUM").type == ColumnType(data_type=DataType.ENUM)


def test_flags_make_a_key_in_the_order_of_the_columns() -> None:
    """A composite key needs no more than flags."""
    raw = two_columns({"primaryKey": True}, {"primaryKey": True})
    assert read(raw).definition.tables[0].primary_key == PrimaryKey(column_ids=("a", "b"))


def test_a_listed_key_says_the_order() -> None:
    """Columns of a listed key need no flag, and are not nullable."""
    table = read(two_columns({}, {}, primaryKey={"columnIds": ["b", "a"]})).definition.tables[0]
    assert table.primary_key == PrimaryKey(column_ids=("b", "a"))
    assert [column.nullable for column in table.columns] == [False, False]


def test_an_index_calls_columns_by_name_or_id() -> None:
    """The name wins, and what is neither is left for a rule."""
    columns = [
        {"id": "one", "name": "two", "dataType": "INT"},
        {"id": "two", "name": "three", "dataType": "INT"},
        {"id": "four", "name": "five", "dataType": "INT"},
    ]
    raw = with_table(columns=columns, indexes=[{"columns": ["two", "three", "four", "none"]}])
    parts = read(raw).definition.tables[0].indexes[0].parts
    assert [part.column_id for part in parts] == ["one", "two", "four", "none"]


def test_designs_that_only_rules_refuse_are_read() -> None:
    """No tables, empty names and references to nothing are told by the rules."""
    assert read({"name": "n", "tables": []}).definition == Definition(tables=())
    (empty,) = read(with_table(name="", primaryKey={"columnIds": ["nothing"]})).definition.tables
    assert (empty.name, empty.columns) == ("", ())
