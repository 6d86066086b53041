"""Each part of the embedded default gives way to an address of somebody's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from core.settings import EMBEDDED_ADDRESSES_FILE
from embedded.console import Console
from embedded.ports import free_port
from embedded.redis import EmbeddedRedis
from embedded.stack import Stack
from tests.conftest import PostgresqlServer, new_empty_store
from tests.launcher.launching import STOP_SECONDS, Launched, all_end, new_data_dir

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.xdist_group("launcher")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The life of a launcher on servers of somebody's own."""

    has_tables: bool
    """Whether a design became tables on the given server."""
    server_folders: list[str]
    """Folders of embedded servers that were made all the same."""
    status: int
    """Its exit status after one of its processes was killed."""
    was_clean: bool
    """Whether nothing of it was left then."""
    said: str
    """All that it printed."""


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data folder that the tests of this module take turns with."""
    with new_data_dir() as folder:
        yield folder


@pytest.fixture(scope="module")
def own(postgresql_server: PostgresqlServer, redis_server: EmbeddedRedis) -> dict[str, str]:
    """Addresses of servers that the launcher did not start."""
    return {
        "DATABASE_URL": new_empty_store(postgresql_server, f"own_store_{uuid4().hex}"),
        "SERVERS": postgresql_server.provisioner_url,
        "REDIS_URL": redis_server.url(database=9),
    }


@pytest.fixture(scope="module")
def replaced(own: dict[str, str], postgresql_server: PostgresqlServer) -> Iterator[Replaced]:
    """A launcher on servers of somebody's own, to its end: one of its processes is killed."""
    with new_data_dir() as folder:
        launched = Launched(folder, **own)
        try:
            launched.wait_until_running()
            schema_id = launched.make_schema()
            name = launched.api.get(f"/schemas/{schema_id}")["databaseName"]
            found = postgresql_server.execute("SELECT to_regclass('posts') IS NOT NULL", name)
            family = launched.family()
            _beat_of(launched).kill()
            yield Replaced(
                has_tables=found == [(True,)],
                server_folders=[
                    kind for kind in ("postgresql", "redis") if (folder / kind).exists()
                ],
                status=launched.process.wait(STOP_SECONDS),
                was_clean=all_end(family),
                said=launched.said,
            )
        finally:
            launched.end()


@pytest.mark.parametrize("name", ["DATABASE_URL", "SERVERS", "REDIS_URL"])
def test_one_part_is_replaced_and_the_others_are_embedded(
    name: str, own: dict[str, str], data_dir: Path
) -> None:
    """The one that is given is used as it is, and nothing is started for it."""
    given = {name: own[name], "DATA_DIR": str(data_dir)}
    ports = {"PORT": str(free_port()), "FLOWER_PORT": str(free_port())}
    with Stack(given | ports, console=Console()) as stack:
        stack.start_servers()
        left = (data_dir / EMBEDDED_ADDRESSES_FILE).read_text().splitlines()
        written = dict(line.split("=", 1) for line in left)
        assert written.keys() == own.keys() - {name}
        assert stack.environ[name] == own[name]
        assert {key: stack.environ[key] for key in written} == written
        assert not set(written.values()) & set(own.values())
        works_in = {child.cwd() for child in psutil.Process().children()}
        assert (str(data_dir / "redis") in works_in) == (name != "REDIS_URL")
        assert str(data_dir / "postgresql" / "cluster") in works_in
    assert not (data_dir / EMBEDDED_ADDRESSES_FILE).exists()


def test_with_every_part_replaced_no_server_is_started(replaced: Replaced) -> None:
    """The whole product works on servers that run elsewhere."""
    assert replaced.has_tables
    assert not replaced.server_folders


def test_a_process_that_dies_takes_everything_with_it_and_is_named(replaced: Replaced) -> None:
    """Half a product is worse than none, and the reason is plain."""
    assert replaced.status == 1
    assert "beat was ended by SIGKILL" in replaced.said
    assert "Traceback" not in replaced.said
    assert replaced.was_clean


def _beat_of(launched: Launched) -> psutil.Process:
    """Return the launcher's process that is called beat."""
    return next(process for process in launched.family() if "beat" in process.cmdline())
