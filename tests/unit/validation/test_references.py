"""Rules about foreign keys, each for itself."""

from __future__ import annotations

import pytest

from core.definition.model import Definition, ForeignKey, Index, ReferentialAction
from core.definition.types import ColumnType
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    native,
    table,
    type_of,
)
from tests.unit.validation.case import Case, no, parameters, yes

FK = "foreignKeys[0]"
MANY = [f"c{place}" for place in range(33)]
CASCADE = ReferentialAction.CASCADE
SET_NULL = ReferentialAction.SET_NULL
SET_DEFAULT = ReferentialAction.SET_DEFAULT

USERS = table("users", "id", "name", primary_key="id")
PAIRS = table("pairs", "a", "b", primary_key=["a", "b"])
POSTS = table(
    "posts",
    "id",
    "user_id",
    column("owner_id", nullable=False),
    column("made", generated="1"),
    column("given", nullable=False, default=expression("1")),
    primary_key="id",
)


def keys(*foreign_keys: ForeignKey) -> Definition:
    """Build users, posts and pairs with these foreign keys."""
    return definition(USERS, POSTS, PAIRS, foreign_keys=foreign_keys)


def typed(source: ColumnType, target: ColumnType) -> Definition:
    """Build a foreign key between columns of two types."""
    return definition(
        table("u", column("id", target), primary_key="id"),
        table("p", column("u_id", source)),
        foreign_keys=[foreign_key("p", "u_id", "u")],
        enums=[enum("e", "a"), enum("f", "a")],
    )


def indexed(*indexes: Index) -> Definition:
    """Build a foreign key from a table with these indexes."""
    return definition(
        USERS,
        table("p", "x", "u_id", indexes=indexes),
        foreign_keys=[foreign_key("p", "u_id", "users")],
    )


TO_USER = foreign_key("posts", "user_id", "users")

