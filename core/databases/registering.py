"""Deciding on servers: registering them, changing what is said of them, draining and removing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from uuid import uuid4

from core.clock import Clock
from core.databases.model import Server
from core.databases.registration import Capacity, Health, Registration
from core.databases.server_address import (
    Resolve,
    addresses_of,
    check_address,
    check_destination,
)
from core.databases.server_description import ServerCondition, ServerDescription
from core.databases.server_errors import (
    OtherServerError,
    ServerExistsError,
    ServerInUseError,
    ServerNotFoundError,
    ServerUnfitError,
)
from core.databases.servers import EngineFactory, Servers
from core.dialects.postgresql.versions import OLDEST
from core.schemas.store import OpenStore, Store
from core.secrets import SecretBox

LONGEST_SERVER_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterServers:
    """Says which servers databases are put on."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    secrets: SecretBox
    """Keeps addresses, which hold passwords."""
    servers: Servers
    """Knows those of the settings."""
    engine_factory: EngineFactory
    """Reaches a server that is to be registered."""
    resolve: Resolve = addresses_of
    """Finds the addresses of a name."""

    def add(
        self,
        *,
        name: str,
        url: str,
        labels: Mapping[str, str],
        capacity: Capacity,
    ) -> Registration:
        """Look at a server, and register it if it can be used.

        Raises:
            ServerAddressError: that is no address of a server.
            ServerUnavailableError: it does not answer, or does not let the account in.
            ServerUnfitError: its version or its account will not do; the remedy is in the hint.
            ServerExistsError: it is registered already.
            ServerNameTakenError: another one has the name.
        """
        description, condition = self._look(url)
        now = self.clock.now()
        with self.open_store() as store:
            known = _same(store.registrations.hold_all(), description)
            # One that only the settings name can be registered yet, to outlive them.
            if known is not None and known.encrypted_url is not None:
                raise ServerExistsError(name=known.name)
            server = store.servers.put(
                Server(
                    id=str(uuid4()),
                    system_identifier=description.system_identifier,
                    host=description.host,
                    port=description.port,
                    version=description.version,
                    last_seen_at=now,
                )
            )
            store.registrations.readmit(server.id)
            registration = Registration(
                id=server.id,
                system_identifier=server.system_identifier,
                name=name,
                host=server.host,
                port=server.port,
                version=server.version,
                recorded_at=now,
                last_seen_at=now,
                encrypted_url=self.secrets.encrypt(url),
                labels=labels,
                capacity=capacity,
                drained_at=None if known is None else known.drained_at,
            )
            store.registrations.put(registration)
            store.registrations.note_look(
                server.id, health_of(condition, self.clock), version=condition.version
            )
            registered = _found(store, server.id)
            store.commit()
        return registered

    def change(
        self,
        server_id: str,
        *,
        name: str,
        labels: Mapping[str, str],
        capacity: Capacity,
        url: str | None = None,
    ) -> Registration:
        """Say something else of a server; databases that stand on it stay.

        Raises:
            ServerNotFoundError: there is no such server.
            OtherServerError: the new address leads to another server.
            ServerAddressError: that is no address of a server.
            ServerUnavailableError: the new address does not answer.
            ServerUnfitError: its account will not do.
            ServerNameTakenError: another one has the name.
        """
        looked_at = None if url is None else self._look(url)
        with self.open_store() as store:
            store.registrations.hold_all()
            known = _found(store, server_id)
            changed = replace(known, name=name, labels=labels, capacity=capacity)
            if looked_at is not None and url is not None:
                description, condition = looked_at
                if description.system_identifier != known.system_identifier:
                    raise OtherServerError(name=known.name)
                moved = Server(
                    id=known.id,
                    system_identifier=known.system_identifier,
                    host=description.host,
                    port=description.port,
                    version=description.version,
                    last_seen_at=self.clock.now(),
                )
                store.servers.put(moved)
                changed = replace(
                    changed,
                    host=moved.host,
                    port=moved.port,
                    encrypted_url=self.secrets.encrypt(url),
                )
                store.registrations.note_look(
                    known.id, health_of(condition, self.clock), version=condition.version
                )
            store.registrations.put(changed)
            changed = _found(store, server_id)
            store.commit()
        return changed

    def drain(self, server_id: str) -> Registration:
        """Let a server take no new databases; those that stand on it go on.

        Raises:
            ServerNotFoundError: there is no such server.
        """
        return self._set_drain(server_id, is_drained=True)

    def undrain(self, server_id: str) -> Registration:
        """Let a server take new databases again.

        Raises:
            ServerNotFoundError: there is no such server.
        """
        return self._set_drain(server_id, is_drained=False)

    def remove(self, server_id: str, *, is_lost: bool = False) -> Registration:
        """Forget a server on which nothing stands; return what was known of it.

        Args:
            server_id: The server.
            is_lost: Whether it is gone for good, with all that stood on it.

        Raises:
            ServerNotFoundError: there is no such server.
            ServerInUseError: databases stand on it, or the settings name it.
        """
        self.servers.refresh()
        with self.open_store() as store:
            store.registrations.hold_all()
            known = _found(store, server_id)
            if known.databases and not is_lost:
                raise ServerInUseError(name=known.name, databases=known.databases)
            if self.servers.is_in_settings(server_id):
                raise ServerInUseError(name=known.name, databases=0)
            store.registrations.remove(server_id, self.clock.now())
            store.commit()
        return known

    def get(self, server_id: str) -> Registration:
        """Return a server.

        Raises:
            ServerNotFoundError: there is no such server.
        """
        with self.open_store() as store:
            return _found(store, server_id)

    def find(self, word: str) -> Registration:
        """Return the server that has this name or id.

        Raises:
            ServerNotFoundError: there is none.
        """
        for each in self.list_all():
            if word in {each.name, each.id}:
                return each
        raise ServerNotFoundError(server=word)

    def list_all(self) -> Sequence[Registration]:
        """Return all servers, first recorded first, those of the settings included."""
        self.servers.refresh()
        return self.servers.registrations()

    def _set_drain(self, server_id: str, *, is_drained: bool) -> Registration:
        with self.open_store() as store:
            store.registrations.hold_all()
            known = _found(store, server_id)
            if is_drained != (known.drained_at is not None):
                drained_at = self.clock.now() if is_drained else None
                store.registrations.put(replace(known, drained_at=drained_at))
                known = _found(store, server_id)
                store.commit()
        return known

    def _look(self, url: str) -> tuple[ServerDescription, ServerCondition]:
        """Look at a server that is to be used.

        Raises:
            ServerAddressError: that is no address of a server.
            ServerUnavailableError: it does not answer, or does not let the account in.
            ServerUnfitError: it cannot be, and the remedy is in the hint.
        """
        check_address(url)
        check_destination(url, resolve=self.resolve)
        with closing(self.engine_factory(url, "schema_builder:servers")) as engine:
            condition = engine.inspect()
            refuse_unfit(condition)
            return engine.describe(), condition


