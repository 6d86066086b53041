"""The moves of a set of changes: each change by its recipe, renames and surroundings together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from core.changes import (
    AddCheck,
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddPrimaryKey,
    AddTable,
    AddUnique,
    Change,
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    DescribeColumn,
    DescribeEnum,
    DescribeNamespace,
    DescribeTable,
    DropCheck,
    DropColumn,
    DropEnum,
    DropForeignKey,
    DropIndex,
    DropNamespace,
    DropPrimaryKey,
    DropTable,
    DropUnique,
    RenameCheck,
    RenameColumn,
    RenameEnum,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
    RenameUnique,
)
from core.definition.model import Definition, Enum
from core.dialects.moves import Move, Options, Scene
from core.dialects.postgresql.recipes import (
    aspects,
    columns,
    constraints,
    enum_values,
    enums,
    foreign_keys,
    indexes,
    namespaces,
    retyping,
    tables,
)
from core.dialects.postgresql.recipes.copyable import find_copied
from core.dialects.postgresql.recipes.dependents import around_dependents
from core.dialects.postgresql.recipes.enum_circles import columns_in_a_circle
from core.dialects.postgresql.recipes.enum_rebuilding import Rebuilding, rebuild
from core.dialects.postgresql.recipes.enum_swapping import big_columns, rebuild_beside
from core.dialects.postgresql.recipes.hanging import find_burdened
from core.dialects.postgresql.recipes.naming import renamings_of
from core.dialects.postgresql.recipes.not_nulls import follow_not_nulls
from core.dialects.postgresql.recipes.renames import rename_all
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.postgresql.recipes.surroundings import cleared
from core.dialects.statement import Line, Statement


def all_moves(changes: Sequence[Change], scene: Scene) -> tuple[Move, ...]:
    """Give the moves of all changes between two definitions, not yet in order.

    Raises:
        PlanBlockedError: something outside the definition is in the way for good.
    """
    scenery = Scenery(scene)
    cleared_changes = cleared(changes, scenery)
    scenery.hidden_columns.update(
        change.column.id
        for change in cleared_changes
        if isinstance(change, DropColumn) and change.column.generated is None and scenery.sets_aside
    )
    scenery.dropped.update(
        change.subject.key
        for change in cleared_changes
        if isinstance(change, DropPrimaryKey | DropUnique | DropIndex)
    )
    scenery.renamed_labels.update(
        (change.after.id, dict(change.renamed))
        for change in cleared_changes
        if isinstance(change, ChangeEnumValues) and not enum_values.is_rebuilt(change)
    )
    scenery.rebuilt_enums.update(
        change.after.id
        for change in cleared_changes
        if isinstance(change, ChangeEnumValues) and enum_values.is_rebuilt(change)
    )
    scenery.circling = columns_in_a_circle(scenery)
    find_copied(cleared_changes, scenery)
    find_burdened(cleared_changes, scenery)
    renamings = renamings_of(cleared_changes, scenery)
    found = [*around_dependents(cleared_changes, scenery), *rename_all(renamings, scenery)]
    for change in cleared_changes:
        found.extend(_of(change, scenery))
    renamed = dict.fromkeys(each.table_id for each in renamings if each.table_id)
    found.extend(follow_not_nulls(list(renamed), scenery))
    if any(each.namespace == tables.HIDING_PLACE for move in found for each in move.sets_aside):
        found.insert(0, tables.prepare_set_aside())
    return tuple(found)


def _of(change: Change, scenery: Scenery) -> tuple[Move, ...]:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of change
    match change:
        case AddNamespace():
            return namespaces.add_namespace(change)
        case DropNamespace():
            return namespaces.drop_namespace_moves(change)
        case DescribeNamespace():
            return namespaces.describe_namespace(change)
        case AddEnum():
            return enums.add_enum(change, scenery)
        case DropEnum():
            return enums.drop_enum_moves(change, scenery)
        case DescribeEnum():
            return enums.describe_enum(change, scenery)
        case ChangeEnumValues():
            return _enum_values(change, scenery)
        case AddTable():
            return tables.add_table(change, scenery)
        case DropTable():
            return tables.drop_table_moves(change, scenery)
        case DescribeTable():
            return tables.describe_table(change, scenery)
        case AddColumn():
            return columns.add_column_moves(change, scenery)
        case DropColumn():
            return columns.drop_column_moves(change, scenery)
        case DescribeColumn():
            return columns.describe_column(change, scenery)
        case ChangeColumnType():
            return retyping.change_column_type(change, scenery)
        case ChangeColumnNullability():
            return aspects.change_column_nullability(change, scenery)
        case ChangeColumnDefault():
            return aspects.change_column_default(change, scenery)
        case ChangeColumnIdentity():
            return aspects.change_column_identity(change, scenery)
        case ChangeColumnGenerated():
            return aspects.change_column_generated(change, scenery)
        case AddPrimaryKey() | AddUnique():
            return constraints.add_key(change, scenery)
        case DropPrimaryKey() | DropUnique():
            return constraints.drop_key(change, scenery)
        case ChangePrimaryKey() | ChangeUnique():
            return constraints.change_key(change, scenery)
        case AddCheck():
            return constraints.add_check_moves(change, scenery)
        case DropCheck():
            return constraints.drop_check_moves(change, scenery)
        case ChangeCheck():
            return constraints.change_check(change, scenery)
        case AddIndex():
            return indexes.add_index(change, scenery)
        case DropIndex():
            return indexes.drop_index_moves(change, scenery)
        case ChangeIndex():
            return indexes.change_index(change, scenery)
        case AddForeignKey():
            return foreign_keys.add_foreign_key_moves(change, scenery)
        case DropForeignKey():
            return foreign_keys.drop_foreign_key_moves(change, scenery)
        case ChangeForeignKey():
            return foreign_keys.change_foreign_key(change, scenery)
        case ChangeForeignKeyTiming():
            return foreign_keys.change_foreign_key_timing(change, scenery)
        case (
            RenameTable()
            | RenameEnum()
            | RenameColumn()
            | RenamePrimaryKey()
            | RenameUnique()
            | RenameCheck()
            | RenameIndex()
            | RenameForeignKey()
        ):
            return ()  # all of them together are one move
        case _:
            assert_never(change)


def _enum_values(change: ChangeEnumValues, scenery: Scenery) -> tuple[Move, ...]:
    if enum_values.is_rebuilt(change):
        found = Rebuilding.of(change, scenery)
        big = big_columns(found)
        return rebuild_beside(found, big) if big else rebuild(found)
    return (
        *enum_values.rename_values(change, scenery),
        *enum_values.add_values(change, scenery, *_without_added(change, scenery)),
    )


def _without_added(
    change: ChangeEnumValues, scenery: Scenery
) -> tuple[tuple[Line, ...], tuple[tuple[Statement, ...], ...]]:
    """Make an enum anew without added values, in a database that is as before otherwise.

    Returns:
        The lines, and for each of them what takes back those before it, and itself in part.
    """
    enum = scenery.before.enums[change.after.id]
    extended = replace(enum, values=enum_values.extended_values(change))
    if extended == enum:
        return (), ()
    start = _with_enum(scenery.scene.before, extended)
    undo = ChangeEnumValues(before=extended, after=enum, renamed=())
    options = Options(
        token=f"{scenery.token}_{change.after.id[:8]}",
        online_from_bytes=scenery.scene.options.online_from_bytes,
        sets_aside=False,
    )
    scene = Scene(
        before=start,
        after=scenery.scene.before,
        options=options,
        facts=scenery.scene.facts,
        out_of_the_way=frozenset(scenery.cleared),
        is_way_back=True,
    )
    found = sorted(all_moves((undo,), scene), key=_rank)
    lines = [each for move in found for each in move.up]
    if all(each.is_transactional for each in lines) and len(lines) == len(found):
        return (Line(statements=tuple(s for each in lines for s in each.statements)),), ()
    mends: list[tuple[Statement, ...]] = []
    done: tuple[Statement, ...] = ()
    for move in found:
        for place, each in enumerate(move.up):
            is_in_part = place > 0 or not each.is_transactional
            mends.append(move.undoing + done if is_in_part else done)
        done = move.undoing + done
    return tuple(lines), tuple(mends)


def _rank(move: Move) -> tuple[int, int]:
    """Order the few moves around an enum: foreign keys go first, columns last."""
    kinds = {key.partition(":")[0] for key in move.removes}
    return move.stage, 0 if "foreign_key" in kinds else 2 if "column" in kinds else 1


def _with_enum(definition: Definition, enum: Enum) -> Definition:
    enums_with = (enum if each.id == enum.id else each for each in definition.enums)
    return replace(definition, enums=tuple(enums_with))
