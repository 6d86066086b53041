"""Texts follow renames: nothing but the rename is a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.changes import (
    Change,
    ChangeCheck,
    ChangeColumnDefault,
    ChangeEnumValues,
    DropCheck,
    DropColumn,
    DropIndex,
    RenameCheck,
    RenameColumn,
    RenameEnum,
)
from core.definition.model import Column, Definition, ExpressionDefault, Table
from core.definition.types import ColumnType, DataType
from core.dialects.moves import Options
from core.planning.diff import diff
from core.planning.making import make_plan
from tests.builders import column, definition, enum, index, literal, table


def _table(
    size: str, *, check: str = "", generated: str = "", where: str = "", name: str = "big"
) -> Table:
    """Build a table whose one column is called as said, with everything on it."""
    made = table(
        "t",
        column("size", "INT"),
        column("doubled", "INT", generated=generated or f"{size} * 2"),
        checks=[check or f"({size} > 0)"],
        indexes=[index("doubled", where=where or f"{size} > 10")],
    )
    return replace(
        made,
        columns=(replace(made.columns[0], name=size), made.columns[1]),
        checks=(replace(made.checks[0], id="check", name=name),),
    )


def _kinds(
    before: Definition, after: Definition, renamed: dict[str, dict[str, str]] | None = None
) -> list[type[Change]]:
    return [type(each) for each in diff(before, after, renamed_values=renamed or {})]


def test_a_renamed_column_is_one_change_whatever_mentions_it() -> None:
    """The server writes the new name into all of it by itself."""
    assert _kinds(definition(_table("size")), definition(_table("extent"))) == [RenameColumn]


def test_a_text_follows_however_it_is_spelled() -> None:
    """Brackets and letters make no difference."""
    after = definition(_table("extent", check="extent>0", where="(Extent > (10))"))
    assert _kinds(definition(_table("size")), after) == [RenameColumn]


def test_a_check_that_follows_may_be_renamed() -> None:
    """Its name is all that changes, and the change speaks of the text that is there."""
    before = definition(_table("size"))
    changes = diff(before, definition(_table("extent", name="bigger")))
    assert [type(each) for each in changes] == [RenameColumn, RenameCheck]
    (renamed,) = (each for each in changes if isinstance(each, RenameCheck))
    assert renamed.before == before.tables[0].checks[0]


def test_a_text_that_says_something_else_is_a_change() -> None:
    """The change holds both texts as they are."""
    after = definition(_table("extent", check="(extent > 1)"))
    changes = diff(definition(_table("size")), after)
    assert [type(each) for each in changes] == [RenameColumn, ChangeCheck]
    (changed,) = (each for each in changes if isinstance(each, ChangeCheck))
    assert (changed.before.expression, changed.after.expression) == ("(size > 0)", "(extent > 1)")


def test_a_text_that_stays_while_its_column_is_renamed_is_a_change() -> None:
    """It speaks of another column by then."""
    before = definition(table("t", "a", checks=["(a > 0)"]))
    whole = table("t", "a", "new", checks=["(a > 0)"])
    columns = (replace(whole.columns[0], name="b"), replace(whole.columns[1], name="a"))
    after = definition(replace(whole, columns=columns))
    assert ChangeCheck in _kinds(before, after)


def _moods(namespace: str, name: str, label: str, *, is_literal: bool = False) -> Definition:
    """Build an enum with columns, an array, defaults and a check of it."""
    mood = replace(enum("mood", "sad", label), namespace=namespace, name=name)
    spelled = f"{namespace}.{name}"
    default = ExpressionDefault(sql=f"'{label}'::{spelled}")
    array = ColumnType(data_type=DataType.NATIVE, native=f"{spelled}[]")
    columns: list[Column] = [
        column(
            "m",
            ColumnType(data_type=DataType.ENUM, enum_id="mood"),
            default=literal(label) if is_literal else default,
        ),
        replace(
            column("ms", array), default=ExpressionDefault(sql=f"'{{sad,{label}}}'::{spelled}[]")
        ),
    ]
    return definition(
        table("t", *columns, checks=[f"m <> '{label}'::{spelled}"]),
        enums=[mood],
    )


@pytest.mark.parametrize("is_literal", [False, True])
def test_renamed_enums_and_values_are_no_change_of_what_mentions_them(*, is_literal: bool) -> None:
    """Defaults, checks and arrays follow."""
    before = _moods("public", "mood", "ok", is_literal=is_literal)
    after = _moods("public", "feeling", "fine", is_literal=is_literal)
    renamed = {"mood": {"ok": "fine"}}
    assert _kinds(before, after, renamed) == [RenameEnum, ChangeEnumValues]


@pytest.mark.parametrize(
    "text",
    [
        "this is ( no SQL",
        "'[1]'::json IS NULL",
        "(t.*) IS NOT NULL",
        "'{\"a\"}'::public.mood[] IS NULL",
    ],
)
def test_texts_that_mention_nothing_renamed_stay(text: str) -> None:
    """Whatever cannot be read is compared as it is."""
    before, after = _table("size", check=text), _table("extent", check=text)
    assert _kinds(definition(before), definition(after)) == [RenameColumn]


def test_a_part_with_a_new_id_keeps_the_old_one_in_a_plan() -> None:
    """Recipes find it at both ends."""
    before = definition(table("t", column("a", "INT"), indexes=[index("a")]))
    after = definition(
        replace(
            table("t", column("a", "BIGINT"), indexes=[index("a")]),
            indexes=(replace(before.tables[0].indexes[0], id="another"),),
        )
    )
    plan = make_plan(before, after, options=Options(token="t", online_from_bytes=0))
    assert len(plan.changes) == 1


def test_a_default_does_not_follow_a_rename_that_makes_no_sense() -> None:
    """A value that is still there was not renamed, so that the other default is a change."""

    def made(default: str, *values: str) -> Definition:
        mood = ColumnType(data_type=DataType.ENUM, enum_id="mood")
        whole = table("t", column("feels", mood, default=literal(default)))
        return definition(whole, enums=[enum("mood", *values)])

    found = _kinds(
        made("sad", "sad", "ok"), made("blue", "blue", "sad", "ok"), {"mood": {"sad": "blue"}}
    )
    assert found == [ChangeEnumValues, ChangeColumnDefault]


def test_what_goes_beside_a_rename_goes_as_it_is() -> None:
    """A drop speaks of the text that is there, not of the one that it would have."""
    before = table(
        "t",
        "a",
        column("made", generated="a + 1"),
        checks=["a > 1"],
        indexes=[index("a", where="a > 2")],
    )
    after = replace(table("t", "b"), columns=(replace(before.columns[0], name="b"),))
    found = diff(definition(before), definition(after))
    checks = [each.check.expression for each in found if isinstance(each, DropCheck)]
    wheres = [each.index.where for each in found if isinstance(each, DropIndex)]
    columns = [each.column.generated for each in found if isinstance(each, DropColumn)]
    assert (checks, wheres, columns) == (["a > 1"], ["a > 2"], ["a + 1"])
