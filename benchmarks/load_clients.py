"""Readers and writers that go on while a table is changed, and the ledger of what they did.

Each has a connection of its own. What they wrote is known to the last row, so that what is missing
afterwards was lost by the change.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Self
from uuid import uuid4

import psycopg2
from psycopg2.errors import InvalidSchemaName, UndefinedTable
from psycopg2.extensions import cursor as Cursor  # noqa: N812 a class in disguise

PAUSE_SECONDS = 0.002
"""Between two statements of a client: applications think, too."""

REPORT_SECONDS = 0.6
"""How long the transaction of the slow reader stays open, at which a change has to wait."""

REPORT_PAUSE_SECONDS = 0.4
"""How long the slow reader rests in between."""

MOVED = (UndefinedTable, InvalidSchemaName)
"""What a client meets whose table has another name now."""

_MANY = 20


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What one client did and what it met."""

    statements: int = 0
    """Statements that succeeded."""
    longest_seconds: float = 0.0
    """The longest that one took, tries under a former name included."""
    failures: list[str] = field(default_factory=list)
    """What failed, in the server's words."""
    retries: int = 0
    """Statements that were given again under another name."""
    inserted: int = 0
    """Rows put in."""
    deleted: int = 0
    """Rows removed."""
    added: int = 0
    """What was added up in the column that counts."""


class Crowd:
    """Two writers, two readers and a slow reader; they run while inside."""

    def __init__(self, address: str, names: tuple[str, ...], rows: int) -> None:
        """Describe it.

        Args:
            address: Of the database.
            names: Qualified names that the table has or may get.
            rows: How many there are that nobody deletes, counted from 1.
        """
        self.writers = (Ledger(), Ledger())
        """What the writers did."""
        self.readers = (Ledger(), Ledger(), Ledger())
        """What the readers did."""
        self._address = address
        self._names = names
        self._rows = rows
        self._is_over = threading.Event()
        acts: list[tuple[Ledger, Callable[[Ledger], Callable[[Cursor, str], None]]]] = [
            *((ledger, self._writer) for ledger in self.writers),
            (self.readers[0], self._point_reader),
            (self.readers[1], self._range_reader),
            (self.readers[2], self._reporter),
        ]
        self._threads = [
            threading.Thread(target=self._go, args=(ledger, make(ledger)), daemon=True)
            for ledger, make in acts
        ]

    def __enter__(self) -> Self:
        """Begin, and let everybody get going."""
        for thread in self._threads:
            thread.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_: object) -> None:
        """Let everybody finish what they are at."""
        time.sleep(0.3)
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _go(self, ledger: Ledger, act: Callable[[Cursor, str], None]) -> None:
        with closing(psycopg2.connect(self._address)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                while not self._is_over.is_set():
                    try:
                        self._once(cursor, ledger, act)
                    except psycopg2.Error as error:
                        ledger.failures.append(str(error).strip())
                        if connection.closed or len(ledger.failures) > _MANY:
                            return
                    time.sleep(PAUSE_SECONDS)

    def _once(self, cursor: Cursor, ledger: Ledger, act: Callable[[Cursor, str], None]) -> None:
        """Do one thing under whichever name the table has."""
        for turn in range(_MANY):
            try:
                act(cursor, self._names[turn % len(self._names)])
            except MOVED:
                if len(self._names) == 1 or turn == _MANY - 1:
                    raise
                ledger.retries += 1
            else:
                ledger.statements += 1
                return

    def _writer(self, ledger: Ledger) -> Callable[[Cursor, str], None]:
        """Insert, change by key and delete in turn; own rows alone are deleted."""
        mine: list[int] = []
        chance = random.Random(uuid4().int)

        def write(cursor: Cursor, table: str) -> None:
            choice = chance.random()
            if choice < 0.3:
                sql = (
                    f"INSERT INTO {table} (customer_id, referrer_id, code, label, amount,"
                    " quantity, note, status) VALUES (1, 2, %s, '12', 5.5, 0, 'written', 'paid')"
                    " RETURNING id"
                )
                _timed(ledger, cursor, sql, (uuid4().hex[:16],))
                mine.append(cursor.fetchall()[0][0])
                ledger.inserted += 1
            elif choice < 0.45 and mine:
                _timed(ledger, cursor, f"DELETE FROM {table} WHERE id = %s", (mine[-1],))
                mine.pop()
                ledger.deleted += cursor.rowcount
            else:
                key = chance.randint(1, self._rows)
                sql = (
                    f"UPDATE {table} SET quantity = quantity + 1, label = '34', note = 'changed'"
                    " WHERE id = %s"
                )
                _timed(ledger, cursor, sql, (key,))
                ledger.added += cursor.rowcount

        return write

    def _point_reader(self, ledger: Ledger) -> Callable[[Cursor, str], None]:
        def read(cursor: Cursor, table: str) -> None:
            key = random.randint(1, self._rows)
            _timed(ledger, cursor, f"SELECT amount, note FROM {table} WHERE id = %s", (key,))
            if len(cursor.fetchall()) != 1:
                ledger.failures.append(f"row {key} is not there")

        return read

    def _range_reader(self, ledger: Ledger) -> Callable[[Cursor, str], None]:
        def read(cursor: Cursor, table: str) -> None:
            first = random.randint(1, max(self._rows - 200, 1))
            sql = f"SELECT count(*), sum(amount) FROM {table} WHERE id BETWEEN %s AND %s"
            _timed(ledger, cursor, sql, (first, first + 99))
            if cursor.fetchall()[0][0] != 100:
                ledger.failures.append(f"rows from {first} on are not there")

        return read

    def _reporter(self, ledger: Ledger) -> Callable[[Cursor, str], None]:
        def report(cursor: Cursor, table: str) -> None:
            cursor.execute("BEGIN")
            try:
                sql = f"SELECT count(*) FROM (SELECT FROM {table} LIMIT 20000) AS page"
                _timed(ledger, cursor, sql, ())
                self._is_over.wait(REPORT_SECONDS)
            finally:
                cursor.execute("ROLLBACK")
            self._is_over.wait(REPORT_PAUSE_SECONDS)

        return report


def _timed(ledger: Ledger, cursor: Cursor, sql: str, values: tuple[object, ...]) -> None:
    began = time.perf_counter()
    try:
        cursor.execute(sql, values)
    finally:
        ledger.longest_seconds = max(ledger.longest_seconds, time.perf_counter() - began)
