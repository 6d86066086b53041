"""A live definition as the next version of the stored one."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from core.definition.canonical import canonical
from core.definition.model import Check, Definition, Position
from core.definition.names import resolve_names
from core.planning.taking_over import take_over
from tests.builders import column, definition, enum, foreign_key, index, table, type_of


def _stored() -> Definition:
    users = table(
        "users",
        "id",
        column("email", "TEXT"),
        column("mood", type_of("ENUM", enum_id="mood")),
        primary_key="id",
        uniques=["email"],
        checks=[Check(id="c", expression="id > 0")],
        indexes=[index("email")],
        position=Position(x=1, y=2),
        color="#abc",
        description="People",
    )
    return definition(
        users,
        table("posts", "id", "author"),
        foreign_keys=[foreign_key("posts", "author", "users")],
        enums=[enum("mood", "ok")],
    )


def _ids() -> list[str]:
    numbers = count(1)
    return [f"new{next(numbers)}" for _ in range(20)]


def test_nothing_changes_where_nothing_drifted() -> None:
    """Order, layout and names that nobody gave are those of the stored definition."""
    live = resolve_names(_stored())
    bare = tuple(
        replace(each, position=None, color=None, columns=tuple(reversed(each.columns)))
        for each in reversed(live.tables)
    )
    assert take_over(replace(live, tables=bare), _stored(), make_id=_ids().pop) == _stored()


def test_new_things_get_ids_of_their_own() -> None:
    """What refers to them follows."""
    stored = definition(table("users", "id", primary_key="id"))
    new = table(
        "t",
        column("n", type_of("ENUM", enum_id="e")),
        primary_key="n",
        uniques=["n"],
        checks=["n is not null"],
        indexes=[index("n", include=["n"])],
    )
    live = resolve_names(
        definition(
            stored.tables[0],
            new,
            foreign_keys=[foreign_key("t", "n", "users")],
            enums=[enum("e", "a")],
        )
    )
    names = iter(_ids())
    taken = take_over(live, stored, make_id=lambda: next(names))
    assert canonical(taken) == canonical(live)
    made = taken.tables[1]
    assert made.columns[0].type.enum_id == taken.enums[0].id
    all_ids = [
        made.id,
        made.columns[0].id,
        made.uniques[0].id,
        made.checks[0].id,
        made.indexes[0].id,
    ]
    all_ids += [taken.enums[0].id, taken.foreign_keys[0].id]
    assert all(each.startswith("new") for each in all_ids)
    assert len(set(all_ids)) == len(all_ids)
    assert taken.foreign_keys[0].target_table_id == "users"


def test_names_are_given_where_they_would_not_come_by_themselves() -> None:
    """A table renamed by hand keeps the names of its constraints."""
    stored = _stored()
    live = resolve_names(stored)
    renamed = replace(live.tables[0], name="people")
    live = replace(live, tables=(renamed, *live.tables[1:]))
    taken = take_over(live, stored, make_id=_ids().pop)
    assert canonical(taken) == canonical(live)
    assert taken.tables[0].primary_key is not None
    assert taken.tables[0].primary_key.name == "users_pkey"
    assert taken.tables[0].position == Position(x=1, y=2)
