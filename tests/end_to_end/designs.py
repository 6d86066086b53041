"""Documents as clients send them, that mention only what a test needs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4


def small_design(*, name: str = "", extra_columns: int = 0) -> dict[str, Any]:
    """Return two tables, one of which refers to the other.

    Args:
        name: Of the schema; one of its own if absent.
        extra_columns: Further columns of the second table.
    """
    further = [
        {"id": f"orders_extra_{place}", "name": f"extra_{place}", "dataType": "TEXT"}
        for place in range(extra_columns)
    ]
    return {
        "name": name or f"design {uuid4().hex}",
        "tables": [
            {
                "id": "customers",
                "name": "customers",
                "columns": [
                    {"id": "customers_id", "name": "id", "dataType": "INT", "primaryKey": True},
                    {"id": "customers_name", "name": "name", "dataType": "TEXT"},
                ],
            },
            {
                "id": "orders",
                "name": "orders",
                "columns": [
                    {"id": "orders_id", "name": "id", "dataType": "INT", "primaryKey": True},
                    {"id": "orders_customer", "name": "customer_id", "dataType": "INT"},
                    *further,
                ],
            },
        ],
        "foreignKeys": [
            {
                "id": "orders_to_customers",
                "sourceTableId": "orders",
                "sourceColumnId": "orders_customer",
                "targetTableId": "customers",
                "targetColumnId": "customers_id",
            }
        ],
    }


def migrated_design(*, name: str) -> dict[str, Any]:
    """Return what the small design is led to: a column more, and one with values less.

    Args:
        name: Of the schema.
    """
    document = small_design(name=name, extra_columns=1)
    document["tables"][0]["columns"].pop()
    return document


ROWS = (
    "INSERT INTO customers VALUES (1, 'one'), (2, 'two');"
    " INSERT INTO orders (id, customer_id) VALUES (1, 1), (2, 1), (3, 2)"
)
"""Rows for the small design."""

ROW_COUNTS = {"public.customers": 2, "public.orders": 3}
"""How many they are."""


def large_design(tables: int) -> dict[str, Any]:
    """Return tables that take a while to create, in a chain of foreign keys."""
    return {
        "name": f"design {uuid4().hex}",
        "tables": [
            {
                "id": f"t{number}",
                "name": f"t{number}",
                "columns": [
                    {"id": f"t{number}_id", "name": "id", "dataType": "INT", "primaryKey": True},
                    {"id": f"t{number}_next", "name": "next", "dataType": "INT", "unique": True},
                    *(
                        {"id": f"t{number}_c{place}", "name": f"c{place}", "dataType": "TEXT"}
                        for place in range(5)
                    ),
                ],
            }
            for number in range(tables)
        ],
        "foreignKeys": [
            {
                "id": f"fk{number}",
                "sourceTableId": f"t{number}",
                "sourceColumnId": f"t{number}_next",
                "targetTableId": f"t{(number + 1) % tables}",
                "targetColumnId": f"t{(number + 1) % tables}_id",
            }
            for number in range(tables)
        ],
    }
