"""How fit a server and its account are: rights, time, room for sessions, programs that suit.

Source: PostgreSQL manual, 53.8 pg_authid, 27.2.3 pg_stat_activity, 19.3 Connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.databases.errors import ToolVersionError
from core.databases.server_description import ServerCondition
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.programs import choose_toolset

_CONDITION = """
SELECT split_part(current_setting('server_version'), ' ', 1),
       r.rolcreatedb OR r.rolsuper, r.rolcreaterole OR r.rolsuper, clock_timestamp(),
       (current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'))::int,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int,
       pg_is_in_recovery()
  FROM pg_roles r WHERE r.rolname = current_user"""

_SIZE = """
SELECT coalesce(sum(pg_database_size(d.oid)), 0)::bigint
  FROM pg_database d
 WHERE has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')"""
"""Source: PostgreSQL manual, 9.28.7 Database Object Management Functions."""


def inspect(link: Link, *, bin_dirs: Sequence[Path]) -> ServerCondition:
    """Inspect the server that is connected to."""
    (row,) = link.query(_CONDITION)
    version, may_create_databases, may_create_roles, clock, free, connections, is_standby = row
    try:
        tools_version = choose_toolset(
            bin_dirs, server_version=version, lowest=link.major_version, needs="pg_dump"
        ).version
    except ToolVersionError:
        tools_version = None
    return ServerCondition(
        version=version,
        may_create_databases=may_create_databases,
        may_create_roles=may_create_roles,
        clock=clock,
        connections=connections,
        free_connections=free,
        is_standby=is_standby,
        tools_version=tools_version,
    )


def size_of_databases(link: Link) -> int:
    """Add up the databases that the account may look at; one dropped meanwhile counts nothing."""
    return int(link.query(_SIZE)[0][0])
