"""Each kind of change, there and back, on a big table that others read and write meanwhile.

Says how long anybody had to wait, what failed and whether a row is missing; a thorough run writes
`docs/under-load.md`. Run it with `python -m benchmarks under_load`; `--rows` gives the table
another size, and `--only` leaves it at some of the changes and writes no page.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from benchmarks.comparing import Comparison, Plan
from benchmarks.laboratory import LaboratoryError
from benchmarks.load_changes import KINDS, RENAMED_VALUES, Kind
from benchmarks.load_clients import Crowd, Ledger
from benchmarks.load_design import FILL, TABLE, base
from core.databases.assessing import gather
from core.databases.engine import Credentials, Session
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.dialects.moves import Options
from core.dialects.statement import Blocks, Line, Work
from core.engines.postgresql import PostgresqlEngine
from core.planning.creation import creation_statements
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.normal_texts import with_texts_of
from core.planning.plan import Plan as ChangePlan
from embedded.postgresql import PROVISIONER, EmbeddedPostgresql

PAGE = Path(__file__).parent.parent / "docs" / "under-load.md"
"""What a thorough run writes."""

LOCK_TIMEOUT_SECONDS = 1.0
"""How long a line of a plan waits for a lock at a time, as the product has it unless told."""

OWNER = Credentials(role="benchmark_owner", password="benchmark")
DATABASE = "under_load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A plan that ran one way."""

    seconds: float
    """How long it took."""
    writers: tuple[Ledger, ...]
    """What writers met."""
    readers: tuple[Ledger, ...]
    """What readers met."""
    lost: int
    """Rows missing, or changes of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one kind."""

    kind: Kind
    """The kind."""
    plan: ChangePlan
    """Its plan."""
    passages: tuple[Passage, ...]
    """There and back."""

    @property
    def longest_write(self) -> float:
        """The longest that a writer waited, in seconds."""
        return _longest([ledger for passage in self.passages for ledger in passage.writers])

    @property
    def longest_read(self) -> float:
        """The longest that a reader waited, in seconds."""
        return _longest([ledger for passage in self.passages for ledger in passage.readers])

    @property
    def ledgers(self) -> list[Ledger]:
        """What everybody met."""
        return [
            ledger for passage in self.passages for ledger in (*passage.writers, *passage.readers)
        ]


def measure(plan: Plan) -> Iterator[Comparison]:
    """Change the table in every way, and yield the longest wait of anybody each time."""
    rows = plan.rows or plan.choose(1_000_000, 50_000)
    results: list[Result] = []
    with TemporaryDirectory(prefix="schema-builder-load-") as folder, ExitStack() as exits:
        Path(folder).chmod(0o711)  # the account of the embedded server must pass
        server = exits.enter_context(EmbeddedPostgresql(Path(folder, "postgresql")))
        engine = PostgresqlEngine(
            server.url(PROVISIONER),
            application_name="benchmark",
            lock_timeout_seconds=5,
            statement_timeout_seconds=600,
            bin_dirs=(),
            line_lock_timeout_seconds=LOCK_TIMEOUT_SECONDS,
        )
        exits.callback(engine.close)
        engine.ensure_role(OWNER)
        ground = _Ground(server, engine, rows)
        ground.make()
        still = ground.rest()
        yield _line("nothing changes", still)
        for kind in (each for each in KINDS if plan.only.lower() in each.name.lower()):
            results.append(ground.change(kind, is_online=plan.is_quick))
            yield _line(kind.name, results[-1].ledgers)
        version = engine.describe().version
    for result in results:
        for ledger in result.ledgers:
            for failure in ledger.failures[:2]:
                print(f"  {result.kind.name}: {failure}", flush=True)
        if any(passage.lost for passage in result.passages):
            print(f"  {result.kind.name}: rows are missing", flush=True)
    if not (plan.is_quick or plan.only):
        PAGE.write_text(_page(results, still, rows=rows, server=version))


