"""A backup, from POST to succeeded, against bare `pg_dump --format=custom` of the same database.

The product's also counts every row, reads the structure back and computes a checksum. Run it with
`python -m benchmarks backup`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory

MEGABYTE = 1_000_000
TABLES = 4
ROW_BYTES = 1000
FILL = """
INSERT INTO {table} (email, body)
SELECT n || '@example.org',
       (SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 30) AS part (m))
  FROM generate_series(1, {rows}) AS number (n)
"""


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure an almost empty database and a full one."""
    with Laboratory() as laboratory, TemporaryDirectory() as folder:
        laboratory.start()
        for megabytes, rounds in (
            (0, plan.choose(15, 3)),
            (plan.choose(200, 20), plan.choose(5, 2)),
        ):
            schema_id, database = make_filled(laboratory, megabytes)
            yield _line(
                laboratory,
                schema_id,
                database,
                file=Path(folder, "bare.dump"),
                megabytes=megabytes,
                rounds=rounds,
            )


def make_filled(laboratory: Laboratory, megabytes: int) -> tuple[str, str]:
    """Make a schema whose database holds so much; return its id and its database's name."""
    with laboratory.client() as client:
        schema = client.post("/schemas", make_document(TABLES))
    laboratory.wait_for(schema["job"]["id"])
    database = str(schema["databaseName"])
    rows = megabytes * MEGABYTE // ROW_BYTES // TABLES
    with closing(laboratory.connect(database)) as connection, connection.cursor() as cursor:
        for number in range(TABLES if rows else 0):
            cursor.execute(FILL.format(table=f"table_{number}", rows=rows))
        cursor.execute("VACUUM (ANALYZE)")
    return schema["id"], database


def _line(
    laboratory: Laboratory,
    schema_id: str,
    database: str,
    *,
    file: Path,
    megabytes: int,
    rounds: int,
) -> Comparison:

    def back_up() -> None:
        with laboratory.client() as client:
            taken = client.post(f"/schemas/{schema_id}/backups")
        laboratory.wait_for(taken["job"]["id"])

    def dump() -> None:
        laboratory.run("pg_dump", "--format=custom", f"--file={file}", database)

    took = take_turns(lambda: seconds_of(back_up), lambda: seconds_of(dump), rounds=rounds)
    size = f"{megabytes} MB" if megabytes else "no rows"
    return compared(f"backup, {size}", took, yardstick="pg_dump --format=custom")
