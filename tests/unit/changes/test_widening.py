"""Which changes of a type keep every value."""

from __future__ import annotations

import pytest

from core.changes.widening import keeps_values
from core.definition.types import ColumnType
from tests.builders import native, type_of


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (type_of("INT"), type_of("INTEGER")),
        (type_of("SMALLINT"), type_of("INT")),
        (type_of("INT"), type_of("BIGINT")),
        (type_of("INT"), type_of("DOUBLE")),
        (type_of("FLOAT"), type_of("DOUBLE")),
        (type_of("INT"), type_of("DECIMAL")),
        (type_of("INT"), type_of("DECIMAL", precision=12, scale=2)),
        (type_of("DECIMAL", precision=5, scale=2), type_of("DECIMAL")),
        (type_of("DECIMAL", precision=5, scale=2), type_of("DECIMAL", precision=7, scale=3)),
        (type_of("DECIMAL"), type_of("NUMERIC")),
        (type_of("VARCHAR", length=5), type_of("TEXT")),
        (type_of("VARCHAR", length=5), type_of("VARCHAR", length=6)),
        (type_of("VARCHAR", length=5), type_of("VARCHAR")),
        (type_of("TEXT"), type_of("VARCHAR")),
        (type_of("CHAR", length=2), type_of("CHAR", length=3)),
        (type_of("UUID"), type_of("TEXT")),
        (type_of("TIME", precision=2), type_of("TIME", precision=3)),
        (type_of("TIME", precision=2), type_of("TIME")),
    ],
)
def test_a_wider_type_keeps_every_value(before: ColumnType, after: ColumnType) -> None:
    """Types that hold all that another does lose nothing."""
    assert keeps_values(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (type_of("BIGINT"), type_of("INT")),
        (type_of("BIGINT"), type_of("DOUBLE")),
        (type_of("INT"), type_of("FLOAT")),
        (type_of("INT"), type_of("DECIMAL", precision=10, scale=2)),
        (type_of("DECIMAL"), type_of("DECIMAL", precision=9)),
        (type_of("DECIMAL", precision=5, scale=2), type_of("DECIMAL", precision=9, scale=1)),
        (type_of("TEXT"), type_of("DECIMAL")),
        (type_of("TEXT"), type_of("VARCHAR", length=9)),
        (type_of("VARCHAR"), type_of("VARCHAR", length=9)),
        (type_of("VARCHAR", length=9), type_of("VARCHAR", length=8)),
        (type_of("INT"), type_of("VARCHAR")),
        (type_of("INT"), type_of("TEXT")),
        (type_of("CHAR", length=3), type_of("CHAR", length=2)),
        (type_of("TIMESTAMP"), type_of("TIMESTAMP", precision=3)),
        (type_of("TIMESTAMP"), type_of("DATE")),
        (native("inet"), native("cidr")),
    ],
)
def test_a_narrower_or_other_type_may_lose_values(before: ColumnType, after: ColumnType) -> None:
    """What is not known to keep all values is said to lose some."""
    assert not keeps_values(before, after)
