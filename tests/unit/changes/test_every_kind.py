"""One design before and after in which everything changes that can."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from core.changes import Change, apply_all, inverse_of_all
from core.changes.codec import change_from_json, change_to_json
from core.definition.canonical import canonical
from core.definition.model import (
    Check,
    Enum,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    Namespace,
    PrimaryKey,
    ReferentialAction,
    Table,
    Unique,
)
from core.planning.diff import diff
from core.planning.settling import settle
from tests.builders import column, definition, literal, table


def key(number: int, **fields: object) -> ForeignKey:
    """Build a foreign key of the posts to the users."""
    given = {"name": f"fk{number}", "source_table_id": "posts", "target_table_id": "users"}
    return ForeignKey(
        id=f"fk{number}",
        source_column_ids=(f"posts.user{number}",),
        target_column_ids=("users.id",),
        **{**given, **fields},  # type: ignore[arg-type] # fields of a foreign key
    )


def index(number: int, **fields: object) -> Index:
    """Build an index of the users."""
    given = {"name": f"i{number}", "parts": (IndexPart(column_id="users.id"),)}
    return Index(id=f"i{number}", **{**given, **fields})  # type: ignore[arg-type] # fields of an index


def keyed(name: str, key_column: str, key_name: str) -> Table:
    """Build a table of two columns with a key over one of them."""
    columns = [column(each, nullable=False) for each in ("a", "b")]
    primary_key = PrimaryKey(column_ids=(f"{name}.{key_column}",), name=key_name)
    return replace(table(name, *columns), primary_key=primary_key)


REFERRING = [column(f"user{number}") for number in range(1, 5)]

BEFORE = definition(
    table(
        "users",
        column("id", nullable=False),
        column("gone", "TEXT"),
        column("old_name"),
        column("typed"),
        column("loose"),
        column("given"),
        column("counting", nullable=False),
        column("made"),
        column("told"),
        column("known"),
        primary_key="id",
        uniques=[
            Unique(id="u1", name="u1", column_ids=("users.given",)),
            Unique(id="u2", name="u2", column_ids=("users.told",)),
            Unique(id="u3", name="u3", column_ids=("users.known",)),
        ],
        checks=[
            Check(id="c1", name="c1", expression="true"),
            Check(id="c2", name="c2", expression="1 = 1"),
            Check(id="c3", name="c3", expression="2 = 2"),
        ],
        indexes=[index(1), index(2, where="true"), index(3, unique=True)],
    ),
    table("posts", *REFERRING, description="Old."),
    table("unkeyed", "a"),
    table("dropped", "a"),
    keyed("renamed_key", "a", "old_key"),
    keyed("rekeyed", "a", "key"),
    table("keyed", "a", primary_key="a"),
    enums=[
        Enum(id="e1", name="gone", values=("a",)),
        Enum(id="e2", name="mood", values=("a", "b")),
    ],
    foreign_keys=[key(1), key(2), key(3), key(4)],
    namespaces=[Namespace(name="left"), Namespace(name="described")],
)
"""The design before."""

AFTER = definition(
    table(
        "people",
        column("id", column_id="users.id", nullable=False),
        column("come", "BIGINT", column_id="users.come"),
        column("new_name", column_id="users.old_name"),
        column("typed", "BIGINT", column_id="users.typed"),
        column("loose", column_id="users.loose", nullable=False),
        column("given", column_id="users.given", default=literal(1)),
        column(
            "counting",
            column_id="users.counting",
            nullable=False,
            identity=IdentityKind.ALWAYS,
        ),
        column("made", column_id="users.made", generated="1 + 1"),
        column("told", column_id="users.told", description="Told."),
        column("known", column_id="users.known"),
        table_id="users",
        uniques=[
            Unique(id="u2", name="u2", column_ids=("users.told", "users.known")),
            Unique(id="u3", name="u3_new", column_ids=("users.known",)),
            Unique(id="u4", name="u4", column_ids=("users.typed",)),
        ],
        checks=[
            Check(id="c2", name="c2", expression="1 < 2"),
            Check(id="c3", name="c3_new", expression="2 = 2"),
            Check(id="c4", name="c4", expression="4 = 4"),
        ],
        indexes=[index(2), index(3, unique=True, name="i3_new"), index(4, where="false")],
    ),
    table("posts", *REFERRING, description="New."),
    table("unkeyed", column("a", nullable=False), primary_key="a"),
    table("made", "a", namespace="entered"),
    keyed("renamed_key", "a", "new_key"),
    keyed("rekeyed", "b", "key"),
    table("keyed", column("a", nullable=False), "b"),
    enums=[
        Enum(id="e2", name="feeling", values=("b", "c"), description="Felt."),
        Enum(id="e3", name="new", values=("a",)),
    ],
    foreign_keys=[
        key(2, name="fk2_new"),
        key(3, on_delete=ReferentialAction.CASCADE),
        key(4, deferrable=True),
        replace(key(5), source_column_ids=("posts.user1",), on_update=ReferentialAction.CASCADE),
    ],
    namespaces=[Namespace(name="described", description="Yes."), Namespace(name="entered")],
)
"""The design after."""

UP = diff(BEFORE, AFTER)
DOWN = diff(AFTER, BEFORE)

EVERY = {change.summary(): change for change in (*UP, *DOWN)}


def test_every_kind_of_change_occurs() -> None:
    """The two designs leave no kind of change out."""
    assert {type(change) for change in UP} == set(get_args(Change))


def test_everything_applies_and_can_be_undone() -> None:
    """All the changes together lead there, and their inverses back."""
    there = apply_all(UP, settle(BEFORE))
    assert canonical(there) == canonical(AFTER)
    assert canonical(apply_all(inverse_of_all(UP), there)) == canonical(BEFORE)
    assert canonical(apply_all(DOWN, settle(AFTER))) == canonical(BEFORE)


@pytest.mark.parametrize("change", EVERY.values(), ids=EVERY.keys())
def test_a_change_names_what_it_is_about(change: Change) -> None:
    """Each has a sentence, a subject, a written form and an inverse that is undone by itself."""
    assert change.summary().endswith(".")
    assert change.subject.label
    assert change.subject.key == f"{change.subject.kind.value}:{change.subject.id}"
    assert change.inverse().inverse() == change
    assert change.inverse().subject.kind is change.subject.kind
    assert change_from_json(change_to_json(change)) == change


def test_only_what_takes_values_away_is_data_loss() -> None:
    """The dropped and the replaced values are named, and nothing else."""
    assert [change.summary() for change in UP if change.data_loss] == [
        "Enum public.feeling: gains 'c', loses 'a'.",
        "Column public.people.made is generated from now on; its values are replaced.",
        "Table public.dropped goes, with its rows.",
        "Column public.users.gone goes, with its values.",
    ]
