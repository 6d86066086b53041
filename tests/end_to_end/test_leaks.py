"""No secret is where it has no business: the real processes at work, and a look everywhere."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit
from uuid import uuid4

import psycopg2
import pytest
import redis
import requests

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, scopes_of
from core.secrets import SecretBox
from embedded.ports import free_port
from embedded.postgresql import PROVISIONER, STORE
from embedded.processes import wait_until
from embedded.supervision import read_procfile
from tests.api.documents import document
from tests.api.receiving import running_receiver
from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import ROOT, Stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

METRICS_TOKEN = "recognisable-token-of-the-measures"
PLANTED_PASSWORD = "recognisable-password-in-a-wrong-address"
WAIT = {"Prefer": "wait=30"}
ROLES = ("owner", "read-write", "read-only")
MOST_PROOFS = 10
"""A busy machine may look at no command line while a single small backup is loaded."""


@dataclass
class Secrets:
    """Everything that must be found nowhere, by what it is."""

    known: dict[str, str] = field(default_factory=dict)
    """The secrets."""

    def found_in(self, where: str, content: str | bytes) -> list[str]:
        """Return which secrets a content shows, as they are or in a common disguise."""
        octets = content if isinstance(content, bytes) else content.encode(errors="replace")
        found = []
        for name, secret in self.known.items():
            plain = secret.encode()
            disguised = (plain, quote(secret, safe="").encode(), b64encode(plain))
            if any(each in octets for each in disguised):
                found.append(f"{name} in {where}")
        return found


class CommandLines:
    """Looks at the command lines of all processes, again and again, from a thread."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.01):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    line = (folder / "cmdline").read_bytes()
                except OSError:
                    continue  # it has ended meanwhile
                self.seen.add(line.replace(b"\0", b" ").decode(errors="replace"))


class Commands:
    """Listens to everything that Redis is told, messages of Celery included."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._heard: list[str] = []
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self._client.set("the-end", "1")
        self._thread.join()
        self._client.close()

    def text(self) -> str:
        """Return what was heard, bodies of messages as they are and decoded."""
        heard = "\n".join(self._heard)
        bodies = re.findall(r'\\*"body\\*": \\*"([A-Za-z0-9+/=]+)', heard)
        assert bodies, "no message was heard"
        return heard + "\n".join(b64decode(body).decode(errors="replace") for body in bodies)

    def _listen(self) -> None:
        with self._client.monitor() as monitor:  # type: ignore[no-untyped-call] # redis has no types
            for command in monitor.listen():
                self._heard.append(str(command["command"]))
                if "the-end" in self._heard[-1]:
                    return


@dataclass
class Client:
    """Sends requests with a key, and keeps every answer that may not show a secret."""

    address: str
    """Where the API is."""
    key: str
    """What proves whose requests are."""
    answers: list[str] = field(default_factory=list)
    """Answers that may show no secret."""

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Send a request whose answer may show no secret."""
        answer = self.ask(method, path, body, **headers)
        self.answers.append(f"{method} {path}: {answer.headers} {answer.text}")
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Send a request."""
        return requests.request(
            method,
            f"{self.address}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}", **headers},
            timeout=60,
        )

    def tell(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request whose very purpose is to show a secret."""
        answer = self.ask("POST", path, body, **{"Idempotency-Key": uuid4().hex})
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]