class _Ground:
    """The database in which everything happens."""

    def __init__(self, server: EmbeddedPostgresql, engine: PostgresqlEngine, rows: int) -> None:
        self._server = server
        self._engine = engine
        self._rows = rows
        self._count = rows
        self._sum = 0

    def make(self) -> None:
        """Make the table with its rows."""
        self._engine.create_database(DATABASE, owner=OWNER.role, marker="")
        with self._engine.session(DATABASE, OWNER) as session:
            session.apply(creation_statements(base()), lambda _: None)
        self._ask(FILL.format(rows=self._rows))
        self._ask("VACUUM (ANALYZE)")

    def rest(self) -> list[Ledger]:
        """Let everybody work while nothing changes."""
        with self._crowd(f"public.{TABLE}") as crowd:
            time.sleep(3)
        self._missing(crowd, f"public.{TABLE}")
        return [*crowd.writers, *crowd.readers]

    def change(self, kind: Kind, *, is_online: bool) -> Result:
        """Change there and back.

        Args:
            kind: What to change.
            is_online: Take the long way whatever the size.
        """
        if kind.view:
            self._ask(
                f"SET ROLE {OWNER.role}; CREATE VIEW {kind.view} AS SELECT id, code FROM {TABLE}"
            )
        with self._engine.session(DATABASE, OWNER) as session:
            before = with_texts_of(base(), session.introspect().definition)
            after = kind.edit(before)
            renamed = RENAMED_VALUES.get(kind.name, {})
            changes = diff(before, after, renamed_values=renamed)
            options = Options(token="load")
            plan = make_plan(
                before,
                after,
                options=Options(token="load", online_from_bytes=0) if is_online else options,
                facts=gather(session, changes, before, after),
                changes=changes,
                renamed_values=renamed,
            )
        here = f"public.{TABLE}"
        there = kind.other_name or here
        up = self._pass(plan.up, (here, there), after)
        down = self._pass(plan.down, (there, here), before)
        if kind.view:
            self._ask(f"DROP VIEW {kind.view}")  # failing where the change did not bring it back
        self._ask(f"VACUUM {here}")
        return Result(kind=kind, plan=plan, passages=(up, down))

    def _pass(self, lines: Sequence[Line], names: tuple[str, str], wanted: Definition) -> Passage:
        with self._crowd(*dict.fromkeys(names)) as crowd:
            began = time.perf_counter()
            with self._engine.session(DATABASE, OWNER) as session:
                for line in lines:
                    session.run_line(line, journal="benchmark", progress=lambda *_: None)
                seconds = time.perf_counter() - began
                _prove(session, wanted)
        return Passage(
            seconds=seconds,
            writers=crowd.writers,
            readers=crowd.readers,
            lost=self._missing(crowd, names[1]),
        )

    def _crowd(self, *names: str) -> Crowd:
        return Crowd(self._server.url(database=DATABASE), names, self._rows)

    def _missing(self, crowd: Crowd, table: str) -> int:
        """Compare the table with the ledgers."""
        self._count += sum(ledger.inserted - ledger.deleted for ledger in crowd.writers)
        self._sum += sum(ledger.added for ledger in crowd.writers)
        ((count, total),) = self._ask(f"SELECT count(*), sum(quantity) FROM {table}")
        return abs(self._count - int(str(count))) + abs(self._sum - int(str(total)))

    def _ask(self, sql: str) -> list[tuple[object, ...]]:
        with (
            closing(psycopg2.connect(self._server.url(database=DATABASE))) as connection,
            connection.cursor() as cursor,
        ):
            connection.autocommit = True
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []


def _prove(session: Session, wanted: Definition) -> None:
    live = session.introspect().definition
    if structure_fingerprint(with_texts_of(wanted, live)) != structure_fingerprint(live):
        raise LaboratoryError("the table is not what was planned")


def _longest(ledgers: Sequence[Ledger]) -> float:
    return max(ledger.longest_seconds for ledger in ledgers)


def _line(name: str, ledgers: Sequence[Ledger]) -> Comparison:
    failed = sum(len(ledger.failures) for ledger in ledgers)
    return Comparison(
        name=f"longest wait: {name}",
        ours=_longest(ledgers),
        theirs=LOCK_TIMEOUT_SECONDS,
        unit="s",
        yardstick=f"lock timeout; {failed} failed",
    )


def _announced(plan: ChangePlan) -> str:
    """Say in words what the statements that hold others up longest do."""
    effects = [
        statement.effect
        for line in (*plan.up, *plan.down)
        for statement in line.statements
        if statement.effect.blocks is not Blocks.NOTHING
        and statement.effect.work is not Work.CATALOG
        and statement.batches is None
    ]
    if any(effect.blocks is Blocks.READS_AND_WRITES for effect in effects):
        return "everybody waits"
    return "writers wait" if effects else "nobody waits"


def _company() -> str:
    """Say how busy the machine was, our own work included."""
    load, processors = os.getloadavg()[1], os.cpu_count() or 1
    if load > 2 * processors:
        return (
            f"The machine was shared with other work (load {load:.1f}), so times are longer than"
            " on a quiet one."
        )
    return f"The machine did little else (load {load:.1f})."


def _page(results: Sequence[Result], still: Sequence[Ledger], *, rows: int, server: str) -> str:
    """Write the page with the results of a thorough run."""
    lines = [
        "# Changes under load",
        "",
        "Written by `python -m benchmarks under_load`; not to be edited.",
        "",
        (
            f"Each kind of change ran there and back on a table of {rows:,} rows, on PostgreSQL"
            f" {server} with {os.cpu_count()} processors, on {datetime.now(UTC):%Y-%m-%d}."
        ),
        _company(),
        (
            "Meanwhile two writers inserted, changed and deleted rows, two readers read single rows"
            " and ranges, and a slow reader kept transactions open for"
            f" {1000 * 0.6:.0f} ms, each of which a change of the table has to wait for."
        ),
        (
            f"A line of a plan waits for a lock for {LOCK_TIMEOUT_SECONDS * 1000:.0f} ms at a time"
            " at most, and then makes room before it tries again."
        ),
        f"While nothing changed, the longest statement took {_longest(still) * 1000:.0f} ms.",
        "",
        "*Announced* is what the plan itself says before it runs of the time beyond a moment.",
        (
            "*Failed* counts statements that were refused, *retried* those that were given"
            " again under the table's other name, *lost* rows and changes that are"
            " missing afterwards."
        ),
        "",
        (
            "| change | announced | there | back | longest read | longest write | statements"
            " | retried | failed | lost |"
        ),
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        there, back = result.passages
        cells = (
            result.kind.name,
            _announced(result.plan),
            f"{there.seconds:.1f} s",
            f"{back.seconds:.1f} s",
            f"{result.longest_read * 1000:.0f} ms",
            f"{result.longest_write * 1000:.0f} ms",
            f"{sum(ledger.statements for ledger in result.ledgers):,}",
            f"{sum(ledger.retries for ledger in result.ledgers)}",
            f"{sum(len(ledger.failures) for ledger in result.ledgers)}",
            f"{there.lost + back.lost}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
