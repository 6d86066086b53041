"""Differences between two definitions, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import (
    Definition,
    IdentityKind,
    Namespace,
    NullsOrder,
    ReferentialAction,
    SortOrder,
)
from core.planning.comparison import differences
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

USERS = table("users", "id", "name", primary_key="id")


def test_the_same_design_in_other_words_does_not_differ() -> None:
    """Comparison is by meaning."""
    assert differences(definition(USERS), definition(replace(USERS, id="other"))) == ()


@pytest.mark.parametrize(
    ("expected", "found", "sentence"),
    [
        (definition(USERS), definition(), "The table public.users is missing."),
        (definition(), definition(USERS), "The table public.users was not expected."),
        (
            definition(table("t", "a")),
            definition(table("t", "a", description="x")),
            "The table public.t has another description: expected none, found 'x'.",
        ),
        (
            definition(table("t", "a", "b")),
            definition(table("t", "a")),
            "The column public.t.b is missing.",
        ),
        (
            definition(table("t", column("a", type_of("VARCHAR", length=9)))),
            definition(table("t", column("a", native("citext")))),
            "The column public.t.a has another type: expected VARCHAR(9), found citext.",
        ),
        (
            definition(table("t", column("a", type_of("ENUM", enum_id="mood")))),
            definition(table("t", column("a", type_of("DECIMAL", precision=5, scale=2)))),
            "The column public.t.a has another type: expected ENUM mood, found DECIMAL(5, 2).",
        ),
        (
            definition(table("t", column("a", nullable=False))),
            definition(table("t", column("a"))),
            "The column public.t.a has another nullability: expected not nullable, found nullable.",
        ),
        (
            definition(table("t", column("a", default=literal(5)))),
            definition(table("t", column("a", default=expression("5")))),
            "The column public.t.a has another default: expected the literal 5, found 5.",
        ),
        (
            definition(table("t", column("a", nullable=False))),
            definition(table("t", column("a", identity=IdentityKind.ALWAYS))),
            "The column public.t.a has another identity: expected none, found always.",
        ),
        (
            definition(table("t", column("a", generated="1"))),
            definition(table("t", column("a", generated="2" * 400))),
            (
                "The column public.t.a has another generated expression:"
                f" expected 1, found {'2' * 300}…."
            ),
        ),
        (
            definition(table("t", "a", "b", primary_key=["a", "b"])),
            definition(table("t", "a", "b", primary_key=["b", "a"])),
            (
                "The primary key of public.t has another list of columns:"
                " expected (public.t.a, public.t.b), found (public.t.b, public.t.a)."
            ),
        ),
        (
            definition(table("t", "a", uniques=["a"])),
            definition(table("t", "a")),
            "The unique constraint public.t.t_a_key is missing.",
        ),
        (
            definition(table("t", "a", checks=["a > 0"])),
            definition(table("t", "a", checks=["a > 1"])),
            (
                "The check constraint public.t.t_a_check has another expression:"
                " expected a > 0, found a > 1."
            ),
        ),
        (
            definition(table("t", "a", indexes=[index("a", name="i")])),
            definition(table("t", "a", indexes=[index("a", name="i", method="hash")])),
            "The index public.t.i has another method: expected btree, found hash.",
        ),
        (
            definition(table("t", "a", indexes=[index("a", name="i", unique=True)])),
            definition(table("t", "a", indexes=[index("a", name="i")])),
            "The index public.t.i has another uniqueness: expected unique, found not unique.",
        ),
        (
            definition(table("t", "a", indexes=[index(part("a", order=SortOrder.DESC), name="i")])),
            definition(
                table(
                    "t",
                    "a",
                    indexes=[
                        index(
                            part("a", nulls=NullsOrder.FIRST),
                            part(expression="a + 1", order=SortOrder.DESC, nulls=NullsOrder.LAST),
                            name="i",
                        )
                    ],
                )
            ),
            (
                "The index public.t.i has another list of parts: expected (public.t.a descending),"
                " found (public.t.a nulls first, a + 1 descending nulls last)."
            ),
        ),
        (
            definition(enums=[enum("mood", "sad")]),
            definition(enums=[enum("mood", "sad", "it's")]),
            (
                "The enum public.mood has another list of values:"
                """ expected ('sad'), found ('sad', "it's")."""
            ),
        ),
        (
            definition(namespaces=[Namespace(name="Shop", description="x")]),
            definition(namespaces=["Shop"]),
            """The namespace "Shop" has another description: expected 'x', found none.""",
        ),
    ],
)
def test_each_difference_is_told(expected: Definition, found: Definition, sentence: str) -> None:
    """In one sentence that names the thing and both sides."""
    assert differences(expected, found) == (sentence,)


def test_differences_of_foreign_keys_are_told() -> None:
    """One sentence for each fact."""
    posts = table("posts", "user_id")
    plain = foreign_key("posts", "user_id", "users")
    other = replace(
        plain,
        on_delete=ReferentialAction.CASCADE,
        on_update=ReferentialAction.RESTRICT,
        deferrable=True,
    )
    deferred = replace(plain, initially_deferred=True)
    name = "foreign key public.posts.posts_user_id_fkey"
    design = definition(USERS, posts, foreign_keys=[plain])
    assert differences(design, replace(design, foreign_keys=(other,))) == (
        f"The {name} has another action on delete: expected NO ACTION, found CASCADE.",
        f"The {name} has another action on update: expected NO ACTION, found RESTRICT.",
        f"The {name} has another deferrability: expected not deferrable, found deferrable.",
    )
    assert differences(design, replace(design, foreign_keys=(deferred,))) == (
        f"The {name} has another deferrability: expected not deferrable, found initially deferred.",
    )
    assert differences(design, replace(design, foreign_keys=())) == (f"The {name} is missing.",)


def test_a_missing_table_is_told_without_its_parts() -> None:
    """What stood on it is gone with it."""
    posts = table("posts", "user_id", checks=["true"])
    key = foreign_key("posts", "user_id", "users")
    both = definition(USERS, posts, foreign_keys=[key])
    assert differences(both, definition(USERS)) == ("The table public.posts is missing.",)


def test_things_of_one_name_are_counted() -> None:
    """A design that no server could hold is compared all the same."""
    twice = definition(enums=[enum("mood", "a"), replace(enum("mood", "b"), id="again")])
    assert differences(twice, definition(enums=[enum("mood", "a")])) == (
        "The enum public.mood (number 2) is missing.",
    )


def test_equal_words_do_not_hide_a_difference() -> None:
    """An expression can read like the word for nothing."""
    one = definition(table("t", column("a", default=expression("none"))))
    assert differences(one, definition(table("t", "a"))) == (
        "The definitions differ in a way that words cannot show.",
    )
