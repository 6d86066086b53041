"""Laws of definitions: reading and writing, canonical form, fingerprints, comparison."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random
from typing import TypeVar

import simplejson
from hypothesis import given
from hypothesis import strategies as st

from core.definition.canonical import canonical
from core.definition.document import (
    Document,
    InvalidDocumentError,
    read_document,
    write_document,
)
from core.definition.fingerprint import (
    canonical_fingerprint,
    layout_fingerprint,
    structure_fingerprint,
    structure_fingerprints,
)
from core.definition.model import (
    Column,
    Definition,
    ForeignKey,
    Index,
    IndexPart,
    Position,
    Table,
)
from core.definition.names import NAME_BYTES, resolve_names
from core.planning.comparison import differences
from tests.strategies import definitions, documents, garbage, unhurried

T = TypeVar("T")


def no_id() -> str:
    """Fail when an id is made where all are given."""
    raise AssertionError


@unhurried
@given(documents())
def test_a_document_that_was_written_reads_as_itself(document: Document) -> None:
    """Reading is the inverse of writing, through JSON text with every digit."""
    text = simplejson.dumps(write_document(document), use_decimal=True)
    raw = simplejson.loads(text, use_decimal=True)
    assert read_document(raw, make_id=no_id) == document


@unhurried
@given(garbage)
def test_reading_anything_gives_a_document_or_problems(raw: object) -> None:
    """Garbage never makes reading fail in another way."""
    ids = itertools.count()
    try:
        document = read_document(raw, make_id=lambda: f"made {next(ids)}")
    except InvalidDocumentError:
        return
    assert read_document(write_document(document), make_id=no_id) == document


@unhurried
@given(documents(), garbage, st.randoms(use_true_random=False))
def test_spoiling_one_place_gives_a_document_or_problems(
    document: Document, spoiler: object, random: Random
) -> None:
    """Problems of a document that is nearly right can be written as JSON in UTF-8."""
    raw = write_document(document)
    spoil(raw, spoiler, random)
    try:
        read_document(raw, make_id=lambda: f"made {random.random()}")
    except InvalidDocumentError as error:
        for problem in error.problems:
            assert f"{problem.path} {problem.code} {problem.message}".encode()


@unhurried
@given(definitions())
def test_the_canonical_form_is_its_own_canonical_form(definition: Definition) -> None:
    """Folding twice changes nothing more."""
    once = canonical(definition)
    assert canonical(once) == once


@unhurried
@given(definitions())
def test_resolving_names_names_everything_and_keeps_the_meaning(definition: Definition) -> None:
    """Every constraint and index gets a name that fits, and naming twice changes nothing."""
    named = resolve_names(definition)
    given_names = [
        thing.name
        for table in named.tables
        for thing in (table.primary_key, *table.uniques, *table.checks, *table.indexes)
        if thing is not None
    ]
    given_names += [key.name for key in named.foreign_keys]
    assert all(name and len(name.encode()) <= NAME_BYTES for name in given_names)
    assert resolve_names(named) == named
    assert canonical(named) == canonical(definition)


@unhurried
@given(definitions())
def test_names_of_relations_in_one_namespace_differ(definition: Definition) -> None:
    """No generated name takes the name of a table, an index or a key."""
    relations = [
        (table.namespace, thing.name)
        for table in resolve_names(definition).tables
        for thing in (table, table.primary_key, *table.uniques, *table.indexes)
        if thing is not None
    ]
    assert len(set(relations)) == len(relations)


@unhurried
@given(definitions(), st.randoms(use_true_random=False))
def test_order_and_ids_and_layout_make_no_other_structure(
    definition: Definition, random: Random
) -> None:
    """The structure's fingerprint sees only what a database is made of."""
    other = renumbered(shuffled(definition, random))
    moved = replace(
        other,
        tables=tuple(
            replace(table, position=Position(x=1.5, y=-2.0), color="blue") for table in other.tables
        ),
    )
    assert canonical(moved) == canonical(definition)
    assert structure_fingerprint(moved) == structure_fingerprint(definition)
    assert differences(definition, moved) == ()
    assert layout_fingerprint(moved) != layout_fingerprint(definition)


