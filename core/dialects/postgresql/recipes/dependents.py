"""What outside the definition is in the way: taken down first, made again at the end."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from core.changes import (
    Change,
    ChangeColumnType,
    ChangeEnumValues,
    ChangePrimaryKey,
    ChangeUnique,
    DropColumn,
    DropEnum,
    DropPrimaryKey,
    DropTable,
    DropUnique,
)
from core.definition.canonical import qualified
from core.definition.model import PrimaryKey, Unique
from core.dialects.errors import PlanBlockedError
from core.dialects.facts import Dependent
from core.dialects.moves import Move, Stage
from core.dialects.postgresql import effects
from core.dialects.postgresql.recipes.enum_rebuilding import converted_columns
from core.dialects.postgresql.recipes.enum_values import is_rebuilt
from core.dialects.postgresql.recipes.former_names import under_former_names
from core.dialects.postgresql.recipes.making import line
from core.dialects.postgresql.recipes.retyping import is_beside
from core.dialects.postgresql.recipes.scenery import Around, Scenery
from core.dialects.statement import Line, Statement

_PARTS_OF_TABLES = frozenset({"trigger", "policy", "rule"})
"""Kinds of things that go with their table."""


def around_dependents(changes: Sequence[Change], scenery: Scenery) -> tuple[Move, ...]:
    """Take down what would stop a change, highest level first, and make it again at the end.

    Where a single column of a big table, or an enum with such columns, is exchanged in one line,
    that line does both, so that nobody misses anything meanwhile: see `Scenery.around`.

    Raises:
        PlanBlockedError: something cannot be made again, or reads what goes for good.
    """
    found: dict[tuple[str, str], tuple[Dependent, str]] = {}
    causes: set[str] = set()
    for table_id, column_name, cause, is_going in _touched(changes, scenery):
        for dependent in scenery.facts_of(table_id).dependents:
            if is_going and column_name is None and dependent.kind in _PARTS_OF_TABLES:
                continue
            if (dependent.kind, dependent.name) in scenery.scene.out_of_the_way:
                continue
            if column_name is not None and dependent.column != column_name:
                continue
            if is_going or dependent.drop_sql is None:
                table = scenery.before.table(table_id)
                column = () if column_name is None else (column_name,)
                raise PlanBlockedError(
                    thing=qualified(table.namespace, table.name, *column),
                    blocker=f"{dependent.kind} {dependent.name}",
                    is_going=is_going,
                )
            found.setdefault((dependent.kind, dependent.name), (dependent, cause))
            causes.add(cause)
    _find_needing(changes, scenery, found, causes)
    if not found:
        return ()
    ordered = sorted(found.values(), key=lambda each: (-each[0].level, each[0].name))
    drops = [_statement(each.drop_sql or "", cause) for each, cause in ordered]
    creates = [
        _filling(each, sql, cause) for each, cause in reversed(ordered) for sql in each.create_sql
    ]
    labels = {
        change.after.id: dict(change.renamed)
        for change in changes
        if isinstance(change, ChangeEnumValues)
    }
    created = under_former_names(creates, found, labels, scenery)
    dropped = drops
    if any(kind in _PARTS_OF_TABLES for kind, _ in found):  # what drops them names the table
        dropped = under_former_names(drops, found, labels, scenery)
    if len(causes) == 1 and _is_exchanged(changes, min(causes), scenery):
        scenery.around[min(causes)] = Around(before=tuple(dropped), after=tuple(created))
        return ()
    scenery.cleared.update(found)
    names = ", ".join(f"{each.kind} {each.name}" for each, _ in ordered)
    reason = f"What stands in the way is taken down and made again: {names}."
    return (
        Move(stage=Stage.CLEAR, up=_line(drops), down=_line(creates), reason=reason),
        Move(stage=Stage.RETURN, up=_line(created), down=_line(dropped)),
    )


def _find_needing(
    changes: Iterable[Change],
    scenery: Scenery,
    found: dict[tuple[str, str], tuple[Dependent, str]],
    causes: set[str],
) -> None:
    """Add what uses enums and keys that are made anew or go.

    What is made again for another reason, as it reads a column, need not use such an enum then.

    Raises:
        PlanBlockedError: something cannot be made again, or uses what goes for good.
    """
    for thing, cause, is_going, dependents in _needed(changes, scenery, set(found)):
        for dependent in dependents:
            which = dependent.kind, dependent.name
            if which in scenery.scene.out_of_the_way:
                continue
            if is_going or dependent.drop_sql is None:
                if scenery.scene.is_way_back:
                    continue
                blocker = f"{dependent.kind} {dependent.name}"
                raise PlanBlockedError(thing=thing, blocker=blocker, is_going=is_going)
            found.setdefault(which, (dependent, cause))
            causes.add(cause)


def _needed(
    changes: Iterable[Change], scenery: Scenery, taken: Container[tuple[str, str]]
) -> Iterator[tuple[str, str, bool, Iterable[Dependent]]]:
    """Give name, cause, whether it goes for good, and users of all enums and keys that change."""
    users = scenery.scene.facts.enums
    for change in changes:
        match change:
            case DropEnum():
                enum = scenery.before.enums[change.enum.id]
                left = [e for e in users.get(enum.id, ()) if (e.kind, e.name) not in taken]
                yield qualified(enum.namespace, enum.name), enum.id, True, left
            case ChangeEnumValues() if is_rebuilt(change):
                enum = scenery.before.enums[change.after.id]
                yield qualified(enum.namespace, enum.name), enum.id, False, users.get(enum.id, ())
            case DropPrimaryKey() | DropUnique() | ChangePrimaryKey() | ChangeUnique():
                yield _key_needed(change, scenery)
            case _:
                pass


def _key_needed(
    change: DropPrimaryKey | DropUnique | ChangePrimaryKey | ChangeUnique, scenery: Scenery
) -> tuple[str, str, bool, Iterable[Dependent]]:
    """Tell of a key; what groups by its columns can do so still if there are less of them."""
    table, later = scenery.before.table(change.table.id), scenery.after.tables.get(change.table.id)
    before: PrimaryKey | Unique | None
    after: PrimaryKey | Unique | None
    if isinstance(change, DropPrimaryKey | ChangePrimaryKey):
        before, after = table.primary_key, None if later is None else later.primary_key
    else:
        before = scenery.before.uniques[change.subject.id][1]
        after = scenery.after.uniques.get(change.subject.id, (None, None))[1]
    name = (before and before.name) or ""
    is_going = (
        before is None or after is None or not set(after.column_ids) <= set(before.column_ids)
    )
    users = scenery.facts_of(table.id).key_dependents.get(name, ())
    return qualified(table.namespace, table.name, name), change.subject.id, is_going, users


def _is_exchanged(changes: Sequence[Change], cause: str, scenery: Scenery) -> bool:
    """Tell whether a change makes columns anew beside the old ones, there or back.

    What reads a table may also stand on its keys, so that none of them may go meanwhile.
    """
    if any(isinstance(change, DropPrimaryKey | DropUnique) for change in changes):
        return False
    for change in changes:
        match change:
            case ChangeColumnType() if change.after.id == cause:
                return cause not in scenery.circling and is_beside(change, scenery)
            case ChangeEnumValues() if change.after.id == cause:
                columns = converted_columns(cause, scenery)
                return any(scenery.is_beside(table.id, after.id) for table, _, after in columns)
            case _:
                pass
    return False


def _touched(
    changes: Iterable[Change], scenery: Scenery
) -> Iterator[tuple[str, str | None, str, bool]]:
    """Give table, column, cause and whether it goes for good, of all that dependents may stop."""
    for change in changes:
        match change:
            case DropTable():
                yield change.table.id, None, change.table.id, True
            case DropColumn():
                column_id = change.column.id
                name = scenery.before.column_name(column_id)
                yield change.table.id, name, column_id, column_id not in scenery.remade
            case ChangeColumnType():
                column_id = change.after.id
                name = scenery.before.column_name(column_id)
                yield change.table.id, name, column_id, False
            case ChangeEnumValues() if is_rebuilt(change):
                for table, before, _ in converted_columns(change.after.id, scenery):
                    yield table.id, before.name, change.after.id, False
            case _:
                pass


def _line(statements: Sequence[Statement]) -> tuple[Line, ...]:
    return (line(*statements),)


def _statement(sql: str, cause: str) -> Statement:
    return Statement(sql=sql, effect=effects.REMAKE_DEPENDENT, causes=(cause,))


def _filling(dependent: Dependent, sql: str, cause: str) -> Statement:
    """Make something again; a materialized view that had rows is filled on the spot.

    Made empty and refreshed in a line of its own it would keep nobody from its tables, but whoever
    reads it meanwhile would fail rather than wait.
    """
    statement = _statement(sql, cause)
    if dependent.kind == "materialized view" and sql.endswith(" WITH DATA"):
        return replace(statement, effect=effects.FILL_MATERIALIZED_VIEW)
    return statement
