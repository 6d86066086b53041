"""`python -m embedded` as people and machines run it: real processes, real signals."""

from __future__ import annotations

import json
import signal
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from core.settings import EMBEDDED_ADDRESSES_FILE
from embedded.api import Api
from embedded.processes import wait_until
from tests.launcher.launching import (
    EXAMPLE,
    ROOT,
    START_SECONDS,
    STOP_SECONDS,
    Launched,
    all_end,
    new_data_dir,
)

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.xdist_group("launcher")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """A launcher that runs where another one was killed."""

    running: Launched
    """The present one."""
    schema_id: str
    """A schema that was made with the former one."""
    was_clean: bool
    """Whether all that the former one had started ended by itself."""
    home: Path
    """The home folder that both were given."""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder of this test's own."""
    with new_data_dir() as folder:
        yield folder


@pytest.fixture(scope="module")
def restarted() -> Iterator[Restarted]:
    """A launcher on the data and the port of one that was killed; tests leave it alone."""
    with new_data_dir() as folder:
        home = folder.parent / "home"
        home.mkdir()
        first = Launched(folder, HOME=str(home))
        try:
            first.wait_until_running()
            schema_id = first.make_schema()
            family = first.family()
            first.process.kill()
            first.process.wait()
            was_clean = all_end(family, 60)
        finally:
            first.end()
        second = Launched(folder, log_name="again", PORT=str(first.port), HOME=str(home))
        try:
            second.wait_until_running()
            yield Restarted(running=second, schema_id=schema_id, was_clean=was_clean, home=home)
        finally:
            second.end()


def test_killing_the_launcher_leaves_nothing(restarted: Restarted) -> None:
    """The kernel or the servers themselves see to it."""
    assert restarted.was_clean


def test_the_home_folder_is_left_alone(restarted: Restarted) -> None:
    """What is kept is kept in the data folder, so stacks of one account cannot meet elsewhere."""
    assert list(restarted.home.iterdir()) == []


def test_after_a_kill_the_next_start_has_the_same_port_and_the_same_schemas(
    restarted: Restarted,
) -> None:
    """Nobody cleans up by hand, and what was stored is read back."""
    found = restarted.running.api.get(f"/schemas/{restarted.schema_id}")
    assert found["name"] == json.loads(EXAMPLE.read_text())["name"]


def test_the_first_key_is_kept_and_shown_once(restarted: Restarted) -> None:
    """It is for its owner's eyes, works after a restart, and is not printed again."""
    running = restarted.running
    file = running.data_dir / "api.key"
    key = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Api(f"http://127.0.0.1:{running.port}", key=key).get("/workspace")["id"] == "local"
    assert wait_until(lambda: f"API key in {file}" in running.said, 5)
    assert key not in running.said


def test_a_second_launcher_on_the_folder_is_refused(restarted: Restarted) -> None:
    """It names the first and leaves it alone."""
    first = restarted.running
    second = Launched(first.data_dir, log_name="second")
    assert second.process.wait(START_SECONDS) == 1
    assert f"process {first.process.pid}" in second.said
    assert first.api.get("/schemas") is not None


def test_a_port_that_somebody_set_must_be_free(restarted: Restarted, data_dir: Path) -> None:
    """The reason names the port and the setting."""
    port = restarted.running.port
    other = Launched(data_dir, PORT=str(port))
    assert other.process.wait(START_SECONDS) == 1
    assert f"Port {port} for the API (PORT) is in use" in other.said


def test_two_folders_run_side_by_side_and_one_stops_alone(
    restarted: Restarted, data_dir: Path
) -> None:
    """Two checkouts do not meet; a terminal that closes while stopping breaks nothing off."""
    launched = Launched(data_dir)
    try:
        launched.wait_until_running()
        assert launched.api.get("/schemas") == []
        family = launched.family()
        assert len(family) >= 7
        launched.process.send_signal(signal.SIGTERM)
        launched.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: "Stopping" in launched.said, STOP_SECONDS)
        launched.process.send_signal(signal.SIGHUP)
        assert launched.process.wait(STOP_SECONDS) == 0, launched.said
        assert all_end(family)
        assert "everything has stopped" in launched.said
        assert restarted.running.api.get("/schemas")
    finally:
        launched.end()
    logs = list(data_dir.rglob("*.log"))
    assert logs
    assert {stat.S_IMODE(log.stat().st_mode) for log in logs} == {0o600}


