"""Designs that tests change."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

USERS: dict[str, Any] = {
    "name": "shop",
    "tables": [
        {
            "id": "users",
            "name": "users",
            "columns": [
                {"id": "users_id", "name": "id", "dataType": "INT", "primaryKey": True},
                {"id": "users_email", "name": "email", "dataType": "VARCHAR", "length": 255},
                {"id": "users_age", "name": "age", "dataType": "INT"},
            ],
            "checks": [{"id": "adult", "name": "adult", "expression": "age > 17"}],
        }
    ],
}

ROWS = "INSERT INTO users VALUES (1, 'a@example.org', 30), (2, 'b@example.org', 40)"
"""Two rows of users."""


def users(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the design with other columns, indexes or whatever of the table is named."""
    document = deepcopy(USERS)
    document["tables"][0] |= changes
    return document


def with_column(**column: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the design with one more column."""
    return users(columns=[*USERS["tables"][0]["columns"], column])


def without_column(name: str) -> dict[str, Any]:
    """Return the design without a column, and without the check on it."""
    columns = [each for each in USERS["tables"][0]["columns"] if each["name"] != name]
    checks = [] if name == "age" else USERS["tables"][0]["checks"]
    return users(columns=columns, checks=checks)


def renamed(old: str, new: str) -> dict[str, Any]:
    """Return the design with a column renamed."""
    columns = [
        each | {"name": new} if each["name"] == old else each
        for each in USERS["tables"][0]["columns"]
    ]
    return users(columns=columns)
