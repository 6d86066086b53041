"""The servers: which one a database stands on, the engine that reaches it, and room for new ones.

Addresses come from the settings and from registrations, identity from the servers themselves: a
server that moved to another port is still the same server. One that does not answer is remembered
as away by all processes, so that its jobs fail at once instead of waiting for it in turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from typing_extensions import override

from core.clock import Clock
from core.databases.engine import Engine
from core.databases.errors import NoServerError, ServerUnavailableError, ServerUnknownError
from core.databases.model import Server
from core.databases.placement import choose
from core.databases.registration import Registration
from core.databases.server_description import ServerCondition, ServerDescription
from core.errors import UnavailableError
from core.schemas.store import OpenStore, Store
from core.secrets import SecretBox, SecretUnreadableError

logger = logging.getLogger(__name__)

DEFAULT_PORT = 5432
"""Port of a server whose address names none."""

TRY_PAUSE_SECONDS = 5.0
"""Time between two tries of a server that is away, over all processes together."""

EngineFactory = Callable[[str, str], Engine]
"""Makes an engine from the URL of an account and the application name to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """A server with the address that leads to it."""

    server_id: str
    """Its id."""
    name: str
    """What people call it."""
    url: str
    """The address, with its password; never shown."""

    @override
    def __repr__(self) -> str:
        """Show no password."""
        return f"Reachable(server_id={self.server_id!r}, name={self.name!r})"


