"""A definition that went through the store is the same definition, fingerprints included."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Engine, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB

from core.definition.document import read_document, write_document
from core.definition.fingerprint import layout_fingerprint, structure_fingerprint
from core.definition.literals import json_problem

pytestmark = pytest.mark.servers

NUMBERS = ["1E+2", "1.50", "1E-7", "12345678901234567890.0123456789", "100", "1E+300"]
HUGE = ["1E+16000", "-1.25E+16000", "9" * 3_999 + "E+12000", "1E+3900", "1E-16000", "9" * 3_612]


@pytest.mark.parametrize(
    "number", HUGE, ids=lambda number: number if len(number) < 20 else number[-6:]
)
def test_a_huge_number_can_be_read_again(store_engine: Engine, number: str) -> None:
    """The store spells exponents with zeros; what was accepted once is accepted again."""
    raw = [Decimal(number)] if "E" in number else [int(number)]
    assert json_problem(raw) is None
    with store_engine.connect() as connection:
        kept = connection.execute(select(bindparam("document", raw, JSONB))).scalar_one()
    assert json_problem(kept) is None
    assert [Decimal(value) for value in kept] == [Decimal(value) for value in raw]


@pytest.mark.parametrize("data_type", ["DECIMAL", "DOUBLE"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_fingerprint_outlives_the_store(
    store_engine: Engine, number: str, data_type: str
) -> None:
    """However the store spells a number, the definition's meaning and digest stay."""
    value = Decimal(number)
    column = {"id": "c", "name": "c", "dataType": data_type, "defaultValue": value}
    position = {"x": value, "y": -value}
    table = {"id": "t", "name": "t", "position": position, "columns": [column]}
    before = read_document({"name": "n", "tables": [table]}, make_id=lambda: str(uuid4()))
    with store_engine.connect() as connection:
        kept = connection.execute(
            select(bindparam("document", write_document(before), JSONB))
        ).scalar_one()
    after = read_document(kept, make_id=lambda: str(uuid4()))
    assert structure_fingerprint(after.definition) == structure_fingerprint(before.definition)
    assert layout_fingerprint(after.definition) == layout_fingerprint(before.definition)
