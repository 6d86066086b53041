"""Definitions as a server writes them: asked for in a scratch database once, then remembered.

What is remembered is found by the structure's fingerprint and the server's major version, as it
depends on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from core.clock import Clock
from core.databases.engine import Credentials, Engine, Session
from core.databases.errors import StatementFailedError
from core.databases.servers import Servers
from core.definition.document import Document, InvalidDocumentError, read_document, write_document
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.postgresql.versions import major_of
from core.errors import InvalidInputError, UnavailableError
from core.planning.creation import creation_statements
from core.planning.normal_texts import has_texts, with_texts_of
from core.schemas.store import OpenStore
from core.secrets import make_password

SCRATCH_PREFIX = "sb_norm_"
"""What the names of scratch databases, and of their roles, begin with."""

SCRATCH_KEPT = timedelta(minutes=30)
"""Age from which a scratch database is taken for forgotten by a process that died."""

_MADE_AT = "scratchMadeAt"
_NAME = "normal form"


class ExpressionRefusedError(InvalidInputError):
    """A server does not take an expression or a type of a definition."""

    code = "EXPRESSION_REFUSED"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The server does not take an expression or a type: {reason}",
            hint="Change that part of the definition.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForms:
    """Says how a server writes a definition."""

    open_store: OpenStore
    """Begins a unit of work."""
    servers: Servers
    """Where scratch databases can be made."""
    clock: Clock
    """Tells the time."""

    def of(
        self,
        definition: Definition,
        *,
        server_id: str,
        application_name: str = "schema_builder:scratch",
    ) -> Definition:
        """Return the definition, names given and ids kept, as that server writes it.

        Raises:
            ExpressionRefusedError: the server does not take an expression or a type.
            ServerUnavailableError: the server does not answer.
        """
        named = resolve_names(definition)
        if not has_texts(named):
            return named
        fingerprint = structure_fingerprint(named)
        with self.open_store() as store:
            server = store.servers.get(server_id)
            major = 0 if server is None else major_of(server.version)
            remembered = store.normal_forms.get(fingerprint, major)
        normal = None if remembered is None else _read(remembered)
        if normal is not None:
            return with_texts_of(named, normal)
        engine = self.servers.engine(server_id, application_name=application_name)
        try:
            normal = self._ask(engine, named)
        finally:
            engine.close()
        with self.open_store() as store:
            document = write_document(Document(name=_NAME, definition=normal))
            store.normal_forms.put(fingerprint, major, document)
            store.commit()
        return with_texts_of(named, normal)

    def remove_all_forgotten(self) -> None:
        """Remove scratch databases of dead processes from every server that answers."""
        with self.open_store() as store:
            servers = store.servers.list_all()
        for server in servers:
            with suppress(UnavailableError):
                self.remove_forgotten(server.id)

    def remove_forgotten(self, server_id: str) -> None:
        """Remove scratch databases that processes left behind when they died."""
        engine = self.servers.engine(server_id, application_name="schema_builder:scratch")
        oldest = (self.clock.now() - SCRATCH_KEPT).isoformat()
        try:
            for name in engine.list_databases(SCRATCH_PREFIX):
                if _made_at(engine.marker(name)) < oldest:
                    engine.drop_database(name)
                    engine.drop_role(name)
        finally:
            engine.close()

    def _ask(self, engine: Engine, definition: Definition) -> Definition:
        with self._scratch(engine) as session:
            types = replace(definition, tables=(), foreign_keys=())
            try:
                session.apply(creation_statements(types), lambda _: None)
                return session.normalise(definition)
            except StatementFailedError as error:
                raise ExpressionRefusedError(reason=error.message) from error

    @contextmanager
    def _scratch(self, engine: Engine) -> Iterator[Session]:
        name = f"{SCRATCH_PREFIX}{uuid4().hex}"
        credentials = Credentials(role=name, password=make_password())
        marker = json.dumps({_MADE_AT: self.clock.now().isoformat()})
        try:
            engine.ensure_role(credentials)
            engine.create_database(name, owner=name, marker=marker)
            with engine.session(name, credentials) as session:
                yield session
        finally:
            engine.drop_database(name)
            engine.drop_role(name)


def _read(document: Mapping[str, Any]) -> Definition | None:
    """Return what is remembered, None when a later release cannot read it any more."""
    try:
        return read_document(document, make_id=lambda: str(uuid4())).definition
    except InvalidDocumentError:
        return None


def _made_at(marker: str | None) -> str:
    try:
        return str(json.loads(marker or "{}").get(_MADE_AT, ""))
    except (ValueError, AttributeError):
        return ""
