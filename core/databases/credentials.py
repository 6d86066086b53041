"""How the owner of a managed database logs in, and the addresses that clients are shown."""

from __future__ import annotations

from urllib.parse import quote

from core.databases.engine import Credentials
from core.databases.model import Database, Server
from core.secrets import SecretBox


def credentials_of(database: Database, secrets: SecretBox) -> Credentials:
    """Return the owner's login with the password in clear."""
    return Credentials(
        role=database.owner_role, password=secrets.decrypt(database.encrypted_password)
    )


def connection_string(database: Database, server: Server) -> str:
    """Return the URI of a database without its password."""
    return f"postgresql://{quote(database.owner_role)}@{_address(server)}/{quote(database.name)}"


def connection_uri(database: Database, server: Server, secrets: SecretBox) -> str:
    """Return the URI of a database with its password: a secret, for its owner's eyes only."""
    credentials = credentials_of(database, secrets)
    login = f"{quote(credentials.role)}:{quote(credentials.password, safe='')}"
    return f"postgresql://{login}@{_address(server)}/{quote(database.name)}"


def _address(server: Server) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"
