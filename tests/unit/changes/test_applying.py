"""What changes refuse to apply to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.changes import (
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddPrimaryKey,
    AddTable,
    AddUnique,
    Change,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeDoesNotApplyError,
    DescribeNamespace,
    DropColumn,
    DropEnum,
    DropForeignKey,
    DropNamespace,
    DropPrimaryKey,
    DropTable,
    RenameColumn,
    RenameTable,
    TableName,
)
from core.definition.model import (
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    PrimaryKey,
    Unique,
)
from core.definition.types import ColumnType, DataType
from tests.builders import column, definition, table

MOOD = Enum(id="mood", name="mood", values=("good",), namespace="app")
OF_MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
OF_NOTHING = ColumnType(data_type=DataType.ENUM, enum_id="nothing")
REFERENCE = ForeignKey(
    id="f",
    source_table_id="posts",
    source_column_ids=("posts.author",),
    target_table_id="users",
    target_column_ids=("users.id",),
)
USERS = table(
    "users",
    column("id", nullable=False),
    column("mood", OF_MOOD),
    column("mail"),
    column("tag"),
    primary_key="id",
    uniques=[Unique(id="u", column_ids=("users.mail",), name="u")],
    indexes=[Index(id="i", parts=(IndexPart(column_id="users.tag"),), name="i")],
)
POSTS = table("posts", "author", "id")
STATE = definition(
    USERS, POSTS, foreign_keys=[REFERENCE], enums=[MOOD], namespaces=["app", "empty"]
)
U, P = TableName.of(USERS), TableName.of(POSTS)
GHOST = TableName(id="ghost", namespace="public", name="ghost")
KEY = PrimaryKey(column_ids=("posts.id",), name="k")
ID, MOOD_COLUMN, MAIL, TAG = USERS.columns
AUTHOR = POSTS.columns[0]


def of(owner: Column, column_type: ColumnType) -> Column:
    """Give a column another type."""
    return column(owner.name, column_type, column_id=owner.id)


REFUSED: dict[str, Change] = {
    "namespace twice": AddNamespace(namespace=Namespace(name="app")),
    "namespace unknown": DropNamespace(namespace=Namespace(name="other")),
    "namespace in use": DropNamespace(namespace=Namespace(name="app")),
    "comment on nothing": DescribeNamespace(
        before=Namespace(name="x"), after=Namespace(name="x", description="y")
    ),
    "enum twice": AddEnum(enum=MOOD),
    "enum nowhere": AddEnum(enum=Enum(id="e", name="e", values=("a",), namespace="other")),
    "enum in use": DropEnum(enum=MOOD),
    "enum unknown": DropEnum(enum=Enum(id="e", name="e", values=())),
    "table twice": AddTable(table=USERS),
    "table of an unknown enum": AddTable(table=table("new", column("a", OF_NOTHING))),
    "table nowhere": RenameTable(before=U, after=TableName(id="users", namespace="x", name="y")),
    "table unknown": RenameTable(before=GHOST, after=GHOST),
    "table in use": DropTable(table=USERS),
    "column twice": AddColumn(table=U, column=ID),
    "column unknown": RenameColumn(table=U, column_id="users.x", before="x", after="y"),
    "column of a key": DropColumn(table=U, column=ID),
    "column of a unique": DropColumn(table=U, column=MAIL),
    "column of an index": DropColumn(table=U, column=TAG),
    "column that refers": DropColumn(table=P, column=AUTHOR),
    "type of an unknown enum": ChangeColumnType(table=U, before=TAG, after=of(TAG, OF_NOTHING)),
    "null in a key": ChangeColumnNullability(
        table=U, before=ID, after=column("id", column_id="users.id")
    ),
    "null in no table": ChangeColumnNullability(table=GHOST, before=ID, after=ID),
    "key twice": AddPrimaryKey(table=U, key=KEY),
    "key over null": AddPrimaryKey(table=P, key=KEY),
    "key unknown": DropPrimaryKey(table=P, key=KEY),
    "unique over nothing": AddUnique(table=P, unique=Unique(id="v", column_ids=("posts.x",))),
    "index over nothing": AddIndex(
        table=P, index=Index(id="j", parts=(IndexPart(column_id="posts.x"),))
    ),
    "foreign key unknown": DropForeignKey(
        table=P, target=U, foreign_key=replace(REFERENCE, id="g")
    ),
    "foreign key to nothing": AddForeignKey(
        table=P,
        target=GHOST,
        foreign_key=replace(REFERENCE, id="g", target_table_id="ghost"),
    ),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_change_refuses_what_it_does_not_fit(change: Change) -> None:
    """A change in a wrong place is an error and never a wrong definition."""
    with pytest.raises(ChangeDoesNotApplyError):
        change.apply(STATE)


def test_the_default_namespace_can_be_described_without_being_listed() -> None:
    """The namespace that is always there can get a comment."""
    after = Namespace(name="public", description="All of it.")
    change = DescribeNamespace(before=Namespace(name="public"), after=after)
    assert after in change.apply(STATE).namespaces


def test_the_error_names_the_thing() -> None:
    """A reader learns what does not fit."""
    with pytest.raises(ChangeDoesNotApplyError) as caught:
        DropPrimaryKey(table=P, key=KEY).apply(STATE)
    assert caught.value.message == "The primary key posts is not there."
