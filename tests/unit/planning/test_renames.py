"""How a live database is aligned with what is known, and which renames are suggested."""

from __future__ import annotations

from dataclasses import replace

from core.changes import ObjectKind, RenameColumn, RenameTable
from core.definition.model import (
    Check,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    Unique,
)
from core.definition.types import ColumnType, DataType
from core.planning.diff import diff
from core.planning.reidentifying import Ids, reidentified
from core.planning.renames import align, confirm
from tests.builders import column, definition, table


def of_enum(enum_id: str) -> ColumnType:
    """Build the type of an enum."""
    return ColumnType(data_type=DataType.ENUM, enum_id=enum_id)


KNOWN = definition(
    table(
        "users",
        column("id", "BIGINT", nullable=False),
        column("mood", of_enum("mood")),
        column("mail", "TEXT"),
        primary_key="id",
        uniques=[Unique(id="u", column_ids=("users.mail",))],
        checks=[Check(id="c", expression="true")],
        indexes=[
            Index(
                id="i",
                parts=(IndexPart(column_id="users.mail"), IndexPart(expression="1")),
                include_column_ids=("users.id",),
            )
        ],
    ),
    table("posts", "author", "editor"),
    enums=[Enum(id="mood", name="mood", values=("good", "bad"))],
    foreign_keys=[
        ForeignKey(
            id="f",
            source_table_id="posts",
            source_column_ids=("posts.author",),
            target_table_id="users",
            target_column_ids=("users.id",),
        )
    ],
    namespaces=[Namespace(name="app")],
)


def as_found(known: Definition) -> Definition:
    """Give everything the ids that a reader of a live database makes up."""
    ids = Ids(known_ids=frozenset(), found_ids=frozenset)
    ids.enums.update((each.id, f"live {each.id}") for each in known.enums)
    ids.parts.update((each.id, f"live {each.id}") for each in known.foreign_keys)
    for each in known.tables:
        ids.tables[each.id] = f"live {each.id}"
        ids.columns.update((part.id, f"live {part.id}") for part in each.columns)
        for parts in (each.uniques, each.checks, each.indexes):
            ids.parts.update((part.id, f"live {part.id}") for part in parts)
    return reidentified(known, ids)


def renamed(known: Definition, place: int, **fields: object) -> Definition:
    """Replace fields of one table."""
    tables = list(known.tables)
    tables[place] = replace(tables[place], **fields)  # type: ignore[arg-type] # fields of a table
    return replace(known, tables=tuple(tables))


def test_what_is_called_alike_gets_the_known_ids() -> None:
    """A database as it was made is the known definition, ids and all."""
    alignment = align(as_found(KNOWN), KNOWN)
    assert alignment.definition == alignment.known
    assert alignment.suggestions == ()


def test_a_renamed_table_is_suggested_and_renamed_when_confirmed() -> None:
    """Nothing is a rename before somebody said so."""
    found = as_found(renamed(KNOWN, 1, name="articles"))
    alignment = align(found, KNOWN)
    (suggestion,) = alignment.suggestions
    assert (suggestion.kind, suggestion.before, suggestion.after, suggestion.reason) == (
        ObjectKind.TABLE,
        "public.posts",
        "public.articles",
        "Both have columns of the same names and types.",
    )
    changes = diff(KNOWN, confirm(alignment, [suggestion]))
    assert RenameTable in {type(change) for change in changes}
    assert not any(change.data_loss for change in changes)
    assert any(change.data_loss for change in diff(KNOWN, alignment.definition))


def test_a_renamed_column_is_suggested_by_its_place_and_type() -> None:
    """A column in the place of one that went may be that one."""
    columns = KNOWN.tables[0].columns
    mail = replace(columns[2], name="address")
    alignment = align(as_found(renamed(KNOWN, 0, columns=(*columns[:2], mail))), KNOWN)
    (suggestion,) = alignment.suggestions
    assert (suggestion.before, suggestion.after) == ("public.users.mail", "public.users.address")
    assert suggestion.reason == "Both stand in the same place and are of type TEXT."
    changes = diff(KNOWN, confirm(alignment, [suggestion]))
    assert RenameColumn in {type(change) for change in changes}


def test_a_renamed_column_in_another_place_is_suggested_when_it_is_the_only_one() -> None:
    """The one column of a type that came may be the one that went."""
    known = definition(table("t", "a", column("b", "TEXT"), column("c", "TEXT")))
    found = definition(table("t", "a", column("c", "TEXT"), column("d", "TEXT")))
    (suggestion,) = align(as_found(found), known).suggestions
    assert (suggestion.known_id, suggestion.found_id) == ("t.b", "live t.d")
    assert suggestion.reason == (
        "It is the only column of type TEXT that came, and the other the only one that went."
    )


def test_columns_with_rivals_or_other_types_are_not_suggested() -> None:
    """Where it could be this or that, nothing is said."""
    known = definition(table("t", "a", "b", "x"))
    found = definition(table("t", "x", column("c", "TEXT"), "y", "z"))
    assert align(as_found(found), known).suggestions == ()


def test_a_renamed_enum_is_suggested_by_its_values() -> None:
    """An enum with the same values may be the same one; its columns then are unchanged."""
    found = as_found(replace(KNOWN, enums=(replace(KNOWN.enums[0], name="feeling"),)))
    alignment = align(found, KNOWN)
    (suggestion,) = alignment.suggestions
    assert (suggestion.kind, suggestion.reason) == (
        ObjectKind.ENUM,
        "Both have the same values.",
    )
    changes = diff(KNOWN, confirm(alignment, [suggestion]))
    assert [change.summary() for change in changes] == [
        "Enum public.mood is called public.feeling from now on."
    ]


def test_things_of_another_shape_are_not_suggested() -> None:
    """A table or an enum that came need not be one that went."""
    known = definition(table("t", "a"), table("u", "a"), enums=[Enum(id="e", name="e", values=())])
    found = definition(
        table("t", "a"), table("v", "b"), enums=[Enum(id="e", name="f", values=("x",))]
    )
    assert align(as_found(found), known).suggestions == ()


def test_a_new_thing_never_gets_an_id_that_a_known_one_has() -> None:
    """Ids made from names may be taken by things that have been renamed since."""
    known = definition(table("people", "id", table_id="users"))
    found = definition(table("users", "x", table_id="users"), table("u", "y", table_id="users~"))
    aligned = align(found, known).definition
    assert [each.id for each in aligned.tables] == ["users~~", "users~"]


def test_what_is_found_as_it_is_known_is_the_known_thing() -> None:
    """A second look at the same database gives the very tables, their ids kept."""
    known = align(KNOWN, KNOWN).definition
    again = replace(known, tables=(replace(known.tables[0], description="new"), known.tables[1]))
    aligned = align(again, known).definition
    assert aligned == again
    assert aligned.tables[1] is known.tables[1]


def test_a_table_whose_enum_has_another_id_is_not_taken_for_the_known_one() -> None:
    """Equal texts of ids are not enough: the enum meant is another one."""
    found = replace(KNOWN, enums=(replace(KNOWN.enums[0], name="temper"),))
    known = replace(KNOWN, enums=(KNOWN.enums[0], Enum(id="e", name="temper", values=("good",))))
    (users, _) = align(found, known).definition.tables
    assert users.columns[1].type.enum_id == "e"
