"""Migrations lead to the tables that the code knows, there and back, one at a time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import flask_migrate
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from core.store import StoreBusyError, make_engine, metadata
from tests.conftest import MIGRATIONS, PostgresqlServer, migration_app, new_empty_store

pytestmark = pytest.mark.servers


@pytest.fixture
def empty_store(postgresql_server: PostgresqlServer) -> Iterator[Engine]:
    """Connections to a database without any tables, as the store's unprivileged role."""
    name = f"empty_store_{uuid4().hex}"
    engine = make_engine(new_empty_store(postgresql_server, name))
    yield engine
    engine.dispose()
    postgresql_server.drop_database(name)


def scripts() -> ScriptDirectory:
    """Return the revisions."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def revisions() -> list[Path]:
    """Return the files of the revisions."""
    return sorted((MIGRATIONS / "versions").glob("*.py"))


def test_there_is_one_head() -> None:
    """Nobody has to choose where an upgrade leads."""
    assert len(scripts().get_heads()) == 1


@pytest.mark.parametrize("path", revisions(), ids=lambda path: path.stem)
def test_a_revision_does_not_lean_on_the_code_of_today(path: Path) -> None:
    """What was released stays what it was, however the tables change."""
    assert not re.search(r"^\s*(from|import) (core|web|worker)\b", path.read_text(), re.MULTILINE)


def test_up_down_and_up_again(empty_store: Engine) -> None:
    """Going back removes every table, and going forth again works."""
    with migration_app(empty_store).app_context():
        flask_migrate.upgrade()
        assert set(inspect(empty_store).get_table_names()) == {*metadata.tables, "alembic_version"}
        flask_migrate.downgrade(revision="base")
        assert inspect(empty_store).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
    assert set(inspect(empty_store).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_tables_of_the_code_are_those_of_the_migrations(empty_store: Engine) -> None:
    """A change of the tables without a revision is found; `check` exits when there is one."""
    with migration_app(empty_store).app_context():
        flask_migrate.upgrade()
        flask_migrate.check()


def test_indexes_and_checks_of_the_code_are_those_of_the_migrations(
    empty_store: Engine, postgresql_server: PostgresqlServer
) -> None:
    """Both roads lead to the same definitions, predicates and checks included."""
    with migration_app(empty_store).app_context():
        flask_migrate.upgrade()
    name = f"direct_store_{uuid4().hex}"
    direct = make_engine(new_empty_store(postgresql_server, name))
    with direct.begin() as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        metadata.create_all(connection)
    assert _spelled(empty_store) == _spelled(direct)
    direct.dispose()
    postgresql_server.drop_database(name)


def test_upgrades_at_once_take_turns(empty_store: Engine) -> None:
    """Each but the first waits and then finds nothing to do."""
    program = (
        "import sys, flask_migrate\n"
        "from core.store import make_engine\n"
        "from tests.conftest import migration_app\n"
        "with migration_app(make_engine(sys.argv[1])).app_context():\n"
        "    flask_migrate.upgrade()\n"
    )
    url = empty_store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, url], cwd=MIGRATIONS.parent, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    outcomes = [(child.communicate(timeout=60)[1], child.returncode) for child in children]
    assert [code for _, code in outcomes] == [0, 0, 0], outcomes
    with empty_store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_migration_does_not_queue_others_behind_a_table_in_use(empty_store: Engine) -> None:
    """It gives up after a few seconds, changes nothing, and can be run again."""
    with migration_app(empty_store).app_context():
        flask_migrate.upgrade(revision="0001_initial")
        tables = set(inspect(empty_store).get_table_names())
        with empty_store.connect() as reader:
            reader.execute(text("SELECT count(*) FROM jobs"))
            with pytest.raises(StoreBusyError):
                flask_migrate.downgrade(revision="base")
        assert set(inspect(empty_store).get_table_names()) == tables
        flask_migrate.downgrade(revision="base")


def _spelled(engine: Engine) -> list[str]:
    """Return how the server spells every index and constraint."""
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
                " AND tablename <> 'alembic_version'"
                " UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid)"
                " FROM pg_constraint WHERE conrelid::regclass::text <> 'alembic_version'"
                " AND connamespace = 'public'::regnamespace"
            )
        )
        return sorted(found.scalars())
