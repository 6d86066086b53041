"""A design with rows, and another to which there are lines of every sort once tables are large."""

from __future__ import annotations

from typing import Any

ROWS = """
INSERT INTO people (name, email, mood, age, nick, code)
SELECT 'name ' || n, n || '@example.org', (ARRAY['sad', 'ok', 'happy'])[1 + n % 3]::mood, n,
       'nick ' || n, 'code ' || n
  FROM generate_series(1, 4000) n;
INSERT INTO orders (id, person_id) SELECT n, n FROM generate_series(1, 500) n;
"""
"""Rows that fit both designs."""

VALUES_BEFORE = (
    "SELECT count(*), md5(string_agg(ROW(id, name, email, mood, age, nick, code)::text, ','"
    " ORDER BY id)) FROM people"
)
"""Tells whether every value is there, in the design before."""

VALUES_AFTER = (
    "SELECT count(*), count(DISTINCT token), md5(string_agg(ROW(id, name, email, mood, age, label)"
    "::text, ',' ORDER BY id)) FROM people"
)
"""Tells whether every value is there, in the design after."""


def design_before(name: str) -> dict[str, Any]:
    """Return the design that plans start from.

    Args:
        name: Of the schema.
    """
    return _design(
        name,
        values=["sad", "ok", "happy"],
        columns=[
            _column("name", "VARCHAR", length=40),
            _column("email", "VARCHAR", length=100),
            _column("mood", "ENUM", enumId="mood", nullable=False, defaultValue="ok"),
            _column("age", "INT"),
            _column("nick", "TEXT"),
            _column("code", "TEXT"),
        ],
        indexes=[_index("by_mood", ["mood", "age"])],
    )


def design_after(name: str) -> dict[str, Any]:
    """Return the design that they lead to: a type, an enum, keys, and a column less.

    Args:
        name: Of the schema.
    """
    document = _design(
        name,
        values=["happy", "fine", "ok", "sad"],
        columns=[
            _column("name", "VARCHAR", length=40, nullable=False),
            _column("email", "VARCHAR", length=100),
            _column("mood", "ENUM", enumId="mood", nullable=False, defaultValue="ok"),
            _column("age", "BIGINT"),
            _column("code", "TEXT") | {"name": "label"},
            _column("token", "UUID", defaultValue="gen_random_uuid()", nullable=False),
        ],
        indexes=[_index("by_mood", ["mood", "age"]), _index("by_name", ["name"])],
        uniques=[{"id": "one_email", "name": "one_email", "columnIds": ["people_email"]}],
        checks=[{"id": "aged", "name": "aged", "expression": "age > 0"}],
    )
    document["foreignKeys"] = [
        {
            "id": "orders_of",
            "name": "orders_of",
            "sourceTableId": "orders",
            "sourceColumnId": "orders_person_id",
            "targetTableId": "people",
            "targetColumnId": "people_id",
        }
    ]
    return document


def _design(name: str, *, values: list[str], columns: list[Any], **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    identity = _column("id", "INT", primaryKey=True, autoIncrement=True)
    keys = [
        _column("id", "INT", primaryKey=True) | {"id": "orders_id"},
        _column("person_id", "INT") | {"id": "orders_person_id"},
    ]
    return {
        "name": name,
        "enums": [{"id": "mood", "name": "mood", "values": values}],
        "tables": [
            {"id": "people", "name": "people", "columns": [identity, *columns], **parts},
            {"id": "orders", "name": "orders", "columns": keys},
        ],
    }


def _column(name: str, data_type: str, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"id": f"people_{name}", "name": name, "dataType": data_type, **others}


def _index(name: str, columns: list[str]) -> dict[str, Any]:
    return {"id": name, "name": name, "columns": columns}
