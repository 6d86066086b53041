"""Which server a database stands on, and the engine that reaches it.

Addresses come from the settings, identity from the servers themselves: a server that moved to
another port is still the same server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit
from uuid import uuid4

from core.clock import Clock
from core.databases.engine import Engine, ServerCondition, ServerDescription
from core.databases.errors import NoServerError, ServerUnavailableError, ServerUnknownError
from core.databases.model import Server
from core.schemas.store import OpenStore

DEFAULT_PORT = 5432
"""Port of a server whose address names none."""

EngineFactory = Callable[[str, str], Engine]
"""Makes an engine from the URL of an account and the application name to show."""


class Servers:
    """The configured servers. One object serves a whole process; its methods are thread-safe."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        engine_factory: EngineFactory,
        open_store: OpenStore,
        clock: Clock,
    ) -> None:
        self._urls = tuple(urls)
        self._engine_factory = engine_factory
        self._open_store = open_store
        self._clock = clock
        self._lock = threading.Lock()
        self._urls_by_server: dict[str, str] = {}

    def engine(self, server_id: str, *, application_name: str) -> Engine:
        """Return an engine for a recorded server; the caller closes it.

        Raises:
            ServerUnknownError: no configured address leads to it at present.
        """
        url = self._urls_by_server.get(server_id)
        if url is None:
            self.refresh()
            url = self._urls_by_server.get(server_id)
        if url is None:
            with self._open_store() as store:
                server = store.servers.get(server_id)
            address = "an unknown address" if server is None else f"{server.host}:{server.port}"
            raise ServerUnknownError(address=address)
        return self._engine_factory(url, application_name)

    def place(self) -> Server:
        """Choose the server for a new database: the first configured one that answers.

        Raises:
            NoServerError: none is configured.
            ServerUnavailableError: none answers.
        """
        if not self._urls:
            raise NoServerError
        failure: ServerUnavailableError | None = None
        for url in self._urls:
            try:
                return self._recognise(url)
            except ServerUnavailableError as error:
                failure = error
        if failure is None:
            raise NoServerError
        raise failure

    def refresh(self) -> None:
        """Ask every configured server not recognised yet what it is; those away are left out."""
        for url in self._urls:
            if url not in self._urls_by_server.values():
                try:
                    self._recognise(url)
                except ServerUnavailableError:
                    continue

    def inspect(self) -> Sequence[tuple[str, ServerCondition | ServerUnavailableError]]:
        """Ask every configured server how fit it is, by host and port; one that is away says so."""
        found: list[tuple[str, ServerCondition | ServerUnavailableError]] = []
        for url in self._urls:
            parts = urlsplit(url)
            address = f"{parts.hostname}:{parts.port or DEFAULT_PORT}"
            engine = self._engine_factory(url, "schema_builder:doctor")
            try:
                found.append((address, engine.inspect()))
            except ServerUnavailableError as error:
                found.append((address, error))
            finally:
                engine.close()
        return found

    def _recognise(self, url: str) -> Server:
        known = next((key for key, value in self._urls_by_server.items() if value == url), None)
        if known is not None:
            with self._open_store() as store:
                server = store.servers.get(known)
            if server is not None:
                return server
        description = self._describe(url)
        with self._open_store() as store:
            server = store.servers.put(
                Server(
                    id=str(uuid4()),
                    system_identifier=description.system_identifier,
                    host=description.host,
                    port=description.port,
                    version=description.version,
                    last_seen_at=self._clock.now(),
                )
            )
            store.commit()
        with self._lock:
            self._urls_by_server[server.id] = url
        return server

    def _describe(self, url: str) -> ServerDescription:
        engine = self._engine_factory(url, "schema_builder:servers")
        try:
            return engine.describe()
        finally:
            engine.close()
