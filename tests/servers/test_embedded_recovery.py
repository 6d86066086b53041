"""What the embedded servers do after crashes, beside strangers and on a second start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from typing_extensions import override

from embedded.accounts import unprivileged_account
from embedded.errors import PortTakenError, ServerStartError
from embedded.places import reachable_programs
from embedded.ports import free_port
from embedded.postgresql import STORE, EmbeddedPostgresql
from embedded.processes import is_alive, wait_until
from embedded.programs import find_postgresql, find_redis
from embedded.redis import EmbeddedRedis

pytestmark = pytest.mark.servers

ROOT = Path(__file__).resolve().parents[2]

LAUNCHER = """
import sys, time
from pathlib import Path
from embedded.postgresql import EmbeddedPostgresql
from embedded.redis import EmbeddedRedis
postgresql = EmbeddedPostgresql(Path(sys.argv[1]) / "postgresql", is_durable=False).start()
redis = EmbeddedRedis(Path(sys.argv[1]) / "redis").start()
print(postgresql.process_id, redis.process_id, flush=True)
time.sleep(600)
"""

PLAIN_USER = """
# All is imported first: our Python itself may lie where only root can read.
import encodings.idna, os, pwd, sys, time
from pathlib import Path
import psycopg2, redis
from embedded.postgresql import EmbeddedPostgresql
from embedded.redis import EmbeddedRedis
try:
    redis.Redis(port=1, socket_timeout=1).ping()
except redis.RedisError:
    pass
folder, programs, account = Path(sys.argv[1]), Path(sys.argv[2]), pwd.getpwnam(sys.argv[3])
os.setgroups([])
os.setgid(account.pw_gid)
os.setuid(account.pw_uid)
postgresql = EmbeddedPostgresql(folder / "postgresql", bin_dirs=[programs], is_durable=False)
broker = EmbeddedRedis(folder / "redis")
postgresql.start()
broker.start()
psycopg2.connect(postgresql.url("schema_builder")).close()
answers = redis.Redis.from_url(broker.url()).ping()
used = postgresql.folder == folder / "postgresql" and postgresql.notes == []
print(postgresql.process_id, broker.process_id, answers, used, flush=True)
time.sleep(600)
"""


class StopRequestedError(KeyboardInterrupt):
    """Stands for Ctrl-C."""


class InterruptedPostgresql(EmbeddedPostgresql):
    """Is interrupted when its server already runs."""

    @override
    def _make_roles(self) -> None:
        """Remember the process and be interrupted."""
        self.interrupted = self.process_id
        raise StopRequestedError


class InterruptedRedis(EmbeddedRedis):
    """Is interrupted while it waits for its server's first answer."""

    @override
    def _answers(self) -> bool:
        """Remember the process and be interrupted."""
        self.interrupted = self.process_id
        raise StopRequestedError


@pytest.fixture(scope="module")
def cluster(servers_folder: Path) -> Path:
    """The folder of a cluster that the tests of this module take turns with."""
    folder = servers_folder / "recovery"
    with EmbeddedPostgresql(folder, is_durable=False) as server:
        _execute(server.url(STORE), "CREATE TABLE kept (id integer)")
    return folder


def _execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement and return its rows."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description is not None else []
    finally:
        connection.close()


def test_port_password_and_rows_survive_a_restart(cluster: Path) -> None:
    """What was stored is found again under the same address."""
    with EmbeddedPostgresql(cluster, is_durable=False) as server:
        before = server.url(STORE)
        _execute(before, "INSERT INTO kept VALUES (1)")
    with EmbeddedPostgresql(cluster, is_durable=False) as server:
        assert server.url(STORE) == before
        assert _execute(before, "SELECT count(*) > 0 FROM kept") == [(True,)]


def test_a_wrong_password_does_not_get_in(cluster: Path) -> None:
    """Loopback alone opens nothing."""
    with (
        EmbeddedPostgresql(cluster, is_durable=False) as server,
        pytest.raises(psycopg2.OperationalError, match="password authentication failed"),
    ):
        psycopg2.connect(f"postgresql://postgres:guess@127.0.0.1:{server.port}/postgres")


