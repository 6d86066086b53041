"""Reading credentials: listing them without secrets, revealing one, trying one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock
from core.databases.credential import (
    AccessRole,
    Credential,
    CredentialState,
    LoginTrial,
    current_of,
)
from core.databases.credential_errors import CredentialAbsentError, LoginRefusedError
from core.databases.credentials import (
    address_for,
    address_with_password,
    login_of,
    role_named,
)
from core.databases.errors import DatabaseAbsentError, DatabaseMissingError
from core.databases.model import Database, DatabaseState, Server
from core.databases.servers import Servers
from core.errors import SchemaBuilderError, UnavailableError
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore
from core.secrets import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCredential:
    """What is known of a role's credential, secrets left out."""

    role: AccessRole
    """What it is good for."""
    login: str | None
    """The login role; None for a database from before there were credentials."""
    connection_string: str | None
    """The URI of the database without a password; None without a login."""
    created_at: datetime | None
    """When it came into service."""
    older: tuple[Credential, ...]
    """Those it replaced that are not gone yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedCredential:
    """A credential with its password: for the eyes of whoever asked, and no log."""

    credential: Credential
    """The record."""
    database_name: str
    """The database."""
    host: str
    """Where its server is."""
    port: int
    """TCP port."""
    password: str
    """The password in clear."""
    connection_string: str
    """The URI with the password in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialTrial:
    """Whether one can log in with a credential."""

    credential: Credential
    """The record."""
    found: LoginTrial | None
    """What it is good for; None when nobody gets in."""
    failure: SchemaBuilderError | None
    """Why nobody gets in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCredentials:
    """Answers what credentials a schema's database has."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    servers: Servers
    """Where the databases stand."""
    secrets: SecretBox
    """Keeps their passwords."""

    def list_all(self, schema_id: str, *, owner: str) -> Sequence[KnownCredential]:
        """Return what is known of each role's credential.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
        """
        database, server, credentials = self._records(schema_id, owner)
        return [self._known(role, database, server, credentials) for role in AccessRole]

    def reveal(self, schema_id: str, role: str, *, owner: str) -> RevealedCredential:
        """Return the credential of a role that is to be used, with its password.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            CredentialNotFoundError: databases have no such role.
            DatabaseAbsentError: it has no database at present.
            CredentialAbsentError: it has no credential yet.
        """
        database, server, credentials = self._records(schema_id, owner, role)
        credential = _current(credentials, role)
        password = self.secrets.decrypt(credential.encrypted_password)
        return RevealedCredential(
            credential=credential,
            database_name=database.name,
            host=server.host,
            port=server.port,
            password=password,
            connection_string=address_with_password(credential.login, password, database, server),
        )

    def test(self, schema_id: str, role: str, *, owner: str) -> CredentialTrial:
        """Log in with the credential of a role that is to be used, and see what it is good for.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            CredentialNotFoundError: databases have no such role.
            DatabaseAbsentError: it has no database at present.
            CredentialAbsentError: it has no credential yet.
        """
        database, _, credentials = self._records(schema_id, owner, role)
        credential = _current(credentials, role)
        login = login_of(credential, database, self.secrets)
        try:
            engine = self.servers.engine(
                database.server_id, application_name="schema_builder:credentials"
            )
            with closing(engine):
                found = engine.try_login(database.name, login)
        except (UnavailableError, DatabaseMissingError, LoginRefusedError) as error:
            return CredentialTrial(credential=credential, found=None, failure=error)
        return CredentialTrial(credential=credential, found=found, failure=None)

    def _records(
        self, schema_id: str, owner: str, role: str | None = None
    ) -> tuple[Database, Server, Sequence[Credential]]:
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            if role is not None:
                role_named(role)
            database = store.databases.get(schema_id)
            server = None if database is None else store.servers.get(database.server_id)
            credentials = store.credentials.of_schema(schema_id)
        if database is None or server is None or database.state is not DatabaseState.READY:
            raise DatabaseAbsentError(schema_id=schema_id)
        return database, server, credentials

    def _known(
        self,
        role: AccessRole,
        database: Database,
        server: Server,
        credentials: Sequence[Credential],
    ) -> KnownCredential:
        current = current_of(credentials, role)
        now = self.clock.now()
        over = {CredentialState.OVERLAPPING, CredentialState.EXPIRED}
        return KnownCredential(
            role=role,
            login=None if current is None else current.login,
            connection_string=None
            if current is None
            else address_for(current.login, database, server),
            created_at=None if current is None else current.in_service_at,
            older=tuple(
                each for each in credentials if each.role is role and each.state_at(now) in over
            ),
        )


def _current(credentials: Sequence[Credential], role: str) -> Credential:
    credential = current_of(credentials, role_named(role))
    if credential is None:
        raise CredentialAbsentError(role=role)
    return credential
