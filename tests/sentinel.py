"""A private Redis Sentinel for tests: a master, its replica and what watches over both.

All three are the server that the embedded default starts too; the imitation of last resort can be
none of them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import redis
from redis.sentinel import Sentinel
from typing_extensions import override

from core.jobs.broker import Broker
from core.secrets import make_password
from embedded.errors import ServerStartError
from embedded.files import open_log, write_private
from embedded.ports import LOOPBACK, free_port
from embedded.processes import start_tethered, wait_until
from embedded.programs import find_redis
from embedded.redis import EmbeddedRedis
from embedded.server import EmbeddedServer

MASTER = "main"
"""The name under which the sentinel knows the master."""

START_SECONDS = 30.0
LINK_SECONDS = 60.0


class PrivateSentinel(EmbeddedServer):
    """One sentinel, which decides alone and soon."""

    name: ClassVar[str] = "Sentinel"
    stop_steps = ((signal.SIGTERM, 10.0),)

    def __init__(self, folder: Path, master: EmbeddedRedis, password: str) -> None:
        """Describe a sentinel without starting it.

        Args:
            folder: where its configuration and log are kept.
            master: the server that is the master at first.
            password: the one of the master and of its replicas.
        """
        super().__init__(folder)
        self._master = master
        self._password = password

    def ask(self, *words: str) -> Any:  # noqa: ANN401 - whatever it says
        """Return what the sentinel says to a command."""
        client = redis.Redis(host=LOOPBACK, port=self.port, decode_responses=True, socket_timeout=5)
        try:
            return client.execute_command(*words)  # type: ignore[no-untyped-call] # its own gap
        finally:
            client.close()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let it promote nobody while inside, as one that waits for others to agree."""
        self.ask("SENTINEL", "SET", MASTER, "quorum", "2")
        try:
            yield
        finally:
            self.ask("SENTINEL", "SET", MASTER, "quorum", "1")

    @property
    def master_port(self) -> int | None:
        """The port to which it leads clients at present; None while it leads them nowhere."""
        sentinel: Any = Sentinel(  # type: ignore[no-untyped-call] # its own gap
            [(LOOPBACK, self.port)], socket_timeout=5
        )
        try:
            return int(sentinel.discover_master(MASTER)[1])
        except redis.RedisError:
            return None
        finally:
            for client in sentinel.sentinels:
                client.close()

    @override
    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        configuration = self.folder / "sentinel.conf"
        write_private(
            configuration,
            f"bind {LOOPBACK}\n"
            f"port {self.port}\n"
            f"sentinel monitor {MASTER} {LOOPBACK} {self._master.port} 1\n"
            f"sentinel auth-pass {MASTER} {self._password}\n"
            f"sentinel down-after-milliseconds {MASTER} 1000\n"
            f"sentinel failover-timeout {MASTER} 10000\n",
        )
        with open_log(self.log_file) as log:
            self._process = start_tethered(
                [*find_redis().command, str(configuration), "--sentinel"],
                folder=self.folder,
                environ={"PATH": "/usr/local/bin:/usr/bin:/bin"},
                output=log,
                death_signal=signal.SIGTERM,
            )
        if not wait_until(lambda: not self.is_running or self._answers(), START_SECONDS):
            raise ServerStartError(server=self.name, reason="it did not answer in time.")
        if not self.is_running:
            raise ServerStartError(server=self.name, reason="it ended.", log=self.log_file)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A master with its replica, and the sentinel that knows both."""

    master: EmbeddedRedis
    """The master at first."""
    replica: EmbeddedRedis
    """Who takes its place."""
    sentinel: PrivateSentinel
    """Who says so."""
    broker: Broker
    """The three as a broker."""

    def wait_for_promotion(self) -> None:
        """Wait until the replica is the master."""
        promoted = wait_until(
            lambda: (
                self.sentinel.master_port == self.replica.port
                and _facts(self.replica).get("role") == "master"
            ),
            LINK_SECONDS,
        )
        assert promoted, self.sentinel.log_file.read_text()

    def wait_for_demotion(self) -> None:
        """Wait until the former master, which is back, follows the new one."""
        demoted = wait_until(
            lambda: _facts(self.master).get("master_port") == self.replica.port, LINK_SECONDS
        )
        assert demoted, self.sentinel.log_file.read_text()


@contextmanager
def hanging(server: EmbeddedRedis) -> Iterator[None]:
    """Let a server take connections and say nothing while inside."""
    os.kill(server.process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process_id, signal.SIGCONT)


@contextmanager
def guarded_redis(folder: Path) -> Iterator[Guarded]:
    """Run a master, a replica that has caught up, and a sentinel that has seen both."""
    password = make_password()
    servers = [EmbeddedRedis(folder / name) for name in ("master", "replica")]
    with ExitStack() as exits:
        for server in servers:
            server.folder.mkdir(parents=True)
            write_private(server.folder / "password", password)
            exits.enter_context(server)
            _tell(server, "CONFIG", "SET", "masterauth", password)
        master, replica = servers
        _tell(master, "CONFIG", "SET", "repl-diskless-sync-delay", "0")
        _tell(replica, "REPLICAOF", LOOPBACK, str(master.port))
        linked = wait_until(lambda: _facts(replica).get("master_link_status") == "up", LINK_SECONDS)
        assert linked, replica.log_file.read_text()
        sentinel = exits.enter_context(PrivateSentinel(folder / "sentinel", master, password))
        seen = wait_until(lambda: sentinel.ask("SENTINEL", "REPLICAS", MASTER), LINK_SECONDS)
        assert seen, sentinel.log_file.read_text()
        url = f"sentinel://:{password}@{LOOPBACK}:{sentinel.port}"
        yield Guarded(
            master=master,
            replica=replica,
            sentinel=sentinel,
            broker=Broker(url=url, sentinel_master=MASTER),
        )


def _tell(server: EmbeddedRedis, *words: str) -> None:
    client = redis.Redis.from_url(server.url(), socket_timeout=5)
    client.execute_command(*words)  # type: ignore[no-untyped-call] # its own gap
    client.close()


def _facts(server: EmbeddedRedis) -> dict[str, Any]:
    """Return what a server says of its replication; nothing while it changes sides."""
    client = redis.Redis.from_url(server.url(), socket_timeout=5)
    try:
        facts: Any = client.info("replication")
        return dict(facts)
    except redis.RedisError:
        return {}
    finally:
        client.close()
