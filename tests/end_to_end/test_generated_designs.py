"""Generated designs become databases on the real server, and read back they are the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from core.databases.credentials import credentials_of
from core.definition.document import Document, read_document, write_document
from core.definition.fingerprint import structure_fingerprint
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobState
from core.planning.comparison import differences
from core.secrets import SecretBox
from tests.end_to_end.stack import SilentAnnouncer, Stack
from tests.end_to_end.watching import OWNER, Watch
from tests.strategies import documents

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("end_to_end_b"),
]


def test_what_is_stored_is_what_is_made(
    stack: Stack, watch: Watch, pytestconfig: pytest.Config
) -> None:
    """Store a document, run its creation, and read document and database back.

    `pytest tests/end_to_end --designs 500` tries more of them.
    """
    application = stack.application
    count = 0

    @settings(
        max_examples=pytestconfig.getoption("--designs", default=25),
        deadline=None,
        phases=(Phase.generate,),  # making a counterexample smaller takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(documents())
    def is_made(document: Document) -> None:
        nonlocal count
        count += 1
        raw = write_document(document) | {"name": f"{document.name[:80]} {count}"}

        view = application.create_schema(raw, owner=OWNER)
        assert view.job is not None
        execute(
            view.job.id,
            open_store=application.open_store,
            runners=application.runners,
            clock=application.clock,
            announcer=SilentAnnouncer(),
            limits=Limits(),
        )

        job = watch.end_of(view.job.id)
        assert (job.state, job.error) == (JobState.SUCCEEDED, None)
        stored = application.schemas.get(view.schema.id, owner=OWNER).document
        assert stored == write_document(document) | {"name": raw["name"]}
        read_back = read_document(stored, make_id=str).definition
        assert structure_fingerprint(read_back) == structure_fingerprint(document.definition)
        assert _differences(stack, watch, view.schema.id, document) == ()

    is_made()
    assert watch.leftovers() == []


def _differences(stack: Stack, watch: Watch, schema_id: str, document: Document) -> tuple[str, ...]:
    """Compare a live database with its design, as its owner sees it."""
    database = watch.database(schema_id)
    assert database is not None
    credentials = credentials_of(database, SecretBox(stack.settings.secret_key_file))
    engine = stack.application.servers.engine(database.server_id, application_name="tests")
    try:
        with engine.session(database.name, credentials) as session:
            found = session.introspect()
            normalised = session.normalise(document.definition)
    finally:
        engine.close()
    return differences(normalised, found.definition) + tuple(
        f"{thing.kind} {thing.name}" for thing in found.unknown
    )
