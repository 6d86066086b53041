"""Temporary tables that show how the server writes expressions and types.

Defaults and types stand by themselves, so those of all tables share a few wide probes. Checks,
generated columns and indexes speak of columns, so they get probes with those columns, as few as
`probe_merging` can make of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from core.definition.types import ColumnType
from core.dialects.postgresql import parenthesised, quote
from core.engines.postgresql import catalogue
from core.engines.postgresql.column_rows import ColumnRows, written_array
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.probe_merging import TableProbe

SHARED_WIDTH = 500
"""Columns of one shared probe; PostgreSQL allows 1600. Source: manual, appendix K, Limits."""

Question = tuple[str, str | None]
"""A type and a default of it, or None to ask for the type alone; both as SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the server wrote."""

    shared: Mapping[Question, tuple[ColumnType, str | None]] = field(default_factory=dict)
    """Types, and defaults where the server keeps one."""
    generated: Mapping[str, str] = field(default_factory=dict)
    """Expressions by column id."""
    checks: Mapping[str, str] = field(default_factory=dict)
    """Expressions by check id."""
    parts: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """Expressions by index id and place in the index."""
    predicates: Mapping[str, str] = field(default_factory=dict)
    """Predicates by index id."""

    def joined(self, other: Answers) -> Answers:
        """Return the answers of both."""
        return Answers(
            shared={**self.shared, **other.shared},
            generated={**self.generated, **other.generated},
            checks={**self.checks, **other.checks},
            parts={**self.parts, **other.parts},
            predicates={**self.predicates, **other.predicates},
        )


class Bench:
    """Lays probes out in the session's temporary namespace and reads them back."""

    def __init__(
        self, enum_ids: Mapping[tuple[str, str], str], *, taken_names: Collection[str]
    ) -> None:
        self._enum_ids = enum_ids
        self._prefix = "probe"
        while any(name.startswith(self._prefix) for name in taken_names):
            self._prefix += "_"

    def ask(
        self, link: Link, questions: Sequence[Question], probes: Sequence[TableProbe]
    ) -> Answers:
        """Return the answers to shared questions and to probes whose names all differ.

        Raises:
            StatementFailedError: the server does not accept an expression.
        """
        with link.trial():
            statements = [
                "SET LOCAL search_path = pg_catalog, public, pg_temp",
                *self._shared_tables(questions),
                *(
                    sql
                    for place, probe in enumerate(probes)
                    for sql in self._probe_tables(probe, place)
                ),
                f"SET LOCAL search_path = {catalogue.READING_PATH}",
            ]
            link.execute(";\n".join(statements))
            return self._read(link, questions, probes)

    def _shared_tables(self, questions: Sequence[Question]) -> list[str]:
        statements = []
        for start in range(0, len(questions), SHARED_WIDTH):
            columns = ", ".join(
                f"c{start + offset} {written}" + ("" if default is None else f" DEFAULT {default}")
                for offset, (written, default) in enumerate(questions[start : start + SHARED_WIDTH])
            )
            statements.append(f"CREATE TEMPORARY TABLE {self._prefix}{start} ({columns})")
        return statements

    def _probe_tables(self, probe: TableProbe, probe_place: int) -> list[str]:
        lines = [
            f"{quote(column.name)} {column.written}"
            + (
                ""
                if column.generated is None
                else f" GENERATED ALWAYS AS {parenthesised(column.generated)} STORED"
            )
            for column in probe.columns
        ]
        lines.extend(
            f"CONSTRAINT c{place} CHECK {parenthesised(expression)}"
            for place, (_, expression) in enumerate(probe.checks)
        )
        name = quote(self._table_name(probe, probe_place))
        return [
            f"CREATE TEMPORARY TABLE {name} ({', '.join(lines)})",
            *(
                f"CREATE INDEX {self._index_name(probe_place, place)} ON pg_temp.{name} {rest}"
                for place, (_, rest) in enumerate(probe.indexes)
            ),
        ]

    def _table_name(self, probe: TableProbe, probe_place: int) -> str:
        return probe.name or f"{self._prefix}_{probe_place}"

    def _index_name(self, probe_place: int, place: int) -> str:
        return f"{self._prefix}_{probe_place}_index_{place}"

    def _read(
        self, link: Link, questions: Sequence[Question], probes: Sequence[TableProbe]
    ) -> Answers:
        names = dict(link.query(catalogue.TEMPORARY_TABLES))
        tables = list(names)
        columns = ColumnRows(link, written_array(tables), self._enum_ids)
        written = {
            (table, name): (sort.type, row.expressions.get(number))
            for table, row in ((name, columns.of(oid)) for oid, name in names.items())
            for number, name, sort in zip(row.numbers, row.names, row.sorts, strict=True)
        }
        shared = {}
        for place, question in enumerate(questions):
            table = f"{self._prefix}{place - place % SHARED_WIDTH}"
            shared[question] = written[table, f"c{place}"]
        if not probes:
            return Answers(shared=shared)
        check_rows = {
            (names[row[0]], row[2]): row[10] for row in link.query(catalogue.CONSTRAINTS, (tables,))
        }
        index_rows = {row[1]: row for row in link.query(catalogue.INDEXES, (tables,))}
        named = [
            (self._table_name(probe, place), place, probe) for place, probe in enumerate(probes)
        ]
        indexes = [
            (index_id, index_rows[self._index_name(probe_place, place)])
            for _, probe_place, probe in named
            for place, (index_id, _) in enumerate(probe.indexes)
        ]
        return Answers(
            shared=shared,
            generated={
                column.id: expression
                for name, _, probe in named
                for column in probe.columns
                if column.generated is not None
                and (expression := written[name, column.name][1]) is not None
            },
            checks={
                check_id: check_rows[name, f"c{place}"]
                for name, _, probe in named
                for place, (check_id, _) in enumerate(probe.checks)
            },
            parts={
                (index_id, place): expression
                for index_id, row in indexes
                for place, expression in enumerate(row[7] or ())
                if expression is not None
            },
            predicates={index_id: row[8] for index_id, row in indexes if row[8] is not None},
        )