def test_a_remembered_port_that_was_taken_is_replaced(cluster: Path) -> None:
    """A stranger on our old port is left alone and we move."""
    with EmbeddedPostgresql(cluster, is_durable=False) as server:
        old = server.port
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", old))
        stranger.listen()
        with EmbeddedPostgresql(cluster, is_durable=False) as server:
            assert server.port != old


def test_a_port_asked_for_by_number_must_be_free(cluster: Path) -> None:
    """A taken port is named instead of being replaced in silence."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            EmbeddedPostgresql(cluster, port, is_durable=False).start()


def test_two_folders_run_side_by_side(cluster: Path, servers_folder: Path) -> None:
    """Two checkouts do not meet."""
    with (
        EmbeddedPostgresql(cluster, is_durable=False) as one,
        EmbeddedPostgresql(servers_folder / "second", is_durable=False) as two,
    ):
        assert one.port != two.port
        assert _execute(two.url(STORE), "SELECT to_regclass('kept')") == [(None,)]


def test_a_killed_server_recovers(cluster: Path) -> None:
    """After SIGKILL of the postmaster its leftovers do not stand in the way."""
    server = EmbeddedPostgresql(cluster, is_durable=False).start()
    server.kill()
    with EmbeddedPostgresql(cluster, is_durable=False) as again:
        assert _execute(again.url(), "SELECT 1") == [(1,)]


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(cluster: Path) -> None:
    """A process that got the old server's number is neither waited for nor touched."""
    with EmbeddedPostgresql(cluster, is_durable=False) as server:
        lock = cluster / "cluster" / "postmaster.pid"
        written = lock.read_text()
        pid = str(server.process_id)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lock.write_text(written.replace(pid, str(stranger.pid), 1))
        with EmbeddedPostgresql(cluster, is_durable=False) as server:
            assert server.is_running
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_left_running_is_stopped_and_started_anew(cluster: Path) -> None:
    """Where the kernel does not end the servers with their launcher, the next start does."""
    left = EmbeddedPostgresql(cluster, is_durable=False).start()
    again = EmbeddedPostgresql(cluster, is_durable=False)
    with again:
        assert not left.is_running
        assert "left by a killed launcher" in " ".join(again.notes)


def test_killing_the_launcher_leaves_no_server_and_the_next_start_works(
    servers_folder: Path,
) -> None:
    """SIGKILL of the launcher ends its servers, and nobody has to clean up."""
    folder = servers_folder / "killed"
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert launcher.stdout is not None
    pids = [int(word) for word in launcher.stdout.readline().split()]
    assert len(pids) == 2
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    with (
        EmbeddedPostgresql(folder / "postgresql", is_durable=False) as postgresql,
        EmbeddedRedis(folder / "redis") as broker,
    ):
        assert _execute(postgresql.url(), "SELECT 1") == [(1,)]
        assert redis.Redis.from_url(broker.url()).ping()
        assert wait_until(lambda: not any(is_alive(pid) for pid in pids), 10)


def test_a_redis_left_running_is_stopped_and_started_anew(servers_folder: Path) -> None:
    """Our password tells our server from a stranger's."""
    folder = servers_folder / "redis-left"
    left = EmbeddedRedis(folder).start()
    again = EmbeddedRedis(folder)
    with again:
        assert wait_until(lambda: not left.is_running, 5)
        assert again.port == left.port
        assert again.notes


def test_a_copied_folder_leaves_the_original_alone(servers_folder: Path) -> None:
    """The copy knows the password, the port and the lock file of what still runs."""
    original, copy = servers_folder / "original", servers_folder / "copy"
    with (
        EmbeddedRedis(original / "redis") as broker,
        EmbeddedPostgresql(original / "postgresql", is_durable=False) as postgresql,
    ):
        shutil.copytree(original, copy, symlinks=True)
        account = unprivileged_account()
        if account is not None:
            copy.chmod(0o711)
            account.own(copy / "postgresql" / "cluster")
        with (
            EmbeddedRedis(copy / "redis") as copied_broker,
            EmbeddedPostgresql(copy / "postgresql", is_durable=False) as copied,
        ):
            assert copied_broker.port != broker.port
            assert copied.port != postgresql.port
            assert not copied_broker.notes
            assert redis.Redis.from_url(broker.url()).ping()
            assert _execute(postgresql.url(), "SELECT 1") == [(1,)]
            assert _execute(copied.url(), "SELECT 1") == [(1,)]


