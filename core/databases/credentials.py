"""How the owner and others log in to a managed database, and the addresses they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from core.databases.credential import (
    Access,
    AccessRole,
    Credential,
    Groups,
    Login,
    current_of,
    next_number,
)
from core.databases.credential_errors import CredentialNotFoundError
from core.databases.engine import Credentials
from core.databases.model import Database, Server
from core.databases.names import login_role_of
from core.secrets import SecretBox, make_password

MOST_CONNECTIONS = 20
"""Sessions that one login may have at a time, unless the settings say otherwise."""


def role_named(text: str) -> AccessRole:
    """Return the role that is called so.

    Raises:
        CredentialNotFoundError: databases have no such role.
    """
    try:
        return AccessRole(text)
    except ValueError as error:
        raise CredentialNotFoundError(role=text, known=AccessRole) from error


def credentials_of(database: Database, secrets: SecretBox) -> Credentials:
    """Return the owner's login with the password in clear; only the product itself uses it."""
    return Credentials(
        role=database.owner_role, password=secrets.decrypt(database.encrypted_password)
    )


def login_of(
    credential: Credential,
    database: Database,
    secrets: SecretBox,
    *,
    most_connections: int = MOST_CONNECTIONS,
) -> Login:
    """Return the login role of a credential as a server has to have it."""
    return Login(
        name=credential.login,
        password=secrets.decrypt(credential.encrypted_password),
        group=Groups.of(database.name).of_role(credential.role),
        is_read_only=credential.role is AccessRole.READ_ONLY,
        most_connections=most_connections,
        valid_until=credential.expires_at,
    )


def access_of(
    database: Database,
    credentials: Iterable[Credential],
    secrets: SecretBox,
    *,
    now: datetime,
    most_connections: int,
) -> Access | None:
    """Return who may enter a database; None for one that has no credentials yet.

    Credentials that have expired are left out: nobody gets in with them any more.
    """
    logins = tuple(
        login_of(each, database, secrets, most_connections=most_connections)
        for each in credentials
        if each.in_service_at is not None and (each.expires_at is None or now < each.expires_at)
    )
    return Access(groups=Groups.of(database.name), logins=logins) if logins else None


def new_credential(
    database: Database,
    role: AccessRole,
    present: Sequence[Credential],
    secrets: SecretBox,
    *,
    now: datetime,
    made_for: str,
    is_in_service: bool,
) -> Credential:
    """Return the record of a new credential with a new password.

    Args:
        database: The database that it is for.
        role: What it is good for.
        present: Those that the database has.
        secrets: Encrypts the password.
        now: The time.
        made_for: What it is made for; the same thing twice gets the same id.
        is_in_service: Whether it is good at once rather than after a job.
    """
    number = next_number(present, role)
    group = Groups.of(database.name).of_role(role)
    return Credential(
        id=str(uuid5(NAMESPACE_URL, f"schema-builder:credential:{made_for}:{role}")),
        schema_id=database.schema_id,
        role=role,
        number=number,
        login=login_role_of(group, number),
        encrypted_password=secrets.encrypt(make_password()),
        created_at=now,
        in_service_at=now if is_in_service else None,
    )


def connection_string(
    database: Database, server: Server, credentials: Iterable[Credential] = ()
) -> str:
    """Return the URI of a database for its owner, without a password."""
    credential = current_of(credentials, AccessRole.OWNER)
    role = database.owner_role if credential is None else credential.login
    return address_for(role, database, server)


def address_for(role: str, database: Database, server: Server) -> str:
    """Return the URI of a database for a role, without a password."""
    return f"postgresql://{quote(role)}@{_address(server)}/{quote(database.name)}"


def address_with_password(role: str, password: str, database: Database, server: Server) -> str:
    """Return the URI of a database with a password in it: a secret, for its user's eyes only."""
    login = f"{quote(role)}:{quote(password, safe='')}"
    return f"postgresql://{login}@{_address(server)}/{quote(database.name)}"


def connection_uri(database: Database, server: Server, secrets: SecretBox) -> str:
    """Return the URI with which the product itself logs in as the owner: a secret."""
    credentials = credentials_of(database, secrets)
    return address_with_password(credentials.role, credentials.password, database, server)


def _address(server: Server) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"