def refuse_unfit(condition: ServerCondition) -> None:
    """Refuse a server that databases cannot be made on.

    Raises:
        ServerUnfitError: it says why, and what to do.
    """
    if int(condition.version.split(".")[0]) < OLDEST:
        raise ServerUnfitError(
            reason=f"PostgreSQL {condition.version} is older than what is tested",
            remedy=f"Upgrade it to {OLDEST} or newer.",
        )
    if condition.is_standby:
        raise ServerUnfitError(
            reason="it is a standby that follows another server",
            remedy="Register its primary.",
        )
    if not (condition.may_create_databases and condition.may_create_roles):
        raise ServerUnfitError(
            reason="its account may not create databases, or not roles",
            remedy="Run ALTER ROLE … CREATEDB CREATEROLE there, as a superuser.",
        )


def health_of(condition: ServerCondition, clock: Clock) -> Health:
    """Return the health of a server that answers."""
    return Health(
        is_reachable=True,
        may_provision=condition.may_create_databases
        and condition.may_create_roles
        and not condition.is_standby,
        checked_at=clock.now(),
        connections=condition.connections,
        free_connections=condition.free_connections,
    )


def _same(
    registrations: Sequence[Registration], description: ServerDescription
) -> Registration | None:
    wanted = description.system_identifier
    return next((each for each in registrations if each.system_identifier == wanted), None)


def _found(store: Store, server_id: str) -> Registration:
    registration = store.registrations.get(server_id)
    if registration is None:
        raise ServerNotFoundError(server=server_id)
    return registration
