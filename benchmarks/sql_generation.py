"""How long it takes to write SQL for 1,000 tables, against SQLAlchemy's `CreateTable`.

Both write the same tables (20 columns, a primary key, a unique constraint, an index and a foreign
key each) in the same run, taking turns. Run it with `python -m benchmarks sql_generation`.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, ExecutableDDLElement

from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from core.definition.model import (
    Column,
    Definition,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from core.formats.sql import export_sql

TABLES = 1_000
COLUMNS = 20


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure both in turn."""
    definition = make_definition(TABLES)
    metadata = make_metadata(TABLES)
    took = take_turns(
        lambda: seconds_of(lambda: export_sql(definition)),
        lambda: seconds_of(lambda: compile_metadata(metadata)),
        rounds=plan.choose(5, 2),
    )
    yield compared(f"SQL of {TABLES} tables", took, yardstick="SQLAlchemy CreateTable")


def make_definition(tables: int) -> Definition:
    """Return the tables as a definition in which nobody named a constraint."""
    return Definition(
        tables=tuple(_make_table(number) for number in range(tables)),
        foreign_keys=tuple(
            ForeignKey(
                id=f"f{number}",
                source_table_id=f"t{number}",
                source_column_ids=(f"t{number}.c1",),
                target_table_id=f"t{(number + 1) % tables}",
                target_column_ids=(f"t{(number + 1) % tables}.id",),
            )
            for number in range(tables)
        ),
    )


def _make_table(number: int) -> Table:
    table_id = f"t{number}"
    whole = ColumnType(data_type=DataType.INT)
    text = ColumnType(data_type=DataType.VARCHAR, length=255)
    identity = IdentityKind.BY_DEFAULT
    return Table(
        id=table_id,
        name=f"table_{number}",
        columns=(
            Column(id=f"{table_id}.id", name="id", type=whole, nullable=False, identity=identity),
            Column(id=f"{table_id}.c1", name="c1", type=whole),
            Column(
                id=f"{table_id}.c2",
                name="c2",
                type=text,
                nullable=False,
                default=LiteralDefault(json='"new"'),
            ),
            *(
                Column(id=f"{table_id}.c{place}", name=f"c{place}", type=text)
                for place in range(3, COLUMNS)
            ),
        ),
        primary_key=PrimaryKey(column_ids=(f"{table_id}.id",)),
        uniques=(Unique(id=f"{table_id}.u", column_ids=(f"{table_id}.c2",)),),
        indexes=(Index(id=f"{table_id}.i", parts=(IndexPart(column_id=f"{table_id}.c1"),)),),
    )


def make_metadata(tables: int) -> sqlalchemy.MetaData:
    """Return the same tables as SQLAlchemy's."""
    metadata = sqlalchemy.MetaData(schema="public")
    for number in range(tables):
        name = f"table_{number}"
        target = f"public.table_{(number + 1) % tables}.id"
        sqlalchemy.Table(
            name,
            metadata,
            sqlalchemy.Column("id", sqlalchemy.Integer, sqlalchemy.Identity(), nullable=False),
            sqlalchemy.Column("c1", sqlalchemy.Integer),
            sqlalchemy.Column("c2", sqlalchemy.String(255), nullable=False, server_default="new"),
            *(
                sqlalchemy.Column(f"c{place}", sqlalchemy.String(255))
                for place in range(3, COLUMNS)
            ),
            sqlalchemy.PrimaryKeyConstraint("id", name=f"{name}_pkey"),
            sqlalchemy.UniqueConstraint("c2", name=f"{name}_c2_key"),
            sqlalchemy.Index(f"{name}_c1_idx", "c1"),
            sqlalchemy.ForeignKeyConstraint(
                ["c1"], [target], name=f"{name}_c1_fkey", use_alter=True
            ),
        )
    return metadata


def compile_metadata(metadata: sqlalchemy.MetaData) -> str:
    """Write them as SQLAlchemy does: tables, then indexes, then foreign keys."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # has no annotations
    tables = list(metadata.tables.values())
    elements: tuple[ExecutableDDLElement, ...] = (
        *(CreateTable(table) for table in tables),
        *(CreateIndex(index) for table in tables for index in table.indexes),
        *(AddConstraint(each) for table in tables for each in table.foreign_key_constraints),
    )
    return "".join(f"{element.compile(dialect=dialect)};\n" for element in elements)
