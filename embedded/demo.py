"""The demonstration: a design becomes a database, is filled, backed up, and the backup is proven.

Everything goes through the API as any client would do it; what is claimed is then looked up in
the database itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from embedded.api import Api
from embedded.console import Console
from embedded.errors import DemonstrationError
from embedded.stack import ROOT, Stack

EXAMPLE = ROOT / "examples" / "blog.json"
ROWS = ROOT / "examples" / "blog_rows.sql"
POLL_SECONDS = 0.15
JOB_SECONDS = 120.0
COMMAND_SECONDS = 60.0
FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})
SHOWN_STEP_STATES = frozenset({"succeeded", "failed", "cancelled", "skipped"})
UNITS = ("bytes", "KB", "MB", "GB", "TB")
STEP_OF_UNITS = 1024

TABLES_SQL = """
    SELECT c.oid, n.nspname, c.relname,
           (SELECT count(*) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
           (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid),
           (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
     ORDER BY n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTable:
    """One table as the database's own catalogue has it."""

    name: str
    """Namespace and name."""
    columns: int
    """How many columns."""
    indexes: int
    """How many indexes."""
    foreign_keys: int
    """How many foreign keys."""
    rows: int
    """How many rows, counted."""


def demonstrate(stack: Stack, console: Console, *, key: str) -> None:
    """Go the whole way and print what was found.

    Args:
        stack: what runs.
        console: where it is told.
        key: an API key.

    Raises:
        DemonstrationError: as soon as something is not as it must be.
    """
    began = time.monotonic()
    api = Api(stack.address, key=key)
    document = json.loads(EXAMPLE.read_text())
    document["name"] = f"{document['name']}_{datetime.now(UTC):%Y%m%d_%H%M%S}"

    console.heading(f"A design of {len(document['tables'])} tables becomes a database")
    schema = api.post("/schemas", document)
    console.done(f"POST /api/v1/schemas stored {schema['name']} {schema['version']}", schema["id"])
    _follow(api, schema["job"], stack, console)

    console.heading(f"What is really in {schema['databaseName']}")
    uri = _connection_uri(stack, schema["id"])
    try:
        _fill(uri)
        tables = _found_tables(uri)
    except psycopg2.Error as error:
        raise DemonstrationError(
            reason=f"the new database cannot be filled and read: {error}"
        ) from error
    expected = {table["name"] for table in document["tables"]}
    if {table.name.rpartition(".")[2] for table in tables} != expected:
        raise DemonstrationError(reason="the database does not hold the tables of the design.")
    _print_tables(tables, console)
    console.note(f"Connection: {_masked(uri)}")
    flask = f"{shown_path(Path(sys.executable).parent)}/flask"
    console.note("With its password, while `make run` runs:")
    console.note(f"{flask} --app web.wsgi connection-uri {schema['id']}")

    console.heading("A backup")
    taken = api.post(f"/schemas/{schema['id']}/backups")
    backup_id = _follow(api, taken["job"], stack, console)["backupId"]
    backup = api.get(f"/schemas/{schema['id']}/backups/{backup_id}")
    console.done(f"{_size(backup['sizeBytes'])} in the archive", f"sha256 {backup['sha256']}")

    console.heading("The proof: the backup is restored into a scratch database and compared")
    asked = api.post(f"/schemas/{schema['id']}/backups/{backup_id}/verify")
    proven = _follow(api, asked.get("job", asked), stack, console)
    rows = sum(table.rows for table in tables)
    if (proven["tables"], proven["rows"]) != (len(tables), rows):
        raise DemonstrationError(
            reason=f"the proof speaks of {proven['tables']} tables and {proven['rows']} rows; "
            f"the database holds {len(tables)} and {rows}."
        )
    console.done(
        f"{proven['tables']} tables and {proven['rows']:,} rows came back equal",
        f"sha256 {proven['sha256']}",
    )
    console.heading(f"From a design to a proven backup in {time.monotonic() - began:.1f} s.")
    console.note("`make run` starts the same again and leaves it running; the database is kept.")


def _follow(api: Api, job: Mapping[str, Any], stack: Stack, console: Console) -> Mapping[str, Any]:
    """Poll a job, print each step as it ends, and return the job's result."""
    shown = 0
    end = time.monotonic() + JOB_SECONDS
    while True:
        current = api.get(f"/jobs/{job['id']}")
        steps = current["steps"]
        while shown < len(steps) and steps[shown]["state"] in SHOWN_STEP_STATES:
            _print_step(steps[shown], console)
            shown += 1
        if current["state"] in FINAL_STATES:
            break
        stack.check()
        if time.monotonic() > end:
            raise DemonstrationError(
                reason=f"job {job['id']} is still {current['state']} after {JOB_SECONDS:.0f} s."
            )
        time.sleep(POLL_SECONDS)
    if current["state"] != "succeeded":
        details = (current["error"] or {}).get("details", "no reason was given")
        raise DemonstrationError(reason=f"job {current['kind']} {current['state']}: {details}")
    console.done(f"job {current['kind']} succeeded", current["id"])
    result: Mapping[str, Any] = current["result"] or {}
    return result


def _print_step(step: Mapping[str, Any], console: Console) -> None:
    if step["state"] == "skipped":
        console.note(f"step {step['name']} was not needed")
    elif step["state"] == "succeeded":
        took = _moment(step["finishedAt"]) - _moment(step["startedAt"])
        console.done(f"step {step['name']}", f"{took.total_seconds() * 1000:.0f} ms")
    else:
        console.warn(f"step {step['name']} {step['state']}")


def _connection_uri(stack: Stack, schema_id: str) -> str:
    """Return the owner's address with password, as the command for operators gives it."""
    try:
        result = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "web.wsgi", "connection-uri", schema_id],
            check=False,
            cwd=ROOT,
            env=stack.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise DemonstrationError(
            reason=f"no connection URI within {COMMAND_SECONDS:.0f} s."
        ) from error
    lines = [line for line in result.stdout.split() if line.startswith("postgresql://")]
    if result.returncode != 0 or not lines:
        raise DemonstrationError(reason=f"no connection URI: {result.stderr.strip()[-500:]}")
    return lines[-1]


def _fill(uri: str) -> None:
    """Put rows in, so that the backup has something to prove."""
    connection = psycopg2.connect(uri, connect_timeout=10)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(ROWS.read_text())
    finally:
        connection.close()


def _found_tables(uri: str) -> list[FoundTable]:
    """Read the tables from the database's catalogue and count their rows."""
    connection = psycopg2.connect(uri, connect_timeout=10)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(TABLES_SQL)
            found = []
            for _, namespace, name, columns, indexes, foreign_keys in cursor.fetchall():
                cursor.execute(
                    sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(namespace, name))
                )
                counted = cursor.fetchone()
                found.append(
                    FoundTable(
                        name=f"{namespace}.{name}",
                        columns=columns,
                        indexes=indexes,
                        foreign_keys=foreign_keys,
                        rows=0 if counted is None else counted[0],
                    )
                )
            return found
    finally:
        connection.close()


def _print_tables(tables: list[FoundTable], console: Console) -> None:
    width = max(len(table.name) for table in tables)
    for table in tables:
        console.done(
            f"{table.name:<{width}}  {table.columns:>2} columns  {table.indexes:>2} indexes  "
            f"{table.foreign_keys:>2} foreign keys  {table.rows:>6,} rows"
        )


def shown_path(path: Path) -> str:
    """Return a path as one types it in the checkout."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _masked(uri: str) -> str:
    """Return the address with the password hidden."""
    password = urlsplit(uri).password
    return uri if password is None else uri.replace(f":{password}@", ":***@", 1)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _size(count: int) -> str:
    """Return a number of bytes for people."""
    amount = float(count)
    for unit in UNITS:
        if amount < STEP_OF_UNITS or unit == UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == UNITS[0] else f"{amount:.1f} {unit}"
        amount /= STEP_OF_UNITS
    raise AssertionError
