"""API keys, workspaces with their members, and the audit log in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from core.access.model import ApiKey, AuditEntry, Belonging, Member, Workspace
from core.access.repository import ApiKeyRepository, AuditRepository, WorkspaceRepository
from core.access.roles import Role, Scope
from core.store import access_tables as tables
from core.store.identifiers import is_id, is_storable, storable

_KEYS = tables.api_keys
_WORKSPACES = tables.workspaces
_MEMBERS = tables.workspace_members
_ENTRIES = tables.audit_entries
_ENDS = tables.audit_ends


class SqlApiKeyRepository(ApiKeyRepository):
    """API keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, key: ApiKey) -> None:
        """Record a key."""
        self._connection.execute(
            insert(_KEYS).values(
                id=key.id,
                workspace_id=key.workspace_id,
                name=key.name,
                digest=key.digest,
                scopes=[scope.value for scope in key.scopes],
                created_by=key.created_by,
                created_at=key.created_at,
                expires_at=key.expires_at,
            )
        )

    @override
    def find(self, key_id: str) -> ApiKey | None:
        """Return the key of any workspace, or None; for those who show the key itself."""
        statement = select(_KEYS).where(_KEYS.c.id == key_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _key(row)

    @override
    def get(self, key_id: str, *, workspace_id: str) -> ApiKey | None:
        """Return the workspace's key, or None."""
        if not is_storable(key_id):
            return None
        statement = select(_KEYS).where(_KEYS.c.id == key_id, _KEYS.c.workspace_id == workspace_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _key(row)

    @override
    def list_page(
        self, workspace_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[ApiKey], int]:
        """Return one page of a workspace's keys, newest first, and the number of all."""
        of_it = _KEYS.c.workspace_id == workspace_id
        total = self._connection.execute(select(func.count()).where(of_it)).scalar_one()
        statement = (
            select(_KEYS)
            .where(of_it)
            .order_by(_KEYS.c.created_at.desc(), _KEYS.c.id)
            .offset((page - 1) * limit)
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings()
        return [_key(row) for row in rows], total

    @override
    def count_living(self, workspace_id: str, now: datetime) -> int:
        """Return how many keys work; nobody adds one until the block ends."""
        self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtext(f"keys of {workspace_id}")))
        )
        return self._connection.execute(
            select(func.count()).where(
                _KEYS.c.workspace_id == workspace_id,
                _KEYS.c.revoked_at.is_(None),
                or_(_KEYS.c.expires_at.is_(None), _KEYS.c.expires_at > now),
            )
        ).scalar_one()

    @override
    def revoke(self, key_id: str, now: datetime) -> None:
        """Let a key work no more."""
        self._connection.execute(
            update(_KEYS)
            .where(_KEYS.c.id == key_id, _KEYS.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    @override
    def note_use(self, key_id: str, now: datetime) -> None:
        """Record that a key was used."""
        self._connection.execute(update(_KEYS).where(_KEYS.c.id == key_id).values(last_used_at=now))


class SqlWorkspaceRepository(WorkspaceRepository):
    """Workspaces and their members."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, workspace: Workspace) -> None:
        """Record a workspace."""
        self._connection.execute(
            insert(_WORKSPACES).values(
                id=workspace.id, name=workspace.name, created_at=workspace.created_at
            )
        )

    @override
    def get(self, workspace_id: str) -> Workspace | None:
        """Return a workspace, or None."""
        if not is_storable(workspace_id):
            return None
        statement = select(_WORKSPACES).where(_WORKSPACES.c.id == workspace_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _workspace(row)

    @override
    def list_all(self) -> Sequence[Workspace]:
        """Return all workspaces, oldest first."""
        statement = select(_WORKSPACES).order_by(_WORKSPACES.c.created_at, _WORKSPACES.c.id)
        return [_workspace(row) for row in self._connection.execute(statement).mappings()]

    @override
    def memberships(self, subject: str) -> Sequence[Member]:
        """Return where somebody is a member."""
        if not is_storable(subject):
            return []
        statement = (
            select(_MEMBERS)
            .where(_MEMBERS.c.subject == subject)
            .order_by(_MEMBERS.c.created_at, _MEMBERS.c.workspace_id)
        )
        return [_member(row) for row in self._connection.execute(statement).mappings()]

    @override
    def workspaces_of(
        self, subject: str, *, page: int, limit: int
    ) -> tuple[Sequence[Belonging], int]:
        """Return one page of somebody's workspaces, first joined first, and the number of all."""
        theirs = _MEMBERS.c.subject == subject
        total = self._connection.execute(select(func.count()).where(theirs)).scalar_one()
        statement = (
            select(_WORKSPACES, _MEMBERS.c.role)
            .join(_MEMBERS, _MEMBERS.c.workspace_id == _WORKSPACES.c.id)
            .where(theirs)
            .order_by(_MEMBERS.c.created_at, _MEMBERS.c.workspace_id)
            .offset((page - 1) * limit)
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings()
        found = [Belonging(workspace=_workspace(row), role=Role(row["role"])) for row in rows]
        return found, total

    @override
    def members(self, workspace_id: str, *, page: int, limit: int) -> tuple[Sequence[Member], int]:
        """Return one page of a workspace's members, oldest first, and the number of all."""
        of_it = _MEMBERS.c.workspace_id == workspace_id
        total = self._connection.execute(select(func.count()).where(of_it)).scalar_one()
        statement = (
            select(_MEMBERS)
            .where(of_it)
            .order_by(_MEMBERS.c.created_at, _MEMBERS.c.subject)
            .offset((page - 1) * limit)
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings()
        return [_member(row) for row in rows], total

    @override
    def put_member(self, member: Member) -> Member:
        """Make somebody a member, or change the role; return the member as it is then."""
        statement = (
            upsert(_MEMBERS)
            .values(
                workspace_id=member.workspace_id,
                subject=member.subject,
                role=member.role.value,
                created_at=member.created_at,
            )
            .on_conflict_do_update(
                index_elements=[_MEMBERS.c.workspace_id, _MEMBERS.c.subject],
                set_={"role": member.role.value},
            )
            .returning(_MEMBERS)
        )
        return _member(self._connection.execute(statement).mappings().one())

    @override
    def remove_member(self, workspace_id: str, subject: str) -> bool:
        """End a membership; return whether there was one."""
        if not is_storable(subject):
            return False
        statement = delete(_MEMBERS).where(
            _MEMBERS.c.workspace_id == workspace_id, _MEMBERS.c.subject == subject
        )
        return self._connection.execute(statement).rowcount > 0


class SqlAuditRepository(AuditRepository):
    """What was done."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, entry: AuditEntry) -> None:
        """Record that something begins."""
        self._connection.execute(
            insert(_ENTRIES).values(
                id=entry.id,
                workspace_id=entry.workspace_id,
                subject=entry.subject,
                key_id=entry.key_id,
                operation=entry.operation,
                target=storable(entry.target),
                address=storable(entry.address),
                request_id=entry.request_id,
                began_at=entry.began_at,
            )
        )

    @override
    def add_end(self, entry_id: str, *, status: int, made: str | None, at: datetime) -> None:
        """Record how it ended."""
        self._connection.execute(
            insert(_ENDS).values(entry_id=entry_id, status=status, made=made, ended_at=at)
        )

    @override
    def list_before(
        self, workspace_id: str, *, before: str | None, limit: int
    ) -> Sequence[AuditEntry] | None:
        """Return entries of a workspace, newest first; None if `before` is none of them."""
        place = tuple_(_ENTRIES.c.began_at, _ENTRIES.c.id)
        statement = (
            select(_ENTRIES, _ENDS.c.status, _ENDS.c.made, _ENDS.c.ended_at)
            .outerjoin(_ENDS, _ENDS.c.entry_id == _ENTRIES.c.id)
            .where(_ENTRIES.c.workspace_id == workspace_id)
            .order_by(_ENTRIES.c.began_at.desc(), _ENTRIES.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            mark = self._mark(workspace_id, before)
            if mark is None:
                return None
            statement = statement.where(place < tuple_(mark["began_at"], mark["id"]))
        return [_entry(row) for row in self._connection.execute(statement).mappings()]

    def _mark(self, workspace_id: str, entry_id: str) -> RowMapping | None:
        if not is_id(entry_id):
            return None
        statement = select(_ENTRIES.c.began_at, _ENTRIES.c.id).where(
            _ENTRIES.c.id == entry_id, _ENTRIES.c.workspace_id == workspace_id
        )
        return self._connection.execute(statement).mappings().one_or_none()


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        digest=row["digest"],
        scopes=tuple(Scope(scope) for scope in row["scopes"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


def _workspace(row: RowMapping) -> Workspace:
    return Workspace(id=row["id"], name=row["name"], created_at=row["created_at"])


def _member(row: RowMapping) -> Member:
    return Member(
        workspace_id=row["workspace_id"],
        subject=row["subject"],
        role=Role(row["role"]),
        created_at=row["created_at"],
    )


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        workspace_id=row["workspace_id"],
        subject=row["subject"],
        key_id=row["key_id"],
        operation=row["operation"],
        target=row["target"],
        address=row["address"],
        request_id=row["request_id"],
        began_at=row["began_at"],
        status=row["status"],
        made=row["made"],
        ended_at=row["ended_at"],
    )
