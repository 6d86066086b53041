"""The last look before something goes."""

from __future__ import annotations

from core.dialects.postgresql.altering_columns import drop_column, drop_default
from core.dialects.postgresql.altering_tables import drop_table
from core.dialects.postgresql.last_looks import VALUE_CAME, looking_first, mark
from core.dialects.postgresql.places import Place
from core.dialects.statement import Blocks, Line, Work

AT = Place("public", "t")
LINE = Line(
    statements=(
        drop_default(AT, "c", "column"),
        drop_column(AT, "c", "column"),
        drop_table(Place("public", "o'clock"), "table"),
    )
)


def test_what_may_lose_values_goes_without_a_look() -> None:
    """The line is the same."""
    assert looking_first(LINE, ()) is LINE


def test_a_column_goes_only_when_it_holds_nothing_under_the_lock() -> None:
    """The look is right before it, in the same transaction, and fails with its mark."""
    first, look, *rest = looking_first(LINE, {"column"}).statements
    assert (first, *rest) == LINE.statements
    assert "LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE" in look.sql
    assert "WHERE c IS NOT NULL" in look.sql
    assert VALUE_CAME in look.sql
    assert mark("column") in look.sql
    assert (look.effect.blocks, look.effect.work) == (Blocks.READS_AND_WRITES, Work.SCAN)
    assert look.is_transactional


def test_a_table_goes_only_when_it_has_no_row() -> None:
    """Its name is quoted twice: for the server, and within the text of the block."""
    *_, look, dropped = looking_first(LINE, {"table"}).statements
    assert dropped == LINE.statements[-1]
    assert "WHERE" not in look.sql
    assert "o''clock" in look.sql


def test_marks_tell_things_apart() -> None:
    """Ids may be any text."""
    assert mark("a") != mark("b")
