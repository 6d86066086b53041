"""The laws of plans on a real server, each as something that fails where the law is broken.

A law is tried on any plan of an edit, so that one with a planted bug can be tried as well. Every
transaction is watched on the way: its locks and its work are those that it declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg2

from core.definition.model import Definition
from core.dialects.moves import Options
from core.planning.comparison import differences
from core.planning.making import make_plan
from core.planning.normal_texts import with_texts_of
from core.planning.plan import Plan
from core.planning.renames import align
from tests.edits import Edit
from tests.laws_servers.ground import Ground, Rows, grounds

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer


def walk_two_roads(plan: Plan, edit: Edit, server: PostgresqlServer) -> None:
    """Migrate an empty database there and back, and compare it with those made directly."""
    with grounds(server, 3) as (migrated, wanted, home):
        migrated.create(edit.before)
        home.create(edit.before)
        wanted.create(edit.after)
        migrated.run(plan.up, is_watched=True)
        same(wanted, migrated)
        confirm_quiet(migrated, edit.after)
        migrated.run(plan.down, is_watched=True)
        same(home, migrated)
        confirm_quiet(migrated, edit.before)
        migrated.run(plan.up)
        same(wanted, migrated)


def walk_with_rows(plan: Plan, edit: Edit, server: PostgresqlServer) -> None:
    """Migrate a database with rows there and back; where rows do not fit, nothing is left."""
    with grounds(server, 2) as (migrated, wanted):
        migrated.create(edit.before)
        migrated.fill(edit.before)
        home, rows = migrated.introspect(), migrated.rows(edit.before)
        done = 0
        try:
            for line in plan.up:
                migrated.run_line(line, is_watched=True)
                done += 1
        except (psycopg2.DataError, psycopg2.IntegrityError):
            # What the row tests foresee: it fails, and what was done is taken back.
            partly = done + (not plan.up[done].is_transactional)
            migrated.run(plan.lines_to_undo(partly))
        else:
            wanted.create(edit.after)
            confirm_structure(wanted.introspect(), migrated)
            confirm_rows_live(migrated, edit.after, rows)
            migrated.run(plan.down, is_watched=True)
        confirm_structure(home, migrated)
        confirm_values(migrated, edit.before, rows)


def same(wanted: Ground, found: Ground) -> None:
    """Compare two databases by what we read and by what the server's own dump says."""
    confirm_structure(wanted.introspect(), found)
    expected, dumped = wanted.dump(), found.dump()
    assert dumped == expected, set(dumped) ^ set(expected)


def confirm_structure(wanted: Definition, found: Ground) -> None:
    """Fail unless a database is as described."""
    told = differences(wanted, found.introspect())
    assert told == (), told


def confirm_quiet(found: Ground, wanted: Definition) -> None:
    """Fail if anything is planned for a database that is as wished."""
    present = align(found.introspect(), wanted).definition
    plan = make_plan(present, with_texts_of(wanted, present), options=Options(token="quiet"))
    confirm_nothing_to_do(plan)


def confirm_nothing_to_do(plan: Plan) -> None:
    """Fail if a plan changes or runs anything."""
    todo = (plan.changes, plan.up, plan.down)
    assert todo == ((), (), ()), todo


def confirm_rows_live(found: Ground, definition: Definition, known: Rows) -> None:
    """Fail unless every table that is still there has as many rows as before."""
    expected = {table.id: len(known[table.id]) for table in definition.tables if table.id in known}
    counts = found.counts(definition, known)
    assert counts == expected, (counts, expected)


def confirm_values(found: Ground, definition: Definition, known: Rows) -> None:
    """Fail unless all values are those of before."""
    rows = found.rows(definition)
    assert rows == known, (rows, known)
