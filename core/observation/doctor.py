"""A look at everything that the product depends on, for the operator's own eyes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from core.access.errors import ProviderUnavailableError
from core.access.reencrypting import SecretKeys
from core.access.signing_keys import SigningKeys
from core.backups.archive import Archive
from core.clock import Clock
from core.databases.server_description import ServerCondition
from core.databases.servers import Servers
from core.dialects.postgresql.versions import NEWEST, OLDEST, major_of
from core.errors import SchemaBuilderError, UnavailableError
from core.observation.checks import (
    Check,
    CheckState,
    OpenConditionStore,
    check_queue,
    check_skew,
    check_store,
    failed,
)
from core.observation.signs_of_life import SignsOfLife

FEW_CONNECTIONS = 20
"""Free connections below which a server will soon refuse some."""

_PROBE = b"May this be written?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Looks at everything, whatever it finds first."""

    open_store: OpenConditionStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    signs_of_life: SignsOfLife
    """Where workers and beat say that they live."""
    servers: Servers
    """The configured servers."""
    archive: Archive
    """Keeps dumps."""
    secret_keys: SecretKeys
    """Keep passwords."""
    signing_keys: SigningKeys | None
    """Keys of the provider of tokens; None where none is set up."""

    def __call__(self) -> Iterator[Check]:
        """Yield each check as soon as it is made."""
        yield from check_store(self.open_store, self.clock, is_for_operator=True)
        yield from check_queue(self.signs_of_life, self.clock)
        yield from self._check_servers()
        yield self._check_archive()
        yield self._check_secrets()
        if self.signing_keys is not None:
            yield _check_provider(self.signing_keys)

    def _check_servers(self) -> Iterator[Check]:
        conditions = self.servers.inspect()
        if not conditions:
            yield Check(
                name="servers",
                state=CheckState.FAILED,
                found="No server is registered, so no database can be made.",
                remedy="Name one in SERVERS, or add one with `flask servers add`.",
            )
        for address, condition in conditions:
            name = f"server:{address}"
            if isinstance(condition, SchemaBuilderError):
                yield failed(name, condition, remedy="Is it running, and is its account right?")
                continue
            yield from _check_server(name, condition)
            yield check_skew(f"{name}:clock", self.clock.now() - condition.clock)

    def _check_archive(self) -> Check:
        location = f"doctor/{uuid4()}"
        try:
            with self.archive.write(location) as file:
                file.write(_PROBE)
                file.complete()
            with self.archive.open(location) as written:
                is_whole = written.read(len(_PROBE) + 1) == _PROBE
            self.archive.remove(location)
        except SchemaBuilderError as error:
            return failed("archive", error, remedy="May this account write where ARCHIVE_DIR is?")
        if not is_whole:
            return Check(
                name="archive",
                state=CheckState.FAILED,
                found="What was written came back otherwise.",
                remedy="Look after the disk.",
            )
        return Check(
            name="archive", state=CheckState.OK, found="A file was written, read and removed."
        )

    def _check_secrets(self) -> Check:
        try:
            secrets = self.secret_keys.secrets
            is_right = secrets.decrypt(secrets.encrypt("probe")) == "probe"
        except SchemaBuilderError as error:
            return failed("secrets", error)
        try:
            unreadable = self.secret_keys.list_unreadable()
        except UnavailableError:
            unreadable = ()  # the store has a check of its own
        if unreadable:
            return Check(
                name="secrets",
                state=CheckState.FAILED,
                found=f"No key here opens secrets of {', '.join(unreadable)}.",
                remedy="Put the secret key file back with which they were encrypted.",
            )
        return Check(
            name="secrets",
            state=CheckState.OK if is_right else CheckState.FAILED,
            found="The secret key encrypts, and opens what is stored.",
        )


def _check_provider(keys: SigningKeys) -> Check:
    name = "identity_provider"
    try:
        count = keys.count()
    except ProviderUnavailableError as error:
        return Check(
            name=name,
            state=CheckState.FAILED,
            found=error.log_text,
            remedy="Do OIDC_ISSUER and OIDC_JWKS_URL lead to the provider, and may this host reach"
            " it? OIDC_PUBLIC_KEY_FILE serves where it may not.",
        )
    return Check(name=name, state=CheckState.OK, found=f"Keys to verify tokens with: {count}.")


def check_version(name: str, version: str) -> Check:
    """Say whether a server is of a version that is tested."""
    major = major_of(version)
    if major < OLDEST:
        return Check(
            name=name,
            state=CheckState.FAILED,
            found=f"PostgreSQL {version} is too old: nothing is made on it.",
            remedy=f"Upgrade it to {OLDEST} or newer.",
        )
    if major > NEWEST:
        return Check(
            name=name,
            state=CheckState.WARNING,
            found=f"PostgreSQL {version} is newer than what is tested, which ends with {NEWEST}.",
            remedy="Look for a newer release of Schema Builder.",
        )
    return Check(name=name, state=CheckState.OK, found=f"PostgreSQL {version} answers.")


def _check_server(name: str, condition: ServerCondition) -> Iterator[Check]:
    yield check_version(name, condition.version)
    is_able = condition.may_create_databases and condition.may_create_roles
    yield Check(
        name=f"{name}:rights",
        state=CheckState.OK if is_able else CheckState.FAILED,
        found="Its account may create databases and roles."
        if is_able
        else "Its account may not create databases, or not roles.",
        remedy=None if is_able else "ALTER ROLE … CREATEDB CREATEROLE, as a superuser.",
    )
    if condition.free_connections < FEW_CONNECTIONS:
        yield Check(
            name=f"{name}:connections",
            state=CheckState.WARNING,
            found=f"Only {condition.free_connections} more connections are taken.",
            remedy="Raise max_connections, or find who holds so many.",
        )
    yield Check(
        name=f"{name}:programs",
        state=CheckState.OK if condition.tools_version is not None else CheckState.FAILED,
        found="No pg_dump and pg_restore are here that are new enough, so nothing can be backed up."
        if condition.tools_version is None
        else f"pg_dump and pg_restore {condition.tools_version} fit.",
        remedy=None
        if condition.tools_version is not None
        else "Install the client programs of its version, or name their folder in "
        "POSTGRESQL_BIN_DIRS.",
    )
