"""The statements that create a definition come in an order that works, always the same."""

from __future__ import annotations

import pytest

from core.definition.model import (
    Column,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    PrimaryKey,
    Table,
)
from core.definition.types import ColumnType, DataType
from core.dialects.errors import MissingThingError
from core.planning.creation import creation_stages, creation_statements

INT = ColumnType(data_type=DataType.INT)


def table(name: str) -> Table:
    """Return a table with an indexed key and a column that may refer to another table."""
    return Table(
        id=name,
        name=name,
        columns=(
            Column(id=f"{name}.id", name="id", type=INT, nullable=False),
            Column(id=f"{name}.other", name="other", type=INT),
        ),
        primary_key=PrimaryKey(column_ids=(f"{name}.id",)),
        indexes=(Index(id=f"{name}.i", parts=(IndexPart(column_id=f"{name}.other"),)),),
        description=f"About {name}",
    )


def reference(source: str, target: str) -> ForeignKey:
    """Return a foreign key between two such tables."""
    return ForeignKey(
        id=f"{source}-{target}",
        source_table_id=source,
        source_column_ids=(f"{source}.other",),
        target_table_id=target,
        target_column_ids=(f"{target}.id",),
    )


CIRCLE = Definition(
    tables=(table("b"), table("a")),
    foreign_keys=(reference("b", "a"), reference("a", "b"), reference("a", "a")),
    enums=(
        Enum(id="y", name="y", values=("1",), description="Y"),
        Enum(id="x", name="x", values=("1",)),
    ),
    namespaces=(Namespace(name="n", description="N"), Namespace(name="m")),
)


def test_everything_follows_what_it_needs() -> None:
    """Foreign keys come after all tables, so circles need no care."""
    assert [statement.causes for statement in creation_statements(CIRCLE)] == [
        *[("m",), ("n",)],
        *[("x",), ("y",)],
        *[("a",), ("b",)],
        *[("a.i",), ("b.i",)],
        *[("a-a",), ("a-b",), ("b-a",)],
        *[("n",), ("y",), ("a",), ("b",)],
    ]


def test_stages_say_what_they_make() -> None:
    """The headings of an export are those of the stages."""
    assert [stage.heading for stage in creation_stages(CIRCLE)] == [
        *("Namespaces", "Types", "Tables", "Indexes", "Foreign keys", "Comments")
    ]


def test_stages_without_statements_are_left_out() -> None:
    """A small definition makes a small script."""
    definition = Definition(tables=(Table(id="t", name="t", columns=()),))
    assert [stage.heading for stage in creation_stages(definition)] == ["Tables"]


def test_the_order_of_lists_makes_no_difference() -> None:
    """Only what a definition means decides on the statements."""
    turned = Definition(
        tables=CIRCLE.tables[::-1],
        foreign_keys=CIRCLE.foreign_keys[::-1],
        enums=CIRCLE.enums[::-1],
        namespaces=CIRCLE.namespaces[::-1],
    )
    assert creation_statements(turned) == creation_statements(CIRCLE)


def test_every_statement_can_run_in_one_transaction() -> None:
    """A failure in the middle leaves nothing behind."""
    assert all(statement.is_transactional for statement in creation_statements(CIRCLE))


def test_a_foreign_key_of_a_table_that_is_not_there_is_an_error_of_its_own() -> None:
    """Sorting does not hide it."""
    definition = Definition(tables=(table("a"),), foreign_keys=(reference("gone", "a"),))
    with pytest.raises(MissingThingError):
        creation_statements(definition)
