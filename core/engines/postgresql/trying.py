"""Logging in with a credential, to see that it works and what it is good for."""

from __future__ import annotations

import time

from core.databases.credential import LoginTrial
from core.engines.postgresql.connecting import Link

_WHAT = """
WITH relations AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
SELECT session_user::text, current_user::text,
       split_part(current_setting('server_version'), ' ', 1),
       (SELECT count(*) FROM relations),
       (SELECT count(*) FROM relations r WHERE has_table_privilege(r.oid, 'SELECT')),
       (SELECT count(*) FROM relations r
         WHERE has_table_privilege(r.oid, 'INSERT') AND has_table_privilege(r.oid, 'UPDATE')
           AND has_table_privilege(r.oid, 'DELETE')),
       has_database_privilege(current_database(), 'CREATE')
       OR EXISTS (SELECT FROM pg_namespace n
                   WHERE n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'CREATE')),
       EXISTS (SELECT FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl)"""


def look_around(link: Link, began: float) -> LoginTrial:
    """Say what a session is good for.

    Args:
        link: The session.
        began: The monotonic time before it logged in.
    """
    row = link.query(_WHAT)[0]
    return LoginTrial(
        session_role=row[0],
        acting_role=row[1],
        server_version=row[2],
        tables=row[3],
        readable_tables=row[4],
        writable_tables=row[5],
        may_create=row[6],
        is_encrypted=row[7],
        duration_seconds=round(time.monotonic() - began, 3),
    )
