"""What refers to tables, columns and enums."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.changes import ObjectKind
from core.definition.model import Check, Definition
from core.planning.dependencies import (
    ObjectNameUnreadableError,
    ObjectUnknownError,
    find_thing,
    split_name,
    uses_of,
)
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    part,
    table,
    type_of,
)


def _shop() -> Definition:
    return definition(
        table(
            "users",
            "id",
            column("email", "TEXT"),
            column("handle", "TEXT", generated="lower(email)"),
            column("age"),
            primary_key="id",
            uniques=["email"],
            checks=[Check(id="c", name="old_enough", expression="users.age > 17")],
            indexes=[
                index("email", name="a_key"),
                index(part(expression="lower(email)"), name="an_expression"),
                index("id", name="a_condition", where="email <> ''"),
                index("id", name="an_inclusion", include=["email"]),
                index("id", name="another"),
            ],
        ),
        table("posts", "id", "author", primary_key="id"),
        table(
            "orders",
            column("mood", type_of("ENUM", enum_id="mood")),
            column("feeling", "TEXT", default=expression("'ok'::mood::text")),
            column("broken", "TEXT", default=expression("'ok'::")),
            namespace="shop",
        ),
        foreign_keys=[foreign_key("posts", "author", "users", name="posts_author_fkey")],
        enums=[enum("mood", "ok")],
        namespaces=["shop"],
    )


def _told(name: str) -> list[tuple[str, str]]:
    shop = _shop()
    return [(use.name, use.how) for use in uses_of(shop, find_thing(shop, name))]


def test_a_column_is_used_by_everything_that_names_it() -> None:
    """Keys, expressions, predicates, generated columns and indexes, each with how."""
    assert _told("users.email") == [
        ("public.users.handle", "is generated from it"),
        ("public.users.users_email_key", "keeps it unique"),
        ("public.users.a_key", "has it as a key column"),
        ("public.users.an_expression", "has it in an expression"),
        ("public.users.a_condition", "has it in its condition"),
        ("public.users.an_inclusion", "carries it along"),
    ]


def test_a_key_column_is_used_by_foreign_keys_of_other_tables() -> None:
    """And by the primary key itself."""
    told = _told("public.users.id")
    assert told[0] == ("public.users.users_pkey", "has it as a key column")
    assert told[-1] == ("public.posts.posts_author_fkey", "refers to it")


def test_a_column_that_refers_is_used_by_its_own_foreign_key() -> None:
    """It says that it points away."""
    assert _told("posts.author") == [
        ("public.posts.posts_author_fkey", "refers from it to another column")
    ]


def test_a_column_in_a_check_is_found_behind_the_name_of_its_table() -> None:
    """Expressions are parsed, not searched for words."""
    assert _told("users.age") == [("public.users.old_enough", "checks it")]


def test_a_table_is_used_by_its_parts_and_by_foreign_keys_of_both_directions() -> None:
    """All of it is reached by a change of the table."""
    assert _told("users")[-1] == ("public.posts.posts_author_fkey", "refers to it")
    assert ("public.users.old_enough", "belongs to it") in _told("users")
    assert ("public.posts.posts_author_fkey", "belongs to it") in _told("posts")


def test_a_table_of_columns_alone_is_used_by_nothing() -> None:
    """It has no parts, and nobody refers to it."""
    assert _told("shop.orders") == []


def test_an_enum_is_used_by_columns_of_its_type_and_by_expressions() -> None:
    """An expression that cannot be read names nothing."""
    assert _told("mood") == [
        ("shop.orders.mood", "is of this type"),
        ("shop.orders.feeling", "has it in an expression"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("users", ObjectKind.TABLE, "public.users"),
        ("shop.orders", ObjectKind.TABLE, "shop.orders"),
        ("users.email", ObjectKind.COLUMN, "public.users.email"),
        ("shop.orders.mood", ObjectKind.COLUMN, "shop.orders.mood"),
        ('"users"."email"', ObjectKind.COLUMN, "public.users.email"),
        ("mood", ObjectKind.ENUM, "public.mood"),
        ("public.mood", ObjectKind.ENUM, "public.mood"),
    ],
)
def test_names_find_tables_columns_and_enums(name: str, kind: ObjectKind, found: str) -> None:
    """The namespace may be left out where it is the default one."""
    thing = find_thing(_shop(), name)
    assert (thing.kind, thing.name) == (kind, found)


def test_a_table_in_a_namespace_comes_before_a_column_of_the_same_name() -> None:
    """The column can still be asked for with all its names."""
    both = _shop()
    both = replace(both, tables=(*both.tables, table("shop", "orders")))
    assert find_thing(both, "shop.orders").kind is ObjectKind.TABLE
    assert find_thing(both, "public.shop.orders").kind is ObjectKind.COLUMN


@pytest.mark.parametrize("name", ["nothing", "users.nothing", "shop.nothing.x", "public.x"])
def test_an_unknown_name_is_said_to_be_unknown(name: str) -> None:
    """So that nobody takes an empty answer for the truth."""
    with pytest.raises(ObjectUnknownError):
        find_thing(_shop(), name)


@pytest.mark.parametrize(
    "name", ["", ".", "a.", ".a", "a..b", 'a"b', '"a', '"a"b', '""', "a.b.c.d", '"a".']
)
def test_a_text_that_is_no_name_is_refused(name: str) -> None:
    """At most three names, none of them empty."""
    with pytest.raises(ObjectNameUnreadableError):
        split_name(name)


def test_quotation_marks_keep_dots_and_double_themselves() -> None:
    """As SQL has it."""
    assert split_name('"a.b"."c""d".e') == ("a.b", 'c"d', "e")
