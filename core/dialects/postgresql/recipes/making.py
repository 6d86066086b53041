"""How recipes write moves: statements joined into lines, and the keys of things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.changes import ObjectKind
from core.definition.model import Column, Table
from core.dialects.moves import Move, Reversibility, SetAside, Stage
from core.dialects.statement import Line, Statement


def key(kind: ObjectKind, thing_id: str) -> str:
    """Return the key of a thing."""
    return f"{kind}:{thing_id}"


def keys(kind: ObjectKind, ids: Iterable[str]) -> frozenset[str]:
    """Return the keys of things of one kind."""
    return frozenset(key(kind, each) for each in ids)


def enum_keys(columns: Iterable[Column]) -> frozenset[str]:
    """Return the keys of the enums that columns have as their types."""
    return keys(
        ObjectKind.ENUM, (each.type.enum_id for each in columns if each.type.enum_id is not None)
    )


def table_keys(table: Table) -> frozenset[str]:
    """Return the keys of a table and of everything in it."""
    found = {key(ObjectKind.TABLE, table.id)}
    found |= keys(ObjectKind.COLUMN, (each.id for each in table.columns))
    found |= keys(ObjectKind.UNIQUE, (each.id for each in table.uniques))
    found |= keys(ObjectKind.CHECK, (each.id for each in table.checks))
    found |= keys(ObjectKind.INDEX, (each.id for each in table.indexes))
    if table.primary_key is not None:
        found.add(key(ObjectKind.PRIMARY_KEY, table.id))
    return frozenset(found)


def line(*statements: Statement) -> Line:
    """Return one line of statements."""
    return Line(statements=statements)


def plain(
    stage: Stage,
    up: Sequence[Statement],
    down: Sequence[Statement],
    *,
    provides: frozenset[str] = frozenset(),
    needs: frozenset[str] = frozenset(),
    removes: frozenset[str] = frozenset(),
    sets_aside: tuple[SetAside, ...] = (),
    reversibility: Reversibility = Reversibility.EXACT,
    reason: str = "",
) -> Move:
    """Return a move of one transactional line each way."""
    return Move(
        stage=stage,
        up=(Line(statements=tuple(up)),) if up else (),
        down=(Line(statements=tuple(down)),) if down else (),
        provides=provides,
        needs=needs,
        removes=removes,
        sets_aside=sets_aside,
        reversibility=reversibility,
        reason=reason,
    )
