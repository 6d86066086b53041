"""A server that stops in the middle of anything holds nobody who wants to stop."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest

from core.databases.engine import Credentials
from core.engines.postgresql import PostgresqlEngine
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.connecting import linked
from core.engines.postgresql.stopping import Works
from core.errors import SchemaBuilderError
from embedded.postgresql import EmbeddedPostgresql
from tests.conftest import PostgresqlServer
from tests.freezing import frozen

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

STOPPED_SECONDS = 25.0
"""Within which whoever is asked to stop has let go, on a busy machine too."""

THAW_SECONDS = 60
"""After which a frozen server goes on whatever its test does, so that no defect hangs the run."""

MANNERS = Manners(application_name="x", lock_timeout_seconds=120, statement_timeout_seconds=600)

OWNER = Credentials(role="hanging_owner", password="an owner's password")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    """A server of its own, as nobody else is to wait for it."""
    with EmbeddedPostgresql(tmp_path_factory.mktemp("hanging")) as embedded:
        yield PostgresqlServer(embedded=embedded)


@contextmanager
def hanging(server: PostgresqlServer) -> Iterator[None]:
    """Freeze a server while inside, but not for ever."""
    postmaster = psutil.Process(server.embedded.process_id)
    processes = [postmaster, *postmaster.children(recursive=True)]
    pids = " ".join(str(process.pid) for process in processes)
    with subprocess.Popen(["sh", "-c", f"sleep {THAW_SECONDS}; kill -CONT {pids}"]) as thaw:
        try:
            with frozen(server):
                yield
        finally:
            thaw.kill()


def patient_engine(server: PostgresqlServer) -> PostgresqlEngine:
    """Build an engine that waits for locks for longer than any test here takes."""
    return PostgresqlEngine(
        server.provisioner_url,
        application_name=MANNERS.application_name,
        lock_timeout_seconds=MANNERS.lock_timeout_seconds,
        statement_timeout_seconds=MANNERS.statement_timeout_seconds,
        bin_dirs=(server.bin_dir,),
    )


def stopped_after(act: Callable[[], object], stop: Callable[[], None]) -> float:
    """Do something in a thread, ask it to stop again and again; return how long that took."""
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(act)
        began = time.monotonic()
        while not future.done() and time.monotonic() - began < THAW_SECONDS:
            stop()
            time.sleep(0.1)
        with suppress(SchemaBuilderError):
            future.result()
    return time.monotonic() - began


def test_a_statement_that_never_ends_is_broken_off(server: PostgresqlServer) -> None:
    """The engine is asked to stop, and its server does not hear that."""
    with closing(patient_engine(server)) as engine:
        engine.reach()
        with hanging(server):
            assert stopped_after(lambda: engine.marker("any"), engine.cancel) < STOPPED_SECONDS


def test_a_transaction_that_never_rolls_back_is_broken_off(server: PostgresqlServer) -> None:
    """Every look at a database ends with one."""
    works = Works()
    is_frozen = threading.Event()
    is_inside = threading.Event()

    def look() -> None:
        with linked(Address.of(server.admin_url), MANNERS, works) as link, link.trial():
            is_inside.set()
            assert is_frozen.wait(THAW_SECONDS)

    with ThreadPoolExecutor(1) as executor:
        looking = executor.submit(look)
        assert is_inside.wait(THAW_SECONDS)
        with hanging(server):
            is_frozen.set()
            assert stopped_after(looking.result, works.cancel) < STOPPED_SECONDS


@pytest.mark.parametrize("is_program_lost", [False, True], ids=["whole", "without_its_program"])
def test_a_dump_that_never_goes_on_is_broken_off(
    server: PostgresqlServer, tmp_path: Path, *, is_program_lost: bool
) -> None:
    """Its program is ended, and what is gathered beside it is not waited for."""
    with closing(patient_engine(server)) as engine:
        engine.ensure_role(OWNER)
        engine.drop_database("hanging")
        engine.create_database("hanging", owner=OWNER.role, marker="m")
        holder = psycopg2.connect(server.url(database="hanging"))
        with closing(holder), holder.cursor() as cursor:
            cursor.execute("CREATE TABLE held (id int); ALTER TABLE held OWNER TO hanging_owner")
            holder.commit()
            cursor.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
            with (tmp_path / "dump").open("wb") as file, ThreadPoolExecutor(1) as executor:
                dumping = executor.submit(engine.dump, "hanging", OWNER, file.write)
                while not server.execute(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND query LIKE '%%count(*)%%'"
                ):
                    assert not dumping.done()
                    time.sleep(0.05)
                with hanging(server):

                    def stop() -> None:
                        for child in psutil.Process().children(recursive=True):
                            if is_program_lost and child.name() == "pg_dump":
                                child.kill()
                        engine.cancel()

                    assert stopped_after(dumping.result, stop) < STOPPED_SECONDS
