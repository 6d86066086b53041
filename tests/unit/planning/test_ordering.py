"""The order of moves."""

from __future__ import annotations

import pytest

from core.dialects.moves import Move, Stage
from core.dialects.postgresql.effects import CREATE_TABLE
from core.dialects.statement import Line, Statement
from core.planning.ordering import MovesInACircleError, in_order


def move(
    name: str,
    stage: Stage = Stage.BUILD,
    *,
    provides: str = "",
    needs: str = "",
    removes: str = "",
) -> Move:
    """Build a move of one statement, with keys given as words."""
    line = Line(statements=(Statement(sql=name, effect=CREATE_TABLE),))
    return Move(
        stage=stage,
        up=(line,),
        down=(line,),
        provides=frozenset(provides.split()),
        needs=frozenset(needs.split()),
        removes=frozenset(removes.split()),
    )


def names(moves: tuple[Move, ...]) -> list[str]:
    """Return what the moves are called."""
    return [each.up[0].statements[0].sql for each in moves]


def test_stages_follow_each_other_whatever_was_given_first() -> None:
    """Nothing is built before what goes has gone."""
    given = [move("last", Stage.FINISH), move("build"), move("go", Stage.REMOVE)]
    assert names(in_order(given)) == ["go", "build", "last"]


def test_a_move_follows_what_provides_what_it_needs() -> None:
    """A table comes after the type of its column."""
    given = [move("table", needs="enum"), move("enum", provides="enum")]
    assert names(in_order(given)) == ["enum", "table"]


def test_a_move_precedes_what_removes_what_it_needs() -> None:
    """A foreign key goes before the key that it refers to."""
    given = [
        move("drop key", Stage.REMOVE, removes="key"),
        move("drop reference", Stage.REMOVE, needs="key"),
    ]
    assert names(in_order(given)) == ["drop reference", "drop key"]


def test_what_is_made_anew_goes_first() -> None:
    """The same key is free before it is taken again, and what needs it waits for the new one."""
    given = [
        move("use", needs="key"),
        move("make", provides="key"),
        move("drop", removes="key"),
    ]
    assert names(in_order(given)) == ["drop", "make", "use"]


def test_where_nothing_decides_the_order_given_stays() -> None:
    """The same changes give the same plan."""
    assert names(in_order([move("b"), move("a"), move("c")])) == ["b", "a", "c"]


def test_a_move_may_need_what_it_provides_and_removes() -> None:
    """It does not wait for itself."""
    given = [move("swap", provides="key", needs="key", removes="key")]
    assert names(in_order(given)) == ["swap"]


def test_moves_that_wait_for_each_other_are_named() -> None:
    """A circle is our own mistake, and is said."""
    given = [move("one", provides="a", needs="b"), move("two", provides="b", needs="a")]
    with pytest.raises(MovesInACircleError, match="one; two"):
        in_order(given)
