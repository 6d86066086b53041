"""Databases as other people write them, migrated into each other: as if made directly, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest

from core.databases.assessing import gather
from core.databases.engine import Introspection
from core.definition.model import Definition
from core.dialects.facts import Facts, RowTestKind
from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.dialects.postgresql.recipes.enum_arrays import is_array
from core.dialects.postgresql.versions import NEWEST
from core.errors import SchemaBuilderError
from core.planning.column_comparison import canonical_type
from core.planning.comparison import differences
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from core.planning.renames import RenameSuggestion, align, confirm
from tests.conftest import PostgresqlServer
from tests.laws_servers.pair_ground import PairGround, pair_ground
from tests.pair_files import Pair, read_pairs

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

PAIRS = read_pairs()
_BEYOND = ("CREATE VIEW", "CREATE MATERIALIZED VIEW", "CREATE FUNCTION", "CREATE RULE")
MISFIT = "ROWS_DO_NOT_FIT"
"""Stands for the refusal when row tests found rows with which a plan would fail."""


@pytest.fixture(scope="module")
def ground(postgresql_server: PostgresqlServer) -> Iterator[PairGround]:
    """Where databases are made."""
    with pair_ground(postgresql_server) as made:
        yield made


@pytest.mark.parametrize("name", PAIRS)
def test_two_databases_of_other_people_become_each_other(name: str, ground: PairGround) -> None:
    """Forward and the other way round, at one blow and online, each with the way back.

    On older servers forward and online alone.
    """
    pair = PAIRS[name]
    is_newest = ground.server.major == NEWEST
    if ground.server.major < pair.since:
        pytest.skip("this version does not understand the pair's SQL")
    try:
        before, after = (
            _State.make(ground, pair, pair.before),
            _State.make(ground, pair, pair.after),
        )
        assert {*before.loud, *after.loud} == pair.loud
        _try_all(pair, ground, before, after, (0, ONLINE_FROM_BYTES) if is_newest else (0,))
        if is_newest:
            _try_all(pair.turned(), ground, after, before, (0,))
    finally:
        ground.drop_all()


@dataclass(frozen=True, kw_only=True)
class _State:
    """A database made directly."""

    database: str
    """Its name."""
    found: Introspection
    """What it holds."""
    dump: list[str]
    """What the server's own program says of it."""

    @classmethod
    def make(cls, ground: PairGround, pair: Pair, sql: str) -> _State:
        database = ground.make(sql)
        dump = ground.dump(database, with_names_of_not_null=not pair.is_step)
        return cls(database=database, found=ground.introspect(database), dump=dump)

    @property
    def loud(self) -> frozenset[str]:
        return frozenset(f"{each.kind} {each.name}" for each in self.found.unknown)

    @property
    def beyond(self) -> tuple[frozenset[str], list[str]]:
        """What the two states have to have in common for their dumps to become the same."""
        views = [each for each in self.dump if each.startswith(_BEYOND)]
        return self.loud, views

    @property
    def definition(self) -> Definition:
        return self.found.definition


def _try_all(
    pair: Pair, ground: PairGround, before: _State, after: _State, manners: Sequence[int]
) -> None:
    """Try a pair in one direction, online and at one blow, in the database that is there."""
    wanted = _with_ids(pair, before.definition, after.definition)
    values = {
        enum.id: {
            old: new
            for name, old, new in pair.renamed_values
            if name == f"{enum.namespace}.{enum.name}"
        }
        for enum in before.definition.enums
    }
    trial = before.database
    if pair.rows:
        ground.execute(trial, pair.rows)
    else:
        ground.fill(trial, before.definition)
    for online_from_bytes in manners:
        options = Options(token="t1", online_from_bytes=online_from_bytes)
        try:
            facts = _gathered(ground, trial, before.definition, wanted, values)
            if _misfits(facts) and not pair.rows:
                ground.empty(trial, before.definition)
                facts = _gathered(ground, trial, before.definition, wanted, values)
            if _misfits(facts):
                assert pair.refused == MISFIT, _misfits(facts)
                continue
            plan = make_plan(
                before.definition, wanted, options=options, facts=facts, renamed_values=values
            )
        except SchemaBuilderError as error:
            if error.code != pair.refused:
                raise
            continue
        assert pair.refused is None
        if pair.only:
            assert {type(change).__name__ for change in plan.changes} == pair.only
        is_dumped = online_from_bytes == 0 and before.beyond == after.beyond
        dump = partial(ground.dump, trial, with_names_of_not_null=not pair.is_step)
        _try_there_and_back(
            ground, trial, plan, before, after, wanted, dump=dump if is_dumped else None
        )


def _try_there_and_back(  # noqa: PLR0917 the ground, and what is tried on it
    ground: PairGround,
    trial: str,
    plan: Plan,
    before: _State,
    after: _State,
    wanted: Definition,
    *,
    dump: Callable[[], list[str]] | None,
) -> None:
    rows = ground.rows(trial, before.definition)
    untouched_before, untouched_after = _untouched(before.definition, wanted)
    untouched = ground.rows(trial, untouched_before)
    ground.run(trial, plan.up)
    found = ground.introspect(trial).definition
    assert differences(after.definition, found) == ()
    if dump is not None:
        assert dump() == after.dump
    assert ground.rows(trial, untouched_after) == untouched
    assert diff(align(found, wanted).definition, wanted) == ()
    ground.run(trial, plan.down)
    assert differences(before.definition, ground.introspect(trial).definition) == ()
    if dump is not None:
        assert dump() == before.dump
    assert ground.rows(trial, before.definition) == rows


def _gathered(
    ground: PairGround,
    database: str,
    before: Definition,
    wanted: Definition,
    values: dict[str, dict[str, str]],
) -> Facts:
    changes = diff(before, wanted, renamed_values=values)
    with ground.engine.session(database, ground.credentials) as session:
        return gather(session, changes, before, wanted)


def _misfits(facts: Facts) -> list[str]:
    return [
        f"{test.code} {test.subject}"
        for test, result in facts.rows.items()
        if test.kind is RowTestKind.DOES_NOT_FIT and result.count
    ]


def _with_ids(pair: Pair, before: Definition, after: Definition) -> Definition:
    """Give the state after the ids of the state before, also for what was renamed."""
    return confirm(
        align(after, before),
        [
            RenameSuggestion(
                kind=each.kind,
                known_id=f"{each.kind}:{each.before}",
                found_id=f"{each.kind}:{each.after}",
                before=each.before,
                after=each.after,
                reason="The pair says so.",
            )
            for each in pair.renames
        ],
    )


def _untouched(before: Definition, wanted: Definition) -> tuple[Definition, Definition]:
    """Give both definitions with nothing but the columns whose values stay."""
    changed = {
        enum.id
        for enum in before.enums
        if (now := wanted.enum(enum.id)) is None or now.values != enum.values
    }
    tables = []
    for table in before.tables:
        later_table = wanted.table(table.id)
        if later_table is None:
            continue
        pairs = [
            (column, later)
            for column in table.columns
            if (later := later_table.column(column.id)) is not None
            and canonical_type(column) == canonical_type(later)
            and column.type.enum_id not in changed
            and not (changed and is_array(column))
            and column.generated is None
            and later.generated is None
        ]
        tables.append(
            (
                replace(table, columns=tuple(one for one, _ in pairs)),
                replace(later_table, columns=tuple(other for _, other in pairs)),
            )
        )
    return (
        replace(before, tables=tuple(one for one, _ in tables)),
        replace(wanted, tables=tuple(other for _, other in tables)),
    )