def test_ctrl_c_stops_what_a_script_started_in_the_background(data_dir: Path) -> None:
    """A shell lets such a child ignore SIGINT; here it is heard all the same."""
    launched = Launched(data_dir, "servers", shell='trap "" INT; exec "$@"')
    try:
        launched.wait_until_running("Ctrl-C stops them")
        family = launched.family()
        assert len(family) >= 2
        launched.process.send_signal(signal.SIGINT)
        assert launched.process.wait(STOP_SECONDS) == 0, launched.said
        assert all_end(family)
    finally:
        launched.end()


def test_servers_that_are_killed_are_started_again_where_they_were(data_dir: Path) -> None:
    """Nobody has to do it by hand, and what was stored is still there."""
    launched = Launched(data_dir, "servers")
    try:
        launched.wait_until_running("Ctrl-C stops them")
        addresses = (data_dir / EMBEDDED_ADDRESSES_FILE).read_text()
        urls = dict(line.split("=", 1) for line in addresses.splitlines())
        for server in psutil.Process(launched.process.pid).children():
            server.kill()
        came_back = wait_until(
            lambda: launched.said.count("ended by itself and was started again") == 2,
            START_SECONDS,
        )
        assert came_back, launched.said
        connection = psycopg2.connect(urls["DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM alembic_version")
            assert cursor.fetchone() == (1,)
        connection.close()
        broker = redis.Redis.from_url(urls["REDIS_URL"])
        assert broker.ping()
        broker.close()
        launched.process.send_signal(signal.SIGINT)
        assert launched.process.wait(STOP_SECONDS) == 0, launched.said
    finally:
        launched.end()


def test_settings_that_cannot_be_used_are_said_before_anything_starts(data_dir: Path) -> None:
    """An address others can reach is refused while there is no authentication."""
    launched = Launched(data_dir, HOST="0.0.0.0")
    assert launched.process.wait(START_SECONDS) == 1
    assert "TRUST_NETWORK" in launched.said
    assert not data_dir.exists()


@pytest.mark.parametrize("limit", ["", "ulimit -f 0; "], ids=["a-file", "full-disk"])
def test_a_data_folder_that_cannot_be_used_is_said(data_dir: Path, limit: str) -> None:
    """People get a sentence and a remedy, machines a status; nobody gets a traceback."""
    if not limit:
        data_dir.write_text("")
    # What it says goes through a pipe: a file is subject to the limit too. So would be the record
    # of coverage, whose complaint is not the launcher's.
    unmeasured = "unset COVERAGE_PROCESS_CONFIG COVERAGE_PROCESS_START; "
    shell = f'({unmeasured}{limit}"$@" 2>&1; echo "status $?" | cat) | cat'
    launched = Launched(data_dir, "servers", shell=shell)
    launched.process.wait(START_SECONDS)
    assert f"The data folder {data_dir} cannot be used" in launched.said
    assert "DATA_DIR" in launched.said
    assert "status 1" in launched.said
    assert "Traceback" not in launched.said


def test_a_change_of_the_source_while_everything_starts_is_not_missed(data_dir: Path) -> None:
    """`make dev` restarts what may have read the former source, and answers again."""
    launched = Launched(data_dir, "dev")
    change = ROOT / "worker" / f"{data_dir.parent.name}.json"
    try:
        launched.wait_until_running("up to date")
        began = wait_until(
            lambda: any("gunicorn" in " ".join(one.cmdline()) for one in launched.family()),
            START_SECONDS,
        )
        assert began, launched.said
        change.touch()
        assert wait_until(lambda: "  ok  restarted" in launched.said, START_SECONDS), launched.said
        launched.process.send_signal(signal.SIGINT)
        assert launched.process.wait(STOP_SECONDS) == 0, launched.said
    finally:
        change.unlink(missing_ok=True)
        launched.end()


def test_the_demonstration_goes_all_the_way_twice(data_dir: Path) -> None:
    """From a design to a proven backup, and again beside what is there."""
    for _ in range(2):
        launched = Launched(data_dir, "demo")
        try:
            assert launched.process.wait(2 * START_SECONDS) == 0, launched.said
        finally:
            launched.end()
        assert "came back equal" in launched.said
        assert "public.post_tags" in launched.said
        assert "everything has stopped" in launched.said