@unhurried
@given(definitions(), definitions())
def test_fingerprints_and_sentences_tell_definitions_apart(
    one: Definition, other: Definition
) -> None:
    """Equal canonical forms, equal fingerprints and no differences go together."""
    is_same = canonical(one) == canonical(other)
    assert (structure_fingerprint(one) == structure_fingerprint(other)) is is_same
    assert (differences(one, other) == ()) is is_same


@unhurried
@given(definitions(), definitions())
def test_fingerprints_are_the_same_alone_and_together(one: Definition, other: Definition) -> None:
    """Reading what several definitions share only once gives the digests of each by itself."""
    mixed = replace(other, tables=one.tables, foreign_keys=one.foreign_keys)
    together = structure_fingerprints((one, mixed, other, one))
    assert together == tuple(structure_fingerprint(each) for each in (one, mixed, other, one))
    assert canonical_fingerprint(canonical(one)) == structure_fingerprint(one)


@unhurried
@given(definitions())
def test_a_changed_column_changes_the_structure(definition: Definition) -> None:
    """A change of one column is seen by the fingerprint and told in a sentence."""
    table = definition.tables[0]
    first = table.columns[0]
    changed = replace(first, description=f"{first.description} changed")
    other = replace(
        definition,
        tables=(replace(table, columns=(changed, *table.columns[1:])), *definition.tables[1:]),
    )
    assert structure_fingerprint(other) != structure_fingerprint(definition)
    (sentence,) = differences(definition, other)
    assert "has another description" in sentence


def spoil(raw: object, spoiler: object, random: Random) -> None:
    """Put something wrong at a random place of a JSON value."""
    while True:
        keys: list[object] = []
        if isinstance(raw, dict):
            keys = list(raw)
        elif isinstance(raw, list):
            keys = list(range(len(raw)))
        key = random.choice(keys)
        inner = raw[key]  # type: ignore[index]  # a dict or a list, as it has keys
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.2:
            raw[key] = spoiler  # type: ignore[index]  # likewise
            return
        raw = inner


def shuffled(definition: Definition, random: Random) -> Definition:
    """Change every order that means nothing."""

    def mixed(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(items, len(items)))

    return replace(
        definition,
        tables=mixed(
            tuple(
                replace(
                    table,
                    columns=mixed(table.columns),
                    uniques=mixed(table.uniques),
                    checks=mixed(table.checks),
                    indexes=mixed(table.indexes),
                )
                for table in definition.tables
            )
        ),
        foreign_keys=mixed(definition.foreign_keys),
        enums=mixed(definition.enums),
        namespaces=mixed(definition.namespaces),
    )


def renumbered(definition: Definition) -> Definition:
    """Give everything another id."""

    def new(given: str) -> str:
        return f"other {given}"

    def new_all(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new(item) for item in given)

    def column(item: Column) -> Column:
        enum_id = item.type.enum_id
        column_type = replace(item.type, enum_id=None if enum_id is None else new(enum_id))
        return replace(item, id=new(item.id), type=column_type)

    def part(item: IndexPart) -> IndexPart:
        return item if item.column_id is None else replace(item, column_id=new(item.column_id))

    def index(item: Index) -> Index:
        return replace(
            item,
            id=new(item.id),
            parts=tuple(part(each) for each in item.parts),
            include_column_ids=new_all(item.include_column_ids),
        )

    def table(item: Table) -> Table:
        key = item.primary_key
        return replace(
            item,
            id=new(item.id),
            columns=tuple(column(each) for each in item.columns),
            primary_key=key and replace(key, column_ids=new_all(key.column_ids)),
            uniques=tuple(
                replace(each, id=new(each.id), column_ids=new_all(each.column_ids))
                for each in item.uniques
            ),
            checks=tuple(replace(each, id=new(each.id)) for each in item.checks),
            indexes=tuple(index(each) for each in item.indexes),
        )

    def foreign_key(item: ForeignKey) -> ForeignKey:
        return replace(
            item,
            id=new(item.id),
            source_table_id=new(item.source_table_id),
            source_column_ids=new_all(item.source_column_ids),
            target_table_id=new(item.target_table_id),
            target_column_ids=new_all(item.target_column_ids),
        )

    return replace(
        definition,
        tables=tuple(table(each) for each in definition.tables),
        foreign_keys=tuple(foreign_key(each) for each in definition.foreign_keys),
        enums=tuple(replace(each, id=new(each.id)) for each in definition.enums),
    )
