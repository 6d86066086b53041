"""Old and new code side by side: a migration leaves whatever the release before relies on.

The rule and its reasons stand in docs/upgrading.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import flask_migrate
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from core.store import make_engine
from tests.conftest import MIGRATIONS, PostgresqlServer, migration_app, new_empty_store
from tests.store.side_by_side import form_of, troubles_of_old_code

pytestmark = pytest.mark.servers

RELEASED = "0005_access"
"""The newest revision of the last release; moved on with each release."""

STEPS = {
    "a_table_goes": "DROP TABLE webhook_deliveries",
    "a_column_goes": "ALTER TABLE jobs DROP COLUMN message",
    "a_column_gets_another_name": "ALTER TABLE jobs RENAME COLUMN message TO words",
    "a_column_gets_another_type": "ALTER TABLE jobs ALTER COLUMN percent TYPE bigint",
    "a_column_may_be_empty_no_more": "ALTER TABLE jobs ALTER COLUMN request_id SET NOT NULL",
    "a_column_has_to_be_filled": "ALTER TABLE jobs ADD COLUMN colour text NOT NULL",
    "rows_are_refused": "ALTER TABLE jobs ADD CHECK (percent <> 7)",
    "rows_are_refused_by_an_index": "CREATE UNIQUE INDEX ON jobs (request_id)",
}
"""Steps that code of the release before does not survive."""


@pytest.fixture
def released_store(postgresql_server: PostgresqlServer) -> Iterator[Engine]:
    """A store as the last release made it."""
    name = f"released_store_{uuid4().hex}"
    engine = make_engine(new_empty_store(postgresql_server, name))
    with migration_app(engine).app_context():
        flask_migrate.upgrade(revision=RELEASED)
    yield engine
    engine.dispose()
    postgresql_server.drop_database(name)


def _later() -> list[tuple[str, str]]:
    """Return the revisions after the release, oldest first, with what they say they contract."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    found = list(scripts.iterate_revisions("heads", RELEASED))
    return [
        (script.revision, str(getattr(script.module, "contracts", "")))
        for script in reversed(found)
        if script.revision != RELEASED
    ]


def test_code_of_the_last_release_goes_on_while_the_store_is_led_to_the_new_form(
    released_store: Engine,
) -> None:
    """Each revision only adds, unless it says which earlier release ceased to use what goes."""
    with migration_app(released_store).app_context():
        known = form_of(released_store)
        for revision, contracts in _later():
            flask_migrate.upgrade(revision=revision)
            present = form_of(released_store)
            if contracts:
                known = present
            assert troubles_of_old_code(known, present) == [], revision


def test_the_way_back_leads_to_the_form_of_the_last_release(released_store: Engine) -> None:
    """Whoever takes the new code back can take the store back too."""
    before = form_of(released_store)
    with migration_app(released_store).app_context():
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision=RELEASED)
    assert form_of(released_store) == before


def test_adding_what_may_be_left_out_is_no_trouble(released_store: Engine) -> None:
    """Tables, columns and plain indexes may come."""
    before = form_of(released_store)
    with released_store.begin() as connection:
        for step in (
            "CREATE TABLE novelties (id uuid PRIMARY KEY)",
            "ALTER TABLE jobs ADD COLUMN colour text",
            "ALTER TABLE jobs ADD COLUMN weight integer NOT NULL DEFAULT 1",
            "CREATE INDEX ON jobs (request_id)",
        ):
            connection.execute(text(step))
    assert troubles_of_old_code(before, form_of(released_store)) == []


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_step_that_old_code_does_not_survive_is_found(released_store: Engine, step: str) -> None:
    """So the test before the last means something."""
    before = form_of(released_store)
    with released_store.begin() as connection:
        connection.execute(text(step))
    (trouble,) = troubles_of_old_code(before, form_of(released_store))[:1]
    assert trouble
