"""The table that is changed under load, as it is before each change, and the pieces it is made of.

Clients touch only columns that stay under their names, so that no change is an error for them.
"""

from __future__ import annotations

from dataclasses import replace

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
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

TABLE = "orders"
"""Name and id of the big table."""

FILL = """
INSERT INTO customers (id, name) SELECT n, 'customer ' || n FROM generate_series(1, 100) AS s (n);
INSERT INTO orders
       (customer_id, referrer_id, code, label, amount, quantity, note, extra, shipped_at)
SELECT 1 + n % 100, 1 + n % 99, 'B' || n, (n % 1000)::text, n % 500, 0, md5(n::text),
       CASE WHEN n % 3 = 0 THEN md5((n + 1)::text) END, CASE WHEN n % 2 = 0 THEN now() END
  FROM generate_series(1, {rows}) AS s (n)
"""
"""Rows; the number of them is to be put in."""


def base() -> Definition:
    """Return the design before each change."""
    orders = Table(
        id=TABLE,
        name=TABLE,
        columns=(
            column("id", DataType.BIGINT, nullable=False, identity=IdentityKind.BY_DEFAULT),
            column("customer_id", DataType.INT, nullable=False),
            column("referrer_id", DataType.INT),
            column("region", DataType.SMALLINT, nullable=False, default=LiteralDefault(json="1")),
            replace(column("code", DataType.VARCHAR), type=varchar(20)),
            column("label", DataType.TEXT),
            replace(
                column("amount", DataType.DECIMAL, nullable=False),
                type=ColumnType(data_type=DataType.DECIMAL, precision=12, scale=2),
            ),
            column("quantity", DataType.INT, nullable=False),
            replace(
                column("status", DataType.ENUM, nullable=False),
                type=ColumnType(data_type=DataType.ENUM, enum_id="status"),
                default=LiteralDefault(json='"new"'),
            ),
            column("note", DataType.TEXT),
            column("extra", DataType.TEXT),
            column(
                "placed_at",
                DataType.TIMESTAMPTZ,
                nullable=False,
                default=ExpressionDefault(sql="now()"),
            ),
            column("shipped_at", DataType.TIMESTAMPTZ),
        ),
        primary_key=PrimaryKey(column_ids=("id",)),
        # While there is no primary key, clients find their rows by this one.
        uniques=(Unique(id="orders_once", name="orders_once", column_ids=("id", "customer_id")),),
        checks=(Check(id="amount_check", name="amount_check", expression="amount >= 0"),),
        indexes=(
            index("orders_placed_at", "placed_at"),
            index("orders_customer_id", "customer_id"),
        ),
    )
    customers = Table(
        id="customers",
        name="customers",
        columns=(
            replace(column("id", DataType.INT, nullable=False), id="customers.id"),
            column("name", DataType.TEXT),
        ),
        primary_key=PrimaryKey(column_ids=("customers.id",)),
    )
    return Definition(
        tables=(orders, customers),
        foreign_keys=(reference("orders_customer", "customer_id"),),
        enums=(Enum(id="status", name="status", values=("new", "paid", "lost")),),
    )


def column(
    name: str,
    data_type: DataType,
    *,
    nullable: bool = True,
    identity: IdentityKind | None = None,
    default: LiteralDefault | ExpressionDefault | None = None,
) -> Column:
    """Return a column whose id is its name."""
    return Column(
        id=name,
        name=name,
        type=ColumnType(data_type=data_type),
        nullable=nullable,
        identity=identity,
        default=default,
    )


def varchar(length: int) -> ColumnType:
    """Return the type of characters up to a length."""
    return ColumnType(data_type=DataType.VARCHAR, length=length)


def index(name: str, column_id: str, *, where: str | None = None) -> Index:
    """Return an index over one column."""
    return Index(id=name, name=name, parts=(IndexPart(column_id=column_id),), where=where)


def reference(name: str, column_id: str) -> ForeignKey:
    """Return a foreign key of the big table at customers."""
    return ForeignKey(
        id=name,
        name=name,
        source_table_id=TABLE,
        source_column_ids=(column_id,),
        target_table_id="customers",
        target_column_ids=("customers.id",),
    )
