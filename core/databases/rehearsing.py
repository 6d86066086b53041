"""Rehearsing a plan: up, down and up again on a copy, before the database itself is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace

from core.databases.assessing import Assessment
from core.databases.engine import Session
from core.databases.errors import DatabaseDiffersError
from core.databases.lines import Track
from core.databases.names import Marker, scratch_name
from core.databases.site import Site
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.dialects.facts import Facts
from core.dialects.moves import Options
from core.jobs.running import JobRun
from core.planning.comparison import differences
from core.planning.creation import creation_statements
from core.planning.making import make_plan
from core.planning.plan import Plan

WITH_STRUCTURE = "structure"
"""Rehearse on a copy without rows."""

WITH_ROWS = "data"
"""Rehearse on a copy with all rows."""


def rehearse(
    site: Site, run: JobRun, assessment: Assessment, *, extent: str, options: Options
) -> None:
    """Run a plan up, down and up again in a scratch database; compare after each.

    A copy without rows has no views or functions either, so there the plan does without what it
    does for them.

    Raises:
        StatementFailedError: the server refused a statement.
        DatabaseDiffersError: what came out is not what the plan says.
    """
    scratch = scratch_name(site.job)
    marker = Marker(
        job_id=site.job.id,
        schema_id=site.schema.id,
        version_number=assessment.migration.from_version or 0,
    )
    site.engine.drop_database(scratch)
    site.engine.create_database(scratch, owner=site.credentials.role, marker=marker.text())
    plan = assessment.plan
    if extent == WITH_ROWS:
        _copy(site, scratch)
    else:
        plan = _without_dependents(assessment, options)
    with site.engine.session(scratch, site.credentials) as session:
        if extent != WITH_ROWS:
            session.apply(creation_statements(assessment.before), lambda _: None)
        _up_down_up(session, assessment, plan, run)
    site.engine.drop_database(scratch)


def prove(session: Session, fingerprint: str, wanted: Callable[[], Definition]) -> Definition:
    """Compare what a database holds with what it must hold; return what it holds.

    Args:
        session: Where to look.
        fingerprint: That of what it must hold.
        wanted: What it must hold, asked for only to say what differs.

    Raises:
        DatabaseDiffersError: it holds something else.
    """
    found = session.introspect().definition
    if structure_fingerprint(found) != fingerprint:
        raise DatabaseDiffersError(differences=differences(wanted(), found))
    return found


def _up_down_up(session: Session, assessment: Assessment, plan: Plan, run: JobRun) -> None:
    def watch(words: str, share: float | None) -> None:
        run.progress(f"Rehearsal: {words}", fraction=share)

    track = Track(
        session=session,
        migration=assessment.migration,
        plan=plan,
        before_each=run.check,
        watch=watch,
    )
    track.go_up()
    prove(session, plan.after_fingerprint, lambda: assessment.after)
    track.go_down()
    prove(session, plan.before_fingerprint, lambda: assessment.before)
    track.go_up()
    prove(session, plan.after_fingerprint, lambda: assessment.after)


def _without_dependents(assessment: Assessment, options: Options) -> Plan:
    facts: Facts = replace(
        assessment.facts,
        tables={
            table_id: replace(table, dependents=(), sessions=())
            for table_id, table in assessment.facts.tables.items()
        },
    )
    return make_plan(
        assessment.before,
        assessment.after,
        options=options,
        facts=facts,
        changes=assessment.plan.changes,
    )


def _copy(site: Site, scratch: str) -> None:
    with tempfile.TemporaryFile() as file:
        site.engine.dump(site.database.name, site.credentials, file.write)
        file.seek(0)
        site.engine.restore(scratch, site.credentials, file.read)
