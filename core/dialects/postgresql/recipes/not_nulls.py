"""Brings the names that servers since 18 give to NOT NULL after those of tables and columns."""

from __future__ import annotations

from core.definition.model import Column
from core.definition.names import object_name
from core.dialects.moves import Move, Stage
from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote_literal
from core.dialects.postgresql.recipes.making import plain
from core.dialects.postgresql.recipes.renames import NAMES_GIVEN
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.postgresql.versions import NAMED_NOT_NULLS
from core.dialects.statement import Statement


def follow_not_nulls(table_ids: list[str], scenery: Scenery) -> tuple[Move, ...]:
    """Name NOT NULL constraints as they would be, had the tables been made anew."""
    if not NAMED_NOT_NULLS.is_of(scenery.server_major):
        return ()
    up: list[Statement] = []
    down: list[Statement] = []
    for table_id in table_ids:
        place = scenery.after.place(table_id)
        for column in scenery.after.table(table_id).columns:
            if column.nullable or not scenery.persists(column.id):
                continue
            if column.id in scenery.remade or scenery.before.column(column.id).nullable:
                continue
            wanted = scenery.after.not_null_name(column.id)
            former = scenery.before.not_null_name(column.id)
            if wanted != former:
                up.append(_named(place, column.name, wanted, column.id))
                down.append(_named(place, column.name, former, column.id))
    if not up:
        return ()
    # Before anything is made, which would get another name while the usual one is taken.
    return (plain(Stage.RENAME, up, down[::-1], needs=frozenset({NAMES_GIVEN})),)


def named_not_null(column_id: str, scenery: Scenery, *, is_way_back: bool) -> tuple[Statement, ...]:
    """Name the NOT NULL of a column that was made under another name, on servers that name it.

    On the way back it gets its name of before, as those that stayed have theirs by then.
    """
    if not NAMED_NOT_NULLS.is_of(scenery.server_major):
        return ()
    table, column = scenery.after.columns[column_id]
    side = scenery.before if is_way_back else scenery.after
    wanted = side.not_null_name(column_id)
    return (_named(Place.of(table), column.name, wanted, column_id),)


def hidden_not_null(
    at: Place, column: Column, hidden: str, scenery: Scenery
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Name the NOT NULL of a column that goes out of sight after its name there; and back.

    Args:
        at: The table of before.
        column: The column, which forbids NULL.
        hidden: Its name out of sight.
        scenery: Both ends.
    """
    if not NAMED_NOT_NULLS.is_of(scenery.server_major):
        return (), ()
    there = _named(at, hidden, object_name(at.name, hidden, "not_null"), column.id)
    back = _named(at, column.name, scenery.before.not_null_name(column.id), column.id)
    return (there,), (back,)


def former_not_null(column_id: str, scenery: Scenery) -> tuple[Statement, ...]:
    """Name a NOT NULL that the way back makes under the names of after, as it was called before."""
    former = scenery.before.not_null_name(column_id)
    if not NAMED_NOT_NULLS.is_of(scenery.server_major) or former == scenery.after.not_null_name(
        column_id
    ):
        return ()
    table, column = scenery.after.columns[column_id]
    return (_named(Place.of(table), column.name, former, column_id),)


def _named(at: Place, column: str, name: str, cause: str) -> Statement:
    """Rename the NOT NULL of a column, whatever it is called, unless the name is taken."""
    table = f"{quote_literal(at.sql)}::regclass"
    taken = "pg_catalog.pg_constraint"
    body = f"""DECLARE found text;
BEGIN
    SELECT conname INTO found
    FROM {taken} JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
    WHERE conrelid = {table} AND contype = 'n' AND attname = {quote_literal(column)};
    IF found <> {quote_literal(name)} AND NOT EXISTS (
        SELECT FROM {taken} WHERE conrelid = {table} AND conname = {quote_literal(name)}
    ) THEN
        EXECUTE pg_catalog.format(
            'ALTER TABLE %s RENAME CONSTRAINT %I TO %I',
            {quote_literal(at.sql)}, found, {quote_literal(name)}
        );
    END IF;
END"""  # noqa: S608 - names and texts are quoted
    return statement(f"DO {quote_literal(body)}", effects.RENAME_CONSTRAINT, cause)
