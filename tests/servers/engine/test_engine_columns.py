"""How columns are read: whatever they are called, in their order, with what cannot be said."""

from __future__ import annotations

import pytest

from core.databases.engine import Credentials
from core.engines.postgresql import PostgresqlEngine
from tests.servers.engine.conftest import build

pytestmark = pytest.mark.servers

NAMES = ("a,b", "c;d", "null", '"q"', "back\\slash", "{e}", "dot.ted", " ", "f\x01g", "été")
"""Names with signs that lists and arrays are written with."""


def test_any_name_is_read_as_it_is(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """In the order of the table, each with what was said of it."""
    quoted = ['"{}"'.format(name.replace('"', '""')) for name in NAMES]
    build(
        engine,
        database,
        owner,
        f"CREATE TABLE t ({', '.join(f'{name} int' for name in quoted)})",
        *(f"ALTER TABLE t ALTER {name} SET DEFAULT {place}" for place, name in enumerate(quoted)),
        *(f"COMMENT ON COLUMN t.{name} IS '{place}'" for place, name in enumerate(quoted)),
    )
    with engine.session(database, owner) as session:
        (found,) = session.introspect().definition.tables
    assert [each.name for each in found.columns] == list(NAMES)
    assert [each.description for each in found.columns] == [str(n) for n in range(len(NAMES))]
    assert [getattr(each.default, "sql", None) for each in found.columns] == [
        str(place) for place in range(len(NAMES))
    ]
    assert len({each.id for each in found.columns}) == len(NAMES)


def test_columns_that_came_later_stand_behind(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Also where others went, whose numbers are not given again."""
    build(
        engine,
        database,
        owner,
        "CREATE TABLE t (a int, b int, c int)",
        "ALTER TABLE t DROP b",
        "ALTER TABLE t ADD d int UNIQUE",
        "ALTER TABLE t ALTER a SET NOT NULL",
    )
    with engine.session(database, owner) as session:
        (found,) = session.introspect().definition.tables
    assert [each.name for each in found.columns] == ["a", "c", "d"]
    assert [each.nullable for each in found.columns] == [False, True, True]
    assert found.uniques[0].column_ids == (found.columns[2].id,)


def test_collations_are_told_where_they_are_not_the_usual_ones(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Of columns against their types, and of indexes against their columns."""
    build(
        engine,
        database,
        owner,
        'CREATE DOMAIN plain AS text COLLATE "C"',
        'CREATE TABLE t (usual text, other text COLLATE "C", name name, of_type plain,'
        ' against_type plain COLLATE "default", counted int)',
        "ALTER TABLE t ALTER counted SET (n_distinct = 5)",
        "CREATE INDEX as_usual ON t (usual)",
        "CREATE INDEX as_other ON t (other)",
        "CREATE INDEX as_name ON t (name)",
        "CREATE INDEX as_type ON t (of_type, against_type, counted)",
        'CREATE INDEX other_than_usual ON t (usual COLLATE "C")',
        'CREATE INDEX usual_on_other ON t (other COLLATE "default")',
    )
    with engine.session(database, owner) as session:
        unknown = session.introspect().unknown
    assert {(each.kind, each.name) for each in unknown} == {
        ("domain", "public.plain"),
        ("column option", "public.t.other"),
        ("column option", "public.t.against_type"),
        ("column option", "public.t.counted"),
        ("index option", "public.other_than_usual"),
        ("index option", "public.usual_on_other"),
    }
