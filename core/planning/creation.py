"""The statements that make an empty database hold a definition, and their order.

How each is spelled is the dialect's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.definition.model import Definition
from core.dialects.base import Speller
from core.dialects.postgresql import PostgresqlSpeller
from core.dialects.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationStage:
    """Statements of one kind that follow each other."""

    heading: str
    """What they make, for people."""
    statements: tuple[Statement, ...]
    """At least one."""


def creation_statements(
    definition: Definition, make_speller: Callable[[Definition], Speller] = PostgresqlSpeller
) -> tuple[Statement, ...]:
    """Give the statements that make a definition in an empty database, in order.

    Each part only needs what comes before it: foreign keys follow all tables and indexes, so
    that tables may refer to each other in circles. The order of lists in the definition makes no
    difference, other than that of columns, keys and enum values.

    Args:
        definition: What to make; it has passed validation.
        make_speller: The dialect.

    Raises:
        MissingThingError: a part refers to something that is not there.
        DefaultMismatchError: a default does not fit its column.
    """
    stages = creation_stages(definition, make_speller)
    return tuple(statement for stage in stages for statement in stage.statements)


def creation_stages(
    definition: Definition, make_speller: Callable[[Definition], Speller] = PostgresqlSpeller
) -> tuple[CreationStage, ...]:
    """Give what `creation_statements` gives, grouped by kind, without empty groups.

    Args:
        definition: What to make; it has passed validation.
        make_speller: The dialect.

    Raises:
        MissingThingError: a part refers to something that is not there.
        DefaultMismatchError: a default does not fit its column.
    """
    speller = make_speller(definition)
    named = speller.definition
    namespaces = sorted(named.namespaces, key=lambda each: each.name)
    enums = sorted(named.enums, key=lambda each: (each.namespace, each.name))
    tables = sorted(named.tables, key=lambda each: (each.namespace, each.name))
    places = {table.id: place for place, table in enumerate(tables)}
    foreign_keys = sorted(
        named.foreign_keys,
        key=lambda each: (places.get(each.source_table_id, -1), each.name or ""),
    )
    stages = (
        ("Namespaces", speller.create_namespaces()),
        ("Types", tuple(speller.create_enum(enum) for enum in enums)),
        ("Tables", tuple(speller.create_table(table) for table in tables)),
        (
            "Indexes",
            tuple(
                speller.create_index(index, table)
                for table in tables
                for index in sorted(table.indexes, key=lambda each: each.name or "")
            ),
        ),
        ("Foreign keys", tuple(speller.add_foreign_key(each) for each in foreign_keys)),
        (
            "Comments",
            (
                *(each for one in namespaces for each in speller.comment_on_namespace(one)),
                *(each for one in enums for each in speller.comment_on_enum(one)),
                *(each for one in tables for each in speller.comment_on_table(one)),
            ),
        ),
    )
    return tuple(
        CreationStage(heading=heading, statements=statements)
        for heading, statements in stages
        if statements
    )
