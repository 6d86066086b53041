"""Documents that tests of the API send."""

from __future__ import annotations

from typing import Any


def document(name: str = "blog", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    """Return a small document that a database can be made from."""
    return {
        "name": name,
        "description": "Posts",
        "tables": [
            {
                "id": "users",
                "name": "users",
                "columns": [
                    {"id": "u1", "name": "id", "dataType": "INT", "primaryKey": True},
                    {"id": "u2", "name": "email", "dataType": "VARCHAR", "length": 255},
                ],
            }
        ],
        **more,
    }