@pytest.fixture
def talkative(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product with Flower, saying as much as it can, its secrets in files."""
    store = f"store_{uuid4().hex}"
    postgresql_server.create_database(store, template=store_template)
    folder = servers_folder / "talkative"
    folder.mkdir()
    (folder / "token").write_text(METRICS_TOKEN)
    with Stack(
        folder,
        database_url=postgresql_server.url(STORE, store),
        server_url=postgresql_server.url(PROVISIONER),
        bin_dir=postgresql_server.bin_dir,
        AUTHENTICATION="required",
        RATE_LIMIT_WRITES="0",
        RATE_LIMIT_READS="0",
        LOG_LEVEL="DEBUG",
        METRICS_TOKEN_FILE=str(folder / "token"),
        WEBHOOKS_ALLOW_PRIVATE="true",
        FLOWER_PORT=str(free_port()),
        FLOWER_UNAUTHENTICATED_API="true",
    ) as stack:
        stack.start((*read_procfile(ROOT / "Procfile"),))
        stack.wait_until_ready()
        yield stack
    postgresql_server.drop_database(store)


def test_no_secret_shows_anywhere(talkative: Stack, postgresql_server: PostgresqlServer) -> None:
    """Not in answers, logs, command lines, messages, Redis, Flower, the store or its dump."""
    application = talkative.application
    _, key = application.keys.create(
        workspace_id=LOCAL_WORKSPACE,
        name="leaks",
        scopes=scopes_of(Role.ADMIN),
        created_by="test",
    )
    client = Client(talkative.address, key)
    SecretBox(talkative.settings.secret_key_file)  # else it is made when it is first needed
    secrets = Secrets(
        {
            "password of the store": _password(talkative.settings.database_url),
            "password of the account": _password(talkative.settings.servers[0]),
            "password of Redis": _password(talkative.settings.redis_url),
            "token of the measures": METRICS_TOKEN,
            "API key": key,
            "secret of the API key": key.rpartition("_")[2],
            "key at rest": talkative.settings.secret_key_file.read_text().strip().partition(":")[2],
            "password in a wrong address": PLANTED_PASSWORD,
        }
    )
    commands = Commands(talkative.settings.redis_url)
    with CommandLines() as lines, commands, running_receiver() as receiver:
        schema_id = _work(client, secrets, receiver.url, lines)
    with application.open_store() as store:
        database = store.databases.get(schema_id)
    assert database is not None
    for role in ROLES:
        shown = client.tell(f"/schemas/{schema_id}/credentials/{role}/reveal")
        secrets.known[f"newest password of {role}"] = shown["password"]

    # The search itself finds what is there to be found.
    told = client.tell(f"/schemas/{schema_id}/credentials/owner/reveal")
    assert secrets.found_in("an answer", str(told)) == ["newest password of owner in an answer"]

    shown = [found for answer in client.answers for found in secrets.found_in(answer[:80], answer)]
    for line in lines.seen:
        shown += secrets.found_in(f"command line {line[:60]!r}", line)
    assert any("pg_dump" in line for line in lines.seen), "nobody looked while a dump ran"
    assert any("pg_restore" in line for line in lines.seen), "nobody looked during a restore"
    messages = commands.text()
    assert all(f"job.{kind}" in messages for kind in ("create", "backup", "rotate")), messages[:999]
    shown += secrets.found_in("what Redis was told", messages)
    shown += secrets.found_in("Redis", _redis(talkative))
    for path, text in _flower(talkative):
        shown += secrets.found_in(f"Flower's {path}", text)
    for name, row in _store_rows(talkative):
        shown += secrets.found_in(f"the store's table {name}", row)
    shown += secrets.found_in("a dump of the store", _dump(talkative, postgresql_server))
    for name, content in _files(talkative, postgresql_server):
        shown += secrets.found_in(name, content)
    assert sorted(set(shown)) == []


def _work(client: Client, secrets: Secrets, receiver: str, lines: CommandLines) -> str:
    """Have every kind of work done that a secret is needed for, some of it in vain."""
    webhook = client.tell("/webhooks", {"url": receiver, "events": ["job.succeeded"]})
    secrets.known["secret of the webhook"] = webhook["secret"]
    client.send("POST", f"/webhooks/{webhook['id']}/test")
    schema = client.send("POST", "/schemas", document("leaks"), **WAIT)
    schema_id = str(schema["id"])
    path = f"/schemas/{schema_id}"
    for role in ROLES:
        shown = client.tell(f"{path}/credentials/{role}/reveal")
        secrets.known[f"first password of {role}"] = shown["password"]
        client.send("POST", f"{path}/credentials/{role}/test")
        _log_in_wrongly(shown)
    client.send("GET", f"{path}/credentials")
    wider = document("leaks")
    wider["tables"][0]["columns"].append({"id": "u3", "name": "age", "dataType": "INT"})
    client.send("PUT", path, wider, **WAIT)
    backup = client.send("POST", f"{path}/backups", **WAIT)
    for _ in range(MOST_PROOFS):
        client.send("POST", f"{path}/backups/{backup['id']}/verify", **WAIT)
        if any("pg_restore" in line for line in list(lines.seen)):
            break
    client.send("POST", f"{path}/backups/{backup['id']}/restore", **WAIT)
    client.send("POST", f"{path}/database/regenerate?allowDataLoss=true", **WAIT)
    client.send("POST", f"{path}/credentials/owner/rotate", {"overlapSeconds": 60}, **WAIT)
    lost = {"overlapSeconds": 0, "endSessions": True}
    client.send("POST", f"{path}/credentials/read-only/rotate", lost, **WAIT)
    client.send("GET", f"{path}/database/status")
    client.send("GET", f"{path}/database/metrics")
    client.send("GET", "/jobs?limit=100")
    client.send("GET", "/audit?limit=100")
    client.send("GET", "/keys")
    client.send("GET", "/webhooks")
    client.send("GET", "/health/ready")
    for wrong in (f"{client.key}x", "sb_0123456789abcdef_wrong", PLANTED_PASSWORD):
        refused = Client(client.address, wrong).ask("GET", f"{path}/credentials")
        assert refused.status_code == 401
        client.answers.append(refused.text)
    bad = f"postgresql://u:{PLANTED_PASSWORD}@127.0.0.1:1/x"
    refused = client.ask("POST", "/webhooks", {"url": bad, "events": ["job.failed"]})
    assert refused.status_code >= 400
    client.answers.append(refused.text.replace(bad, ""))
    measures = client.address.removesuffix("/api/v1") + "/metrics"
    read = requests.get(measures, headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, timeout=9)
    assert read.status_code == 200
    client.answers.append(read.text)
    return schema_id


def _log_in_wrongly(shown: dict[str, Any]) -> None:
    """Let the server complain of a wrong password, and of a statement with a right one in it."""
    wrong = shown["connectionString"].replace(shown["password"], PLANTED_PASSWORD)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(wrong)


def _password(url: str) -> str:
    password = urlsplit(url).password
    assert password
    return password


def _redis(stack: Stack) -> str:
    """Return every key of the broker with its value."""
    client = redis.Redis.from_url(stack.settings.redis_url, decode_responses=False)
    parts = []
    for key in client.scan_iter():
        kind = client.type(key)
        value: Any
        match kind:
            case b"string":
                value = client.get(key)
            case b"list":
                value = client.lrange(key, 0, -1)
            case b"set":
                value = client.smembers(key)
            case b"hash":
                value = client.hgetall(key)
            case b"zset":
                value = client.zrange(key, 0, -1, withscores=True)
            case _:
                value = client.dump(key)
        parts.append(f"{key!r} {value!r}")
    client.close()
    return "\n".join(parts)


def _flower(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield what Flower answers, on its pages and by its API."""
    address = f"http://127.0.0.1:{stack.settings.flower_port}"
    assert wait_until(lambda: _is_up(address), 30), stack.log_file("flower").read_text()
    workers = requests.get(f"{address}/api/workers?refresh=1", timeout=30)
    assert workers.status_code == 200
    assert any(name.startswith("jobs@") for name in workers.json()), workers.text
    tasks = requests.get(f"{address}/api/tasks", timeout=30)
    pages = [f"/worker/{name}" for name in workers.json()]
    pages += [f"/task/{task}" for task in tasks.json()]
    yield "workers", workers.text
    yield "tasks", tasks.text
    for path in ("/workers", "/tasks", "/broker", "/api/queues/length", "/metrics", *pages):
        yield path, requests.get(f"{address}{path}", timeout=30).text


def _is_up(address: str) -> bool:
    try:
        return requests.get(f"{address}/api/workers", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _store_rows(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield every row of every table of the store."""
    connection = psycopg2.connect(stack.settings.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        assert "credentials" in names
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            for (row,) in cursor.fetchall():
                yield name, row
    connection.close()


def _dump(stack: Stack, server: PostgresqlServer) -> bytes:
    """Return a dump of the store as anybody would take it."""
    outcome = subprocess.run(
        [server.bin_dir / "pg_dump", "--dbname", stack.settings.database_url],
        check=True,
        capture_output=True,
    )
    assert b"encrypted_password" in outcome.stdout
    return outcome.stdout


def _files(stack: Stack, server: PostgresqlServer) -> Iterator[tuple[str, bytes]]:
    """Yield what the processes and servers wrote into files, save the two that hold secrets."""
    time.sleep(0.5)
    key_file = stack.settings.secret_key_file
    for file in stack.folder.rglob("*"):
        is_secret = file in {key_file, stack.folder / "token"} or "redis" in file.parts[-2:-1]
        if file.is_file() and not is_secret:
            yield str(file.relative_to(stack.folder)), file.read_bytes()
    yield "the broker's log", stack.redis.log_file.read_bytes()
    yield "the server's log", server.embedded.log_file.read_bytes()
