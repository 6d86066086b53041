"""When the major number of a version moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Check, Definition, Enum, ForeignKey, Index, IndexPart, Unique
from core.schemas.versions import next_label
from tests.builders import column, definition, literal, table

PART = (IndexPart(column_id="t.a"),)
BEFORE = definition(
    table(
        "t",
        "a",
        column("b", nullable=False),
        column("c"),
        checks=[Check(id="k", expression="true")],
        indexes=[Index(id="i", parts=PART)],
    ),
    enums=[Enum(id="e", name="e", values=("x",))],
)


def altered(**fields: object) -> Definition:
    """Replace fields of the table."""
    return replace(BEFORE, tables=(replace(BEFORE.tables[0], **fields),))  # type: ignore[arg-type] # fields of a table


T = BEFORE.tables[0]
A, B, C = T.columns
REFERENCE = ForeignKey(
    id="f",
    source_table_id="t",
    source_column_ids=("t.a",),
    target_table_id="t",
    target_column_ids=("t.b",),
)
NEW = table("new", "a")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(BEFORE, id="nothing"),
        pytest.param(replace(BEFORE, tables=(T, NEW)), id="new table"),
        pytest.param(
            replace(
                BEFORE,
                tables=(T, NEW),
                foreign_keys=(
                    replace(REFERENCE, source_table_id="new", source_column_ids=("new.a",)),
                ),
            ),
            id="new table that refers",
        ),
        pytest.param(altered(columns=(A, B, C, column("d"))), id="optional column"),
        pytest.param(
            altered(columns=(A, B, C, column("d", nullable=False, default=literal(1)))),
            id="column with a default",
        ),
        pytest.param(altered(columns=(A, replace(B, nullable=True), C)), id="null allowed"),
        pytest.param(altered(checks=()), id="check dropped"),
        pytest.param(altered(indexes=()), id="index dropped"),
        pytest.param(altered(indexes=(*T.indexes, Index(id="j", parts=PART))), id="new index"),
        pytest.param(
            altered(indexes=(Index(id="i", parts=PART, where="true"),)), id="index changed"
        ),
        pytest.param(
            replace(BEFORE, enums=(replace(BEFORE.enums[0], values=("x", "y")),)), id="value behind"
        ),
    ],
)
def test_what_no_code_can_notice_moves_the_minor_number(after: Definition) -> None:
    """Harmless changes make a minor version."""
    assert next_label("2.7", BEFORE, after) == "2.8"


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(replace(BEFORE, tables=(NEW,)), id="table dropped"),
        pytest.param(altered(name="u"), id="table renamed"),
        pytest.param(altered(columns=(A, B)), id="column dropped"),
        pytest.param(altered(columns=(A, B, replace(C, name="d"))), id="column renamed"),
        pytest.param(altered(columns=(A, B, replace(C, nullable=False))), id="null forbidden"),
        pytest.param(
            altered(columns=(A, B, C, column("d", nullable=False))), id="column must be given"
        ),
        pytest.param(altered(uniques=(Unique(id="u", column_ids=("t.a",)),)), id="unique"),
        pytest.param(altered(checks=(*T.checks, Check(id="l", expression="1=1"))), id="check"),
        pytest.param(
            altered(indexes=(*T.indexes, Index(id="j", parts=PART, unique=True))), id="unique index"
        ),
        pytest.param(
            altered(indexes=(Index(id="i", parts=PART, unique=True),)), id="index turned unique"
        ),
        pytest.param(replace(BEFORE, foreign_keys=(REFERENCE,)), id="foreign key"),
        pytest.param(
            replace(BEFORE, enums=(replace(BEFORE.enums[0], values=("y", "x")),)), id="value before"
        ),
        pytest.param(replace(BEFORE, enums=()), id="enum dropped"),
    ],
)
def test_what_code_can_notice_moves_the_major_number(after: Definition) -> None:
    """Whatever is not known to be harmless makes a major version."""
    assert next_label("2.7", BEFORE, after) == "3.0"
