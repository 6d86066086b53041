"""Names that the server makes by itself never take a name of the definition."""

from __future__ import annotations

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.automatic_names import AutomaticNames

INT = ColumnType(data_type=DataType.INT)
ID = Column(id="b.id", name="id", type=INT, nullable=False, identity=IdentityKind.ALWAYS)
B = Table(id="b", name="b", columns=(ID, Column(id="b.x", name="x", type=INT)))


def test_nothing_is_named_outright_without_need() -> None:
    """The server's own names serve."""
    found = AutomaticNames.of(Definition(tables=(B,)))
    assert found == AutomaticNames(sequence_by_column={}, not_null_by_column={})


def test_a_table_called_like_a_sequence_moves_the_sequence() -> None:
    """Both stand in one namespace of relations."""
    other = Table(id="s", name="b_id_seq", columns=())
    taken = Table(id="s1", name="b_id_seq1", columns=())
    found = AutomaticNames.of(Definition(tables=(B, other, taken)))
    assert found.sequence_by_column == {"b.id": ("public", "b_id_seq2")}


def test_a_table_of_another_namespace_moves_nothing() -> None:
    """Names are taken per namespace."""
    other = Table(id="s", name="b_id_seq", columns=(), namespace="app")
    assert not AutomaticNames.of(Definition(tables=(B, other))).sequence_by_column


def test_indexes_constraints_and_types_take_names_as_well() -> None:
    """Sequences move away from everything that shares their namespace."""
    table = Table(
        id="b",
        name="b",
        columns=(ID,),
        primary_key=PrimaryKey(column_ids=("b.id",), name="b_id_seq"),
        uniques=(Unique(id="q", column_ids=("b.id",), name="b_id_seq1"),),
        indexes=(Index(id="i", parts=(IndexPart(column_id="b.id"),), name="b_id_seq2"),),
    )
    enum = Enum(id="e", name="b_id_seq3", values=("a",))
    found = AutomaticNames.of(Definition(tables=(table,), enums=(enum,)))
    assert found.sequence_by_column == {"b.id": ("public", "b_id_seq4")}


def test_two_sequences_with_one_name_do_not_move_onto_a_table() -> None:
    """The server would number the second one, and find that name taken."""
    tables = (
        Table(id="1", name="a_b", columns=(named("1.c", "c"),)),
        Table(id="2", name="a", columns=(named("2.b_c", "b_c"),)),
        Table(id="3", name="a_b_c_seq1", columns=()),
    )
    found = AutomaticNames.of(Definition(tables=tables))
    assert found.sequence_by_column == {"2.b_c": ("public", "a_b_c_seq2")}


def test_a_constraint_called_like_a_not_null_moves_the_not_null() -> None:
    """Since PostgreSQL 18 each NOT NULL is a constraint with a name."""
    table = Table(
        id="b",
        name="b",
        columns=(ID,),
        primary_key=PrimaryKey(column_ids=("b.id",), name="b_pkey"),
        checks=(Check(id="c", expression="true", name="b_id_not_null"),),
    )
    foreign_key = ForeignKey(
        id="f",
        name="b_id_not_null1",
        source_table_id="b",
        source_column_ids=("b.id",),
        target_table_id="b",
        target_column_ids=("b.id",),
    )
    found = AutomaticNames.of(Definition(tables=(table,), foreign_keys=(foreign_key,)))
    assert found.not_null_by_column == {"b.id": "b_id_not_null2"}


def named(column_id: str, name: str) -> Column:
    """Return an identity column."""
    return Column(id=column_id, name=name, type=INT, nullable=False, identity=IdentityKind.ALWAYS)