CASES = (
    yes(
        "FOREIGN_KEY_TABLE_MISSING",
        "neither end is there",
        keys(foreign_key("x", "a", "y")),
        f"{FK}.sourceTableId",
        f"{FK}.targetTableId",
    ),
    no("FOREIGN_KEY_TABLE_MISSING", "both are", keys(TO_USER)),
    yes(
        "FOREIGN_KEY_COLUMN_MISSING",
        "one, and two of several",
        keys(
            foreign_key("posts", "x", "users", "id"),
            foreign_key("pairs", ["a", "y"], "pairs", ["b", "z"]),
        ),
        f"{FK}.sourceColumnId",
        "foreignKeys[1].sourceColumnIds[1]",
        "foreignKeys[1].targetColumnIds[1]",
    ),
    no(
        "FOREIGN_KEY_COLUMN_MISSING", "all are there", keys(TO_USER, foreign_key("x", "a", "users"))
    ),
    yes(
        "FOREIGN_KEY_COLUMN_COUNT",
        "none, different numbers and too many",
        definition(
            table("t", *MANY, uniques=[MANY]),
            foreign_keys=[
                foreign_key("t", [], "t", []),
                foreign_key("t", MANY[:2], "t", MANY[:1]),
                foreign_key("t", MANY, "t", MANY),
            ],
        ),
        *(f"foreignKeys[{place}]" for place in range(3)),
    ),
    no("FOREIGN_KEY_COLUMN_COUNT", "one", keys(TO_USER)),
    yes(
        "FOREIGN_KEY_COLUMN_REPEATED",
        "twice on both sides",
        keys(foreign_key("posts", ["id", "id"], "pairs", ["a", "a"])),
        f"{FK}.sourceColumnIds",
        f"{FK}.targetColumnIds",
    ),
    no(
        "FOREIGN_KEY_COLUMN_REPEATED",
        "once",
        keys(foreign_key("pairs", ["b", "a"], "pairs", ["a", "b"])),
    ),
    *(
        yes("FOREIGN_KEY_TYPE_MISMATCH", claim, typed(source, target), FK)
        for claim, source, target in (
            ("text to number", type_of("TEXT"), type_of("INT")),
            ("number to decimal", type_of("INT"), type_of("DECIMAL")),
            ("an array", native("int[]"), type_of("INT")),
            ("two enums", type_of("ENUM", enum_id="e"), type_of("ENUM", enum_id="f")),
            ("times", type_of("TIMESTAMP"), type_of("TIMESTAMPTZ")),
        )
    ),
    *(
        no("FOREIGN_KEY_TYPE_MISMATCH", claim, typed(source, target))
        for claim, source, target in (
            ("the same", type_of("UUID"), type_of("UUID")),
            ("two sizes", type_of("SMALLINT"), type_of("BIGINT")),
            ("a native word for it", native("integer"), type_of("INT")),
            ("two words for it", type_of("NUMERIC"), type_of("DECIMAL")),
            ("a type nobody knows", native("x"), type_of("INT")),
        )
    ),
    *(
        yes("FOREIGN_KEY_TYPE_DIFFERS", claim, typed(source, target), FK)
        for claim, source, target in (
            ("smaller", type_of("INT"), type_of("BIGINT")),
            ("shorter", type_of("VARCHAR", length=5), type_of("VARCHAR", length=9)),
            ("an array of characters", native("varchar(3)[]"), native("varchar(4)[]")),
        )
    ),
    no("FOREIGN_KEY_TYPE_DIFFERS", "the same", typed(native("int4"), type_of("INTEGER"))),
    no(
        "FOREIGN_KEY_TYPE_DIFFERS",
        "a mismatch is another rule's",
        typed(type_of("TEXT"), type_of("INT")),
    ),
    yes(
        "FOREIGN_KEY_TARGET_NOT_UNIQUE",
        "any column, part of a key, and partial or computed uniqueness",
        definition(
            POSTS,
            PAIRS,
            table(
                "t",
                *("a", "b"),
                indexes=[index("a", unique=True, where="b > 0"), index("b")],
            ),
            foreign_keys=[
                foreign_key("posts", "id", "pairs", "a"),
                foreign_key("posts", "id", "t", "a"),
                foreign_key("posts", "id", "t", "b"),
            ],
        ),
        *(f"foreignKeys[{place}].targetTableId" for place in range(3)),
    ),
    no(
        "FOREIGN_KEY_TARGET_NOT_UNIQUE",
        "a key in any order, a unique constraint, a unique index, and no table at all",
        definition(
            POSTS,
            PAIRS,
            table("t", "a", "b", uniques=["a"], indexes=[index("b", unique=True)]),
            foreign_keys=[
                foreign_key("posts", ["id", "user_id"], "pairs", ["b", "a"]),
                foreign_key("posts", "id", "t", "a"),
                foreign_key("posts", "id", "t", "b"),
                foreign_key("posts", "id", "nowhere", "b"),
            ],
        ),
    ),
    yes(
        "FOREIGN_KEY_SET_NULL_REFUSED",
        "a column that refuses it",
        keys(
            foreign_key("posts", "owner_id", "users", on_delete=SET_NULL),
            foreign_key("posts", "id", "users", on_update=SET_NULL),
        ),
        FK,
        "foreignKeys[1]",
    ),
    no(
        "FOREIGN_KEY_SET_NULL_REFUSED",
        "a nullable column, another action, no column",
        keys(
            foreign_key("posts", "user_id", "users", on_delete=SET_NULL),
            foreign_key("posts", "owner_id", "users", on_delete=CASCADE),
            foreign_key("posts", "x", "users", on_delete=SET_NULL),
        ),
    ),
    yes(
        "FOREIGN_KEY_SET_DEFAULT_REFUSED",
        "no default and no NULL",
        keys(foreign_key("posts", "owner_id", "users", on_delete=SET_DEFAULT)),
        FK,
    ),
    no(
        "FOREIGN_KEY_SET_DEFAULT_REFUSED",
        "a default, or NULL",
        keys(
            foreign_key("posts", "given", "users", on_delete=SET_DEFAULT),
            foreign_key("posts", "user_id", "users", on_update=SET_DEFAULT),
        ),
    ),
    yes(
        "FOREIGN_KEY_SET_DEFAULT_EMPTY",
        "no default",
        keys(foreign_key("posts", "user_id", "users", on_update=SET_DEFAULT)),
        FK,
    ),
    no(
        "FOREIGN_KEY_SET_DEFAULT_EMPTY",
        "a default, or an error that another rule tells",
        keys(
            foreign_key("posts", "given", "users", on_delete=SET_DEFAULT),
            foreign_key("posts", "owner_id", "users", on_delete=SET_DEFAULT),
        ),
    ),
    yes(
        "FOREIGN_KEY_ACTION_ON_GENERATED",
        "a computed column would change",
        keys(
            foreign_key("posts", "made", "users", on_delete=SET_NULL),
            foreign_key("posts", "made", "users", on_update=CASCADE),
        ),
        FK,
        "foreignKeys[1]",
    ),
    no(
        "FOREIGN_KEY_ACTION_ON_GENERATED",
        "rows go, or another column changes",
        keys(
            foreign_key("posts", "made", "users", on_delete=CASCADE),
            foreign_key("posts", "user_id", "users", on_update=CASCADE),
        ),
    ),
    yes(
        "FOREIGN_KEY_NEVER_DEFERRED",
        "deferred and not deferrable",
        keys(foreign_key("posts", "user_id", "users", initially_deferred=True)),
        f"{FK}.initiallyDeferred",
    ),
    no(
        "FOREIGN_KEY_NEVER_DEFERRED",
        "both",
        keys(foreign_key("posts", "user_id", "users", initially_deferred=True, deferrable=True)),
    ),
    yes(
        "FOREIGN_KEY_REPEATED",
        "the same again",
        keys(TO_USER, foreign_key("posts", "user_id", "users", id="x", on_delete=CASCADE)),
        "foreignKeys[1]",
    ),
    no(
        "FOREIGN_KEY_REPEATED",
        "another column",
        keys(TO_USER, foreign_key("posts", "owner_id", "users")),
    ),
    yes("FOREIGN_KEY_WITHOUT_INDEX", "none", indexed(), FK),
    yes(
        "FOREIGN_KEY_WITHOUT_INDEX",
        "one that cannot find rows by it",
        indexed(index("x", "u_id"), index("u_id", method="brin"), index("u_id", where="x > 0")),
        FK,
    ),
    no("FOREIGN_KEY_WITHOUT_INDEX", "one that begins with it", indexed(index("u_id", "x"))),
    no(
        "FOREIGN_KEY_WITHOUT_INDEX",
        "the key, in any order",
        keys(foreign_key("pairs", ["b", "a"], "pairs", ["a", "b"])),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_references(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()


def test_a_named_foreign_key_is_called_by_its_name() -> None:
    """The sentence helps to find the key."""
    named = keys(foreign_key("posts", "x", "users", name="posts_owner"))
    yes("FOREIGN_KEY_COLUMN_MISSING", "named", named, f"{FK}.sourceColumnId").try_out()
