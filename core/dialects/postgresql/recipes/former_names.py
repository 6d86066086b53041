"""Gives things their names of before for a moment, in which what reads them is made again.

The server writes the text of a view or a policy with the names that hold when it is asked, and a
plan asks before anything is renamed. Made again under those names, it follows when they go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from core.dialects.facts import Dependent
from core.dialects.postgresql.altering_columns import rename_column
from core.dialects.postgresql.altering_enums import move_enum, rename_enum, rename_enum_value
from core.dialects.postgresql.altering_tables import move_table, rename_table
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Statement

_Words = tuple[Callable[[Place, str, str], Statement], Callable[[Place, str, str], Statement]]

Step = tuple[Statement, Statement]
"""What gives a former name, and what takes it again."""


def under_former_names(
    creates: Sequence[Statement],
    dependents: Collection[tuple[str, str]],
    renamed_labels: Mapping[str, Mapping[str, str]],
    scenery: Scenery,
) -> list[Statement]:
    """Make things again while what they read has its names of before.

    Args:
        creates: What makes them again.
        dependents: Their kinds and names.
        renamed_labels: By enum id, new texts of values by those of before.
        scenery: Both ends.
    """
    text = "\n".join(each.sql for each in creates)
    steps = [
        *_tables(dependents, scenery),
        *_enums(text, renamed_labels, scenery),
    ]
    forth = [step[0] for step in steps]
    return [*forth, *creates, *(step[1] for step in reversed(steps))]


def _tables(dependents: Collection[tuple[str, str]], scenery: Scenery) -> Iterator[Step]:
    """Rename the columns that are read, then the tables."""
    moved: dict[str, tuple[Place, Place]] = {}
    for table_id, before in scenery.before.tables.items():
        after = scenery.after.tables.get(table_id)
        reading = [
            each
            for each in scenery.facts_of(table_id).dependents
            if (each.kind, each.name) in dependents
        ]
        if after is None or not reading:
            continue
        yield from _columns(table_id, reading, scenery)
        if Place.of(before) != Place.of(after):
            moved[table_id] = Place.of(after), Place.of(before)
    standing = {Place.of(table): each for each, table in scenery.after.tables.items()}
    in_the_way = {
        standing[there]: (there, Place(there.namespace, scenery.temporary()))
        for _, there in moved.values()
        if there in standing
    }
    for table_id, (here, aside) in in_the_way.items():
        yield rename_table(here, aside.name, table_id), rename_table(aside, here.name, table_id)
    for table_id, (here, there) in moved.items():
        at = in_the_way[table_id][1] if table_id in in_the_way else here
        yield from _way(at, there, table_id, (rename_table, move_table), scenery)


def _columns(table_id: str, reading: Iterable[Dependent], scenery: Scenery) -> Iterator[Step]:
    place = scenery.after.place(table_id)
    later = {each.id: each.name for each in scenery.after.table(table_id).columns}
    read = {each.column for each in reading}
    wanted = {
        each.id: each.name
        for each in scenery.before.table(table_id).columns
        if each.name in read and later.get(each.id, each.name) != each.name
    }
    taken = set(wanted.values())
    now = dict(later)
    for column_id, name in later.items():
        if name in taken:
            now[column_id] = scenery.temporary()
            yield _renamed_column(place, name, now[column_id], column_id)
    for column_id, name in wanted.items():
        yield _renamed_column(place, now[column_id], name, column_id)


def _enums(
    text: str, renamed_labels: Mapping[str, Mapping[str, str]], scenery: Scenery
) -> Iterator[Step]:
    """Rename the types that are written in the text, with their values."""
    for enum_id, before in scenery.before.enums.items():
        after = scenery.after.enums.get(enum_id)
        if after is None or before.name not in text:
            continue
        here = Place.of(after)
        labels = renamed_labels.get(enum_id, {})
        detours = {new: scenery.temporary() if new in labels else new for new in labels.values()}
        for new, aside in detours.items():
            if aside != new:
                yield _renamed_value(here, new, aside, enum_id)
        for old, new in labels.items():
            yield _renamed_value(here, detours[new], old, enum_id)
        if here != Place.of(before):
            yield from _way(here, Place.of(before), enum_id, (rename_enum, move_enum), scenery)


def _way(at: Place, there: Place, cause: str, words: _Words, scenery: Scenery) -> Iterator[Step]:
    """Bring a table or a type from one place to another, past what has its name on the way."""
    rename, move = words
    if at.namespace != there.namespace:
        if at.name != there.name:
            aside = Place(at.namespace, scenery.temporary())
            yield rename(at, aside.name, cause), rename(aside, at.name, cause)
            at = aside
        come = Place(there.namespace, at.name)
        yield move(at, come.namespace, cause), move(come, at.namespace, cause)
        at = come
    if at.name != there.name:
        yield rename(at, there.name, cause), rename(there, at.name, cause)


def _renamed_column(at: Place, name: str, to: str, cause: str) -> Step:
    return rename_column(at, name, to, cause), rename_column(at, to, name, cause)


def _renamed_value(at: Place, value: str, to: str, cause: str) -> Step:
    return rename_enum_value(at, value, to, cause), rename_enum_value(at, to, value, cause)
