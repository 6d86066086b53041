"""Recipes for adding columns to big tables without writing them anew."""

from __future__ import annotations

from dataclasses import replace

from core.changes import ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, ExpressionDefault, IdentityKind, Table
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.additions import has_volatile_default
from core.dialects.postgresql.altering_columns import (
    add_column,
    add_identity,
    continue_identity,
    drop_column,
    drop_default,
    fill,
    set_default,
)
from core.dialects.postgresql.altering_sequences import create_sequence, drop_sequence
from core.dialects.postgresql.altering_tables import comment_on_column
from core.dialects.postgresql.defaults import column_default_sql
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.postgresql.recipes.making import key, line
from core.dialects.postgresql.recipes.proving import not_null_lines
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement


def fills_rows(column: Column) -> bool:
    """Tell whether a new column would give each row a value of its own, which can be had later."""
    if column.generated is not None:
        return False
    return column.identity is not None or has_volatile_default(column.default, column.type)


def add_column_online(
    table: Table, column: Column, scenery: Scenery, *, needs: frozenset[str]
) -> Move:
    """Add the column empty, let new rows have values, fill the others in batches."""
    place, cause = Place.of(table), column.id
    bare = replace(column, nullable=True, default=None, identity=None)
    first = [add_column(place, bare, scenery.after.speller)]
    if column.description:
        first.append(comment_on_column(place, column.name, column.description, cause))
    rest: list[Line] = []
    swept: list[Statement] = []
    if column.identity is None:
        first.append(set_default(place, column.name, column, cause))
        value = column_default_sql(column) or "NULL"
        rest.append(line(fill(place, ((column.name, value),), cause, where=_empty(column))))
        if not column.nullable:
            rest.extend(not_null_lines(place, column.name, cause, scenery.temporary()))
    else:
        sequence = Place(place.namespace, scenery.temporary())
        rest.extend(_counted(place, column, sequence, scenery))
        swept.append(drop_sequence(sequence, cause))
    subject = qualified(table.namespace, table.name, column.name)
    return Move(
        stage=Stage.BUILD,
        up=(line(*first), *rest),
        down=(line(drop_column(place, column.name, cause, if_exists=True), *swept),),
        provides=frozenset({key(ObjectKind.COLUMN, column.id)}),
        needs=needs,
        reason=(
            f"Column {subject} is added empty and filled in batches, because the table is big"
            f" ({scenery.size_words(table.id)})."
        ),
    )


def _counted(place: Place, column: Column, sequence: Place, scenery: Scenery) -> list[Line]:
    """Number the rows from a sequence of its own, and let the column count by itself in the end."""
    cause, name = column.id, column.name
    number = f"nextval({quote_literal(sequence.sql)}::regclass)"
    counting = replace(column, default=ExpressionDefault(sql=number), identity=None)
    kind = column.identity or IdentityKind.BY_DEFAULT
    given = scenery.after.given_sequence(column.id)
    return [
        line(create_sequence(sequence, cause), set_default(place, name, counting, cause)),
        line(fill(place, ((name, number),), cause, where=_empty(column))),
        *not_null_lines(place, name, cause, scenery.temporary()),
        line(
            drop_default(place, name, cause),
            add_identity(place, name, kind, cause, sequence=given),
            # The largest value would have to be looked for in the whole table.
            continue_identity(place, name, sequence, cause),
            drop_sequence(sequence, cause),
        ),
    ]


def _empty(column: Column) -> str:
    return f"{quote(column.name)} IS NULL"
