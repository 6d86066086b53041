"""Fingerprints survive a store that spells numbers its own way, as jsonb does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.definition.fingerprint import layout_fingerprint, structure_fingerprint
from core.definition.literals import folded_numbers, json_text
from core.definition.model import (
    Column,
    Definition,
    LiteralDefault,
    Position,
    Table,
)
from core.definition.types import ColumnType, DataType


def _with_default(text: str) -> Definition:
    column = Column(
        id="c",
        name="settings",
        type=ColumnType(data_type=DataType.JSONB),
        default=LiteralDefault(json=text),
    )
    return Definition(tables=(Table(id="t", name="t", columns=(column,)),))


@pytest.mark.parametrize("spelling", ["1E+2", "100.0", "1e2", "1000E-1"])
def test_equal_numbers_in_a_json_default_have_one_fingerprint(spelling: str) -> None:
    """A store may write 100 for 1E+2."""
    plain = structure_fingerprint(_with_default('{"limits":[100,true,"x",null]}'))
    spelled = structure_fingerprint(_with_default(f'{{"limits":[{spelling},true,"x",null]}}'))
    assert spelled == plain


def test_other_numbers_have_another_fingerprint() -> None:
    """Folding keeps every digit."""
    assert structure_fingerprint(_with_default("[1.5]")) != structure_fingerprint(
        _with_default("[15]")
    )


@pytest.mark.parametrize("zero", [0, Decimal("-0.0"), Decimal("0E+7")], ids=repr)
def test_every_zero_is_zero(zero: int | Decimal) -> None:
    """Sign and exponent of zero say nothing."""
    assert json_text(folded_numbers(zero)) == "0"


def test_a_negative_zero_is_the_same_place() -> None:
    """A coordinate of -0.0 comes back as 0.0."""

    def placed(x: float) -> Definition:
        return Definition(
            tables=(Table(id="t", name="t", columns=(), position=Position(x=x, y=1.0)),)
        )

    assert layout_fingerprint(placed(-0.0)) == layout_fingerprint(placed(0.0))
