"""Reading a live database's structure, against `pg_dump --schema-only` of the same database.

Both connect first and keep what they find to themselves. Run it with
`python -m benchmarks introspection`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.laboratory import Laboratory
from benchmarks.sql_generation import make_definition
from core.databases.engine import Credentials
from core.engines.postgresql import PostgresqlEngine
from core.planning.creation import creation_statements

SIZES = (100, 1_000)
"""Numbers of tables, of which the last is the one that counts."""

OWNER = Credentials(role="benchmark_owner", password="benchmark")


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure both in turn on databases of each size, and how ours grows."""
    took: list[float] = []
    with Laboratory() as laboratory:
        engine = PostgresqlEngine(
            laboratory.server_url,
            application_name="benchmark",
            lock_timeout_seconds=5,
            statement_timeout_seconds=600,
            bin_dirs=(),
        )
        engine.ensure_role(OWNER)
        for tables in SIZES:
            database = f"benchmark_{tables}"
            engine.create_database(database, owner=OWNER.role, marker="")
            with engine.session(database, OWNER) as session:
                session.apply(creation_statements(make_definition(tables)), lambda _: None)
            with (
                closing(laboratory.connect(database)) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("VACUUM (ANALYZE)")
            pairs = take_turns(
                lambda name=database: seconds_of(lambda: _introspect(engine, name)),  # type: ignore[misc]  # a default keeps the loop's value
                lambda name=database: seconds_of(lambda: _dump(laboratory, name)),  # type: ignore[misc]  # likewise
                rounds=plan.choose(7, 2),
            )
            took.append(median(pairs[0]))
            yield compared(
                f"structure of {tables} tables", pairs, yardstick="pg_dump --schema-only"
            )
        engine.close()
    yield Comparison(
        name=f"per table at {SIZES[-1]} against {SIZES[0]}",
        ours=took[-1] / SIZES[-1] * 1e6,
        theirs=took[0] / SIZES[0] * 1e6,
        unit="µs",
        yardstick="itself",
    )


def _introspect(engine: PostgresqlEngine, database: str) -> None:
    with engine.session(database, OWNER) as session:
        session.introspect()


def _dump(laboratory: Laboratory, database: str) -> None:
    laboratory.run(
        "pg_dump",
        "--schema-only",
        f"--file={os.devnull}",
        f"--dbname={laboratory.address_of(database)}",
    )
