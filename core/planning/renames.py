"""Whose ids the things of a live database have: those of the known things they are called like.

A live database knows no ids. What has the qualified name of a known thing is that thing; what is
left over on both sides may have been renamed, which is suggested and never assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from core.changes import ObjectKind
from core.changes.words import type_words
from core.definition.canonical import qualified
from core.definition.model import Column, Definition, Enum, Table
from core.definition.names import resolve_names
from core.planning.column_comparison import canonical_type
from core.planning.reidentifying import Ids, reidentified


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSuggestion:
    """A thing that may be a known one under another name."""

    kind: ObjectKind
    """Table, column or enum."""
    known_id: str
    """The id of the known thing."""
    found_id: str
    """The id of the found thing, as it was found."""
    before: str
    """The qualified name of the known thing."""
    after: str
    """The qualified name of the found thing."""
    reason: str
    """Why it may be: a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A found definition with the ids of a known one."""

    definition: Definition
    """The found definition, with known ids where names are the same."""
    suggestions: tuple[RenameSuggestion, ...]
    """What may have been renamed, at most once for each thing; of parts only in known tables."""
    found: Definition
    """The definition as it was found, everything named."""
    known: Definition
    """The known definition, everything named."""


def align(found: Definition, known: Definition) -> Alignment:
    """Give things that were found the ids of known things of the same qualified name."""
    return _align(resolve_names(found), resolve_names(known), ())


def confirm(alignment: Alignment, suggestions: Iterable[RenameSuggestion]) -> Definition:
    """Return the found definition with the ids of known things, also for confirmed renames."""
    return align_with(alignment, suggestions).definition


def align_with(alignment: Alignment, suggestions: Iterable[RenameSuggestion]) -> Alignment:
    """Align again with confirmed renames, which may bring up renames of parts."""
    return _align(alignment.found, alignment.known, tuple(suggestions))


def _align(
    found: Definition, known: Definition, confirmed: tuple[RenameSuggestion, ...]
) -> Alignment:
    ids = Ids(known_ids=_all_ids(known), found_ids=cache(lambda: _all_ids(found)))
    suggestions: list[RenameSuggestion] = []
    sure = {(each.kind, each.found_id): each.known_id for each in confirmed}
    enum_pairs, gone_enums, new_enums = _paired(
        {enum.id: (enum.namespace, enum.name) for enum in found.enums},
        {enum.id: (enum.namespace, enum.name) for enum in known.enums},
        sure,
        ObjectKind.ENUM,
    )
    ids.enums.update(enum_pairs)
    suggestions.extend(_enum_suggestions(found.enums, known.enums, new_enums, gone_enums))
    found_tables = {table.id: table for table in found.tables}
    known_tables = {table.id: table for table in known.tables}
    table_pairs, gone_tables, new_tables = _paired(
        {table.id: (table.namespace, table.name) for table in found.tables},
        {table.id: (table.namespace, table.name) for table in known.tables},
        sure,
        ObjectKind.TABLE,
    )
    ids.tables.update(table_pairs)
    suggestions.extend(
        _table_suggestions(
            [found_tables[each] for each in new_tables],
            [known_tables[each] for each in gone_tables],
            ids.enums,
        )
    )
    same_tables: dict[str, Table] = {}
    may_be_same = not confirmed and all(
        ids.new(ids.enums, each.id) == each.id for each in found.enums
    )
    for found_id, known_id in table_pairs.items():
        mine, theirs = found_tables[found_id], known_tables[known_id]
        if may_be_same and mine == theirs:
            same_tables[found_id] = theirs
            ids.keep(theirs)
            continue
        column_pairs, gone, new = _paired(
            {column.id: (column.name,) for column in mine.columns},
            {column.id: (column.name,) for column in theirs.columns},
            sure,
            ObjectKind.COLUMN,
        )
        ids.columns.update(column_pairs)
        suggestions.extend(_column_suggestions(mine, theirs, new, gone, ids.enums))
        ids.pair_parts(mine, theirs)
    ids.pair_foreign_keys(found.foreign_keys, known.foreign_keys)
    return Alignment(
        definition=reidentified(found, ids, same_tables),
        suggestions=tuple(suggestions),
        found=found,
        known=known,
    )


def _all_ids(definition: Definition) -> frozenset[str]:
    ids = [enum.id for enum in definition.enums]
    ids += [key.id for key in definition.foreign_keys]
    for table in definition.tables:
        ids.append(table.id)
        for parts in (table.columns, table.uniques, table.checks, table.indexes):
            ids += [part.id for part in parts]
    return frozenset(ids)


def _paired(
    found: Mapping[str, tuple[str, ...]],
    known: Mapping[str, tuple[str, ...]],
    sure: Mapping[tuple[ObjectKind, str], str],
    kind: ObjectKind,
) -> tuple[dict[str, str], list[str], list[str]]:
    """Pair found ids with known ids; return also the known and the found ones left over."""
    pairs = {
        found_id: sure[kind, found_id] for found_id in found if sure.get((kind, found_id)) in known
    }
    free = {name: each for each, name in known.items() if each not in pairs.values()}
    for found_id, name in found.items():
        if found_id not in pairs and name in free:
            pairs[found_id] = free[name]
    taken = set(pairs.values())
    return (
        pairs,
        [each for each in known if each not in taken],
        [each for each in found if each not in pairs],
    )


def _enum_suggestions(
    found: Iterable[Enum], known: Iterable[Enum], new: Iterable[str], gone: Iterable[str]
) -> Iterator[RenameSuggestion]:
    left = {enum.id: enum for enum in known if enum.id in set(gone)}
    for enum in found:
        if enum.id not in set(new):
            continue
        twin = next((each for each in left.values() if each.values == enum.values), None)
        if twin is not None:
            del left[twin.id]
            yield RenameSuggestion(
                kind=ObjectKind.ENUM,
                known_id=twin.id,
                found_id=enum.id,
                before=qualified(twin.namespace, twin.name),
                after=qualified(enum.namespace, enum.name),
                reason="Both have the same values.",
            )


def _table_suggestions(
    new: Iterable[Table], gone: Iterable[Table], enums: Mapping[str, str]
) -> Iterator[RenameSuggestion]:
    left = {table.id: table for table in gone}
    for table in new:
        shape = _shape(table, enums)
        twin = next((each for each in left.values() if _shape(each, {}) == shape), None)
        if twin is not None:
            del left[twin.id]
            yield RenameSuggestion(
                kind=ObjectKind.TABLE,
                known_id=twin.id,
                found_id=table.id,
                before=qualified(twin.namespace, twin.name),
                after=qualified(table.namespace, table.name),
                reason="Both have columns of the same names and types.",
            )


def _column_suggestions(
    mine: Table,
    theirs: Table,
    new: Iterable[str],
    gone: Iterable[str],
    enums: Mapping[str, str],
) -> Iterator[RenameSuggestion]:
    """Suggest for columns of one type first those in one place, then the only ones of it."""
    places = {column.id: place for place, column in enumerate(theirs.columns)}
    left = {column.id: column for column in theirs.columns if column.id in set(gone)}
    come = [(place, column) for place, column in enumerate(mine.columns) if column.id in set(new)]
    rest: list[Column] = []
    for place, column in come:
        twin = next((each for each in left.values() if places[each.id] == place), None)
        if twin is None or _form(twin, {}) != _form(column, enums):
            rest.append(column)
            continue
        del left[twin.id]
        reason = f"Both stand in the same place and are of type {type_words(twin.type)}."
        yield _column_suggestion(mine, theirs, column, twin, reason)
    for column in rest:
        form = _form(column, enums)
        twins = [each for each in left.values() if _form(each, {}) == form]
        rivals = [each for each in rest if _form(each, enums) == form]
        if len(twins) == len(rivals) == 1:
            reason = (
                f"It is the only column of type {type_words(twins[0].type)} that came,"
                " and the other the only one that went."
            )
            yield _column_suggestion(mine, theirs, column, twins[0], reason)


def _column_suggestion(
    mine: Table, theirs: Table, found: Column, known: Column, reason: str
) -> RenameSuggestion:
    return RenameSuggestion(
        kind=ObjectKind.COLUMN,
        known_id=known.id,
        found_id=found.id,
        before=qualified(theirs.namespace, theirs.name, known.name),
        after=qualified(mine.namespace, mine.name, found.name),
        reason=reason,
    )


def _shape(table: Table, enums: Mapping[str, str]) -> frozenset[tuple[str, object]]:
    return frozenset((column.name, _form(column, enums)) for column in table.columns)


def _form(column: Column, enums: Mapping[str, str]) -> object:
    """Return the type by which columns are likened, an enum by its known id."""
    form = canonical_type(column)
    return (form.data_type, enums.get(form.enum_id, form.enum_id)) if form.enum_id else form
