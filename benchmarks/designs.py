"""Documents of ordinary designs in any size: keys, defaults, checks, indexes, references."""

from __future__ import annotations

from typing import Any
from uuid import uuid4


def make_document(tables: int) -> dict[str, Any]:
    """Return a document of so many tables under a name that nobody has."""
    return {
        "name": f"benchmark_{uuid4().hex}",
        "description": f"{tables} tables",
        "tables": [_table(number) for number in range(tables)],
        "foreignKeys": [
            {
                "id": f"f{number}",
                "sourceTableId": f"t{number}",
                "sourceColumnId": f"t{number}.parent_id",
                "targetTableId": f"t{number - 1}",
                "targetColumnId": f"t{number - 1}.id",
                "onDelete": "CASCADE",
            }
            for number in range(1, tables)
        ],
    }


def _table(number: int) -> dict[str, Any]:
    key = f"t{number}"
    return {
        "id": key,
        "name": f"table_{number}",
        "position": {"x": 40 * number, "y": 20},
        "description": f"The table with the number {number}.",
        "columns": [
            _column(key, "id", "BIGINT", primaryKey=True, autoIncrement=True),
            _column(key, "parent_id", "BIGINT"),
            _column(key, "email", "VARCHAR", length=255, nullable=False, unique=True),
            _column(key, "title", "VARCHAR", length=120, nullable=False, defaultValue="untitled"),
            _column(key, "body", "TEXT"),
            _column(key, "price", "DECIMAL", precision=10, scale=2, defaultValue=0),
            _column(key, "is_active", "BOOLEAN", nullable=False, defaultValue=True),
            _column(
                key,
                "created_at",
                "TIMESTAMPTZ",
                nullable=False,
                defaultValue="CURRENT_TIMESTAMP",
            ),
        ],
        "checks": [{"name": f"table_{number}_price_check", "expression": "price >= 0"}],
        "indexes": [
            {"name": f"table_{number}_parent_id_idx", "columns": ["parent_id"]},
            {"name": f"table_{number}_created_at_idx", "columns": ["created_at"]},
        ],
    }


def _column(table: str, name: str, data_type: str, **flags: object) -> dict[str, Any]:
    return {"id": f"{table}.{name}", "name": name, "dataType": data_type, **flags}
