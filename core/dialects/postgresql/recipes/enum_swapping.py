"""Makes an enum anew beside the old one, where big tables have columns of it.

New columns are kept in step and filled in batches while everybody goes on; then types and columns
change names in one line, in which columns of other tables are converted in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from core.changes import ObjectKind
from core.definition.model import Column, Table
from core.definition.types import ColumnType, DataType
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_columns import drop_column
from core.dialects.postgresql.altering_enums import create_enum, drop_enum, rename_enum
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.postgresql.recipes.enum_arrays import is_array
from core.dialects.postgresql.recipes.enum_rebuilding import (
    Rebuilding,
    converted_columns,
    value_in,
)
from core.dialects.postgresql.recipes.expanding import Expansion, Swap, expand
from core.dialects.postgresql.recipes.making import key, keys, line
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement

BigColumn = tuple[Table, Column, Column]
"""The table after, the column before, and the column after."""


def big_columns(found: Rebuilding) -> tuple[BigColumn, ...]:
    """Return the columns of the enum that are in big tables, those of one table together."""
    columns = converted_columns(found.enum_id, found.scenery)
    big = [each for each in columns if found.scenery.is_beside(each[0].id, each[2].id)]
    return tuple(sorted(big, key=lambda each: each[0].id))


def rebuild_beside(found: Rebuilding, big: Sequence[BigColumn]) -> tuple[Move, ...]:
    """Make the type and its columns of big tables beside the old ones, and swap them."""
    scenery, enum_id, place = found.scenery, found.enum_id, found.place
    spared = [after.id for _, _, after in big]
    made = Place(place.namespace, scenery.temporary())
    former = found.hidden or Place(place.namespace, scenery.temporary())
    there = [_expansion(each, found, made, is_way_back=False) for each in big]
    back = [_expansion(each, found, former, is_way_back=True) for each in big]
    built, swapped = _expanded(there, scenery)
    built_back, swapped_back = _expanded(back, scenery)
    mend = [*_swept(back)]
    if found.hidden is None:
        create = line(create_enum(former, found.change.before.values, enum_id))
        built_back = (create, *built_back)
        mend.append(drop_enum(former, enum_id, if_exists=True))
        returned = (rename_enum(former, place.name, enum_id), *found.described())
    else:
        returned = found.brought_back(found.hidden)
    down = (
        *built_back,
        line(
            *scenery.with_dependents(
                enum_id,
                (
                    rename_enum(place, found.old.name, enum_id),
                    *returned,
                    *swapped_back,
                    *found.back(spared=spared),
                    drop_enum(found.old, enum_id),
                ),
            )
        ),
    )
    columns = keys(ObjectKind.COLUMN, spared)
    needs = found.needs | columns
    # What stands in the way of the type goes first, see `aspects`.
    needs |= {f"{column}#{number}" for column in columns for number in (1, 2)}
    step = f"{key(ObjectKind.ENUM, enum_id)}#expanded"
    names = ", ".join(sorted({table.name for table, _, _ in big}))
    return (
        Move(
            stage=Stage.BUILD,
            up=(line(create_enum(made, found.change.after.values, enum_id)), *built),
            down=(line(*_swept(there), drop_enum(made, enum_id, if_exists=True)),),
            provides=frozenset({step}),
            needs=needs,
            reason=(
                f"Enum {found.subject} is made anew beside the old one, because PostgreSQL neither"
                " removes nor re-orders values; its columns in big tables are converted beside"
                f" the old ones and filled in batches: {names}."
            ),
        ),
        Move(
            stage=Stage.BUILD,
            up=(
                line(
                    *scenery.with_dependents(
                        enum_id,
                        (
                            rename_enum(place, found.old.name, enum_id),
                            rename_enum(made, place.name, enum_id),
                            *found.described(),
                            *swapped,
                            *found.there(spared=spared),
                            *found.old_gone(),
                        ),
                    )
                ),
            ),
            down=down,
            takes_back_former=True,
            mends=(tuple(mend),) * len(down),
            down_at_once=tuple(scenery.with_dependents(enum_id, found.down_at_once())),
            provides=found.provides | {f"{column}#3" for column in columns},
            needs=needs | {step},
            sets_aside=found.sets_aside,
            reason=found.in_place_words(spared=spared),
        ),
    )


def _expanded(
    wanted: Sequence[Expansion], scenery: Scenery
) -> tuple[tuple[Line, ...], list[Statement]]:
    """Build the new columns of all tables, and give the statements that swap them."""
    built: list[Line] = []
    swaps: list[tuple[list[Expansion], Swap]] = []
    for _, members in groupby(wanted, key=lambda each: each.table.id):
        of_table = list(members)
        lines, swap = expand(of_table, scenery, keeps_as=None)
        built.extend(lines)
        swaps.append((of_table, swap))
    swapped = [
        statement
        for of_table, swap in swaps
        for statement in swap([drop_column(o.place, o.old_name, o.old.id) for o in of_table])
    ]
    return tuple(built), swapped


def _swept(wanted: Sequence[Expansion]) -> list[Statement]:
    return [statement for each in wanted for statement in each.swept.statements]


def _expansion(big: BigColumn, found: Rebuilding, made: Place, *, is_way_back: bool) -> Expansion:
    table, before, after = big
    scenery = found.scenery
    former = replace(scenery.default_of_old_labels(before), name=after.name)
    labels = found.old_labels if is_way_back else found.new_labels

    def value(row: str) -> str:
        return value_in(made, f"{row}{quote(after.name)}", after, labels)

    native = f"{made.sql}[]" if is_array(after) else made.sql
    return Expansion(
        table=table,
        old=after if is_way_back else former,
        new=former if is_way_back else after,
        built_type=ColumnType(data_type=DataType.NATIVE, native=native),
        name=scenery.temporary(),
        old_name=scenery.temporary(),
        function=Place(table.namespace, scenery.temporary()),
        check=scenery.temporary(),
        value=value,
        value_now=value(""),
        forbids_null=not before.nullable and not after.nullable,
        is_way_back=is_way_back,
    )