def test_a_start_that_is_interrupted_leaves_no_server(cluster: Path, servers_folder: Path) -> None:
    """Ctrl-C while starting ends what was begun."""
    for server in (InterruptedPostgresql(cluster), InterruptedRedis(servers_folder / "broken-off")):
        with pytest.raises(StopRequestedError):
            server.start()
        assert server.interrupted
        assert not is_alive(server.interrupted)


def test_passwords_that_cannot_be_read_are_said(servers_folder: Path) -> None:
    """The reason names the file."""
    folder = servers_folder / "broken-passwords"
    folder.mkdir()
    (folder / "passwords.json").write_text('{"postgres"')
    with pytest.raises(ServerStartError, match=r"passwords\.json"):
        EmbeddedPostgresql(folder).start()


def test_a_strange_redis_on_the_remembered_port_is_left_alone(servers_folder: Path) -> None:
    """Another checkout's server keeps running and we take another port."""
    with EmbeddedRedis(servers_folder / "redis-stranger") as stranger:
        folder = servers_folder / "redis-ours"
        folder.mkdir()
        (folder / "port").write_text(f"{stranger.port}\n")
        with EmbeddedRedis(folder) as ours:
            assert ours.port != stranger.port
            assert stranger.is_running


def test_redis_without_the_password_answers_nothing(redis_server: EmbeddedRedis) -> None:
    """Loopback alone opens nothing."""
    client = redis.Redis(port=redis_server.port, retry=Retry(NoBackoff(), 0))
    with pytest.raises(redis.AuthenticationError):
        client.ping()
    client.close()


def test_the_owner_of_the_store_is_no_superuser_and_can_add_trigrams(cluster: Path) -> None:
    """The store needs no more rights than its own database."""
    with EmbeddedPostgresql(cluster, is_durable=False) as server:
        url = server.url(STORE)
        _execute(url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert _execute(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [
            (False,)
        ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_plain_user_runs_the_servers_as_itself(servers_folder: Path) -> None:
    """Neither root nor another account is needed."""
    account = unprivileged_account()
    assert account is not None
    folder = servers_folder / "plain-user"
    folder.mkdir()
    programs = reachable_programs(find_postgresql(), folder, account, [])
    broker = shutil.copy(find_redis().command[0], folder / "valkey-server")
    account.own(folder)
    launcher = subprocess.Popen(
        [sys.executable, "-c", PLAIN_USER, str(folder), str(programs), account.name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": f"{Path(broker).parent}:/usr/bin:/bin"},
    )
    assert launcher.stdout is not None
    said = launcher.stdout.readline().split()
    launcher.stdout.close()
    try:
        assert said[2:] == ["True", "True"]
        for pid in said[:2]:
            assert psutil.Process(int(pid)).uids().real == account.user_id
    finally:
        launcher.kill()
        launcher.wait()
    assert wait_until(lambda: not any(is_alive(int(pid)) for pid in said[:2]), 20)


def test_the_imitation_answers_with_its_password_only(tmp_path: Path) -> None:
    """The last resort speaks Redis too."""
    port = free_port()
    configuration = tmp_path / "redis.conf"
    configuration.write_text(f"port {port}\nrequirepass secret\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded.imitation", str(configuration)], cwd=ROOT
    )
    client = redis.Redis(port=port, password="secret", socket_timeout=5)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    try:
        assert wait_until(answers, 20)
        stranger = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
        with pytest.raises(redis.RedisError):
            stranger.get("x")
        stranger.close()
    finally:
        client.close()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(10)