class Servers:
    """All servers. One object serves a whole process; its methods are thread-safe."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        engine_factory: EngineFactory,
        open_store: OpenStore,
        clock: Clock,
        secrets: SecretBox,
    ) -> None:
        """Know nothing yet.

        Args:
            urls: The addresses in the settings.
            engine_factory: Makes engines.
            open_store: Begins a unit of work.
            clock: Tells the time.
            secrets: Reads the addresses of registered servers.
        """
        self._urls = tuple(urls)
        self._engine_factory = engine_factory
        self._open_store = open_store
        self._clock = clock
        self._secrets = secrets
        self._lock = threading.Lock()
        self._urls_by_server: dict[str, str] = {}
        self._refused_at: dict[str, float] = {}

    def engine(self, server_id: str, *, application_name: str) -> Engine:
        """Return an engine that has reached a recorded server; the caller closes it.

        Raises:
            ServerUnavailableError: it does not answer, or did not a moment ago, or the key is
                missing that its address was encrypted with.
            ServerUnknownError: no known address leads to it at present.
        """
        with self._open_store() as store:
            known = store.registrations.get(server_id)
        was_away = known is not None and known.health.is_away
        if known is not None and was_away and not self._may_try(server_id):
            raise ServerUnavailableError(
                address=known.address, reason="it did not answer a moment ago"
            )
        try:
            url = self._url_of(server_id, known)
        except SecretUnreadableError as error:
            # As good as away: nobody else's work is to end with it, and its own may wait.
            address = "an unreadable address" if known is None else known.address
            raise ServerUnavailableError(address=address, reason=error.log_text) from error
        if url is None:
            raise self._unknown(server_id)
        engine = self._engine_factory(url, application_name)
        try:
            engine.reach()
        except ServerUnavailableError:
            engine.close()
            self._note(server_id, is_away=True)
            raise
        if was_away:
            self._note(server_id, is_away=False)
        return engine

    def choose(
        self, store: Store, *, labels: Mapping[str, str], shunned: Collection[str] = ()
    ) -> Registration:
        """Choose the server for a new database, and let nobody else choose until it is recorded.

        The caller records the database in the same transaction, which keeps the place.

        Args:
            store: The unit of work in which the database is going to be recorded.
            labels: What the schema asks for.
            shunned: Ids of servers that did not answer just now.

        Raises:
            NoServerError: there is none at all.
            NoCapacityError: none fits.
        """
        registrations = store.registrations.hold_all()
        if not registrations:
            raise NoServerError
        reachable = {
            each.id
            for each in registrations
            if each.encrypted_url is not None or each.id in self._urls_by_server
        }
        return choose(registrations, labels=labels, reachable=reachable, shunned=shunned)

    def any_server(self) -> str:
        """Return the id of a server that answers, for work that any server can do.

        Raises:
            NoServerError: there is none.
            ServerUnavailableError: none answers.
        """
        self.refresh()
        failure: UnavailableError = NoServerError()
        for each in sorted(self.registrations(), key=lambda each: each.health.is_away):
            try:
                self.engine(each.id, application_name="schema_builder:servers").close()
            except UnavailableError as error:
                failure = error
            else:
                return each.id
        raise failure

    def refresh(self) -> None:
        """Ask every server of the settings not recognised yet what it is.

        Those away are left out, and not asked again for a moment.
        """
        for url in self._urls:
            if url in self._urls_by_server.values():
                continue
            if time.monotonic() - self._refused_at.get(url, -TRY_PAUSE_SECONDS) < TRY_PAUSE_SECONDS:
                continue
            try:
                self.recognise(url)
            except ServerUnavailableError:
                self._refused_at[url] = time.monotonic()

    def registrations(self) -> Sequence[Registration]:
        """Return all registered servers, first recorded first."""
        with self._open_store() as store:
            return store.registrations.list_all()

    def all_reachable(self) -> Sequence[Reachable]:
        """Return every server with a known address; those of the settings once recognised."""
        found = []
        for each in self.registrations():
            try:
                url = self._known_url(each.id, each)
            except SecretUnreadableError as error:
                # The others are not to suffer from a key that is missing for this one.
                logger.error(  # noqa: TRY400 - the reason is all there is to tell
                    "server_address_unreadable",
                    extra={"server_id": each.id, "reason": error.log_text},
                )
                continue
            if url is not None:
                found.append(Reachable(server_id=each.id, name=each.name, url=url))
        return found

    def is_in_settings(self, server_id: str) -> bool:
        """Tell whether an address in the settings leads to the server, as far as is known."""
        return server_id in self._urls_by_server

    def inspect(self) -> Sequence[tuple[str, ServerCondition | ServerUnavailableError]]:
        """Ask every server how fit it is, by its name; one that is away says so.

        While the store is away, only the servers of the settings are known.
        """
        try:
            registered = self.all_reachable()
        except UnavailableError:
            registered = ()
        targets = [(each.name, each.url) for each in registered]
        known = {each.url for each in registered}
        targets += [(_shown(url), url) for url in self._urls if url not in known]
        found: dict[str, ServerCondition | ServerUnavailableError] = {}
        for name, url in targets:
            engine = self._engine_factory(url, "schema_builder:doctor")
            try:
                found[name] = engine.inspect()
            except ServerUnavailableError as error:
                found.setdefault(name, error)
            finally:
                engine.close()
        return list(found.items())

    def recognise(self, url: str) -> Server:
        """Ask the server at an address of the settings what it is, and record it.

        Raises:
            ServerUnavailableError: it does not answer.
        """
        description = self._describe(url)
        with self._open_store() as store:
            server = store.servers.put(self._server(description))
            store.registrations.readmit(server.id)
            store.commit()
        with self._lock:
            self._urls_by_server[server.id] = url
        return server

    def _server(self, description: ServerDescription) -> Server:
        return Server(
            id=str(uuid4()),
            system_identifier=description.system_identifier,
            host=description.host,
            port=description.port,
            version=description.version,
            last_seen_at=self._clock.now(),
        )

    def _url_of(self, server_id: str, known: Registration | None) -> str | None:
        url = self._known_url(server_id, known)
        if url is None:
            self.refresh()
            url = self._urls_by_server.get(server_id)
        return url

    def _known_url(self, server_id: str, known: Registration | None) -> str | None:
        url = self._urls_by_server.get(server_id)
        if url is None and known is not None and known.encrypted_url is not None:
            url = self._secrets.decrypt(known.encrypted_url)
        return url

    def _unknown(self, server_id: str) -> ServerUnknownError:
        with self._open_store() as store:
            server = store.servers.get(server_id)
        address = "an unknown address" if server is None else f"{server.host}:{server.port}"
        return ServerUnknownError(address=address)

    def _may_try(self, server_id: str) -> bool:
        """Let one of all processes try a server that is away, now and then."""
        with self._open_store() as store:
            may_try = store.registrations.take_try(server_id, TRY_PAUSE_SECONDS)
            store.commit()
        return may_try

    def _note(self, server_id: str, *, is_away: bool) -> None:
        """Let all processes know; a store that is away learns of it another time."""
        try:
            with self._open_store() as store:
                now = self._clock.now()
                if is_away:
                    store.registrations.note_away(server_id, now)
                else:
                    store.registrations.note_back(server_id, now)
                store.commit()
        except UnavailableError as error:
            logger.warning("server_unnoted", extra={"reason": error.log_text})
            return
        event = "server_found_away" if is_away else "server_came_back"
        logger.warning(event, extra={"server_id": server_id})

    def _describe(self, url: str) -> ServerDescription:
        engine = self._engine_factory(url, "schema_builder:servers")
        try:
            return engine.describe()
        finally:
            engine.close()


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or DEFAULT_PORT}"
