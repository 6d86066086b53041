"""Whether a database is what a backup was taken of."""

from __future__ import annotations

from core.backups.errors import BackupDiffersError
from core.backups.model import Backup
from core.databases.engine import Introspection, Session
from core.definition.fingerprint import structure_fingerprint


def check_contents(backup: Backup, session: Session) -> Introspection:
    """Compare structure and rows per table of a restored database with the backup's record.

    Raises:
        BackupDiffersError: something is other than it was.
    """
    found = session.introspect()
    differences: list[str] = []
    if structure_fingerprint(found.definition) != backup.live_fingerprint:
        differences.append("the structure is not the same")
    rows = session.count_rows()
    for table in sorted({*rows, *backup.rows_by_table}):
        before, after = backup.rows_by_table.get(table), rows.get(table)
        if before != after:
            differences.append(
                f"{table} had {_rows(before)} and has {_rows(after)}",
            )
    if differences:
        raise BackupDiffersError(differences=differences)
    return found


def _rows(count: int | None) -> str:
    return "no table" if count is None else f"{count} row(s)"
