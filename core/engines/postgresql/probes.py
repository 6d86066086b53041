"""Temporary tables that show how the server writes expressions and types.

Defaults and types stand by themselves, so those of all tables share a few wide probes. Checks,
generated columns and indexes speak of columns, so each table that has them gets a probe of its
own, with its name and its columns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from core.definition.model import Index, IndexPart
from core.definition.types import ColumnType
from core.dialects.postgresql import parenthesised, quote
from core.engines.postgresql import catalogue
from core.engines.postgresql.column_types import column_type_of
from core.engines.postgresql.connecting import Link

SHARED_WIDTH = 500
"""Columns of one shared probe; PostgreSQL allows 1600. Source: manual, appendix K, Limits."""

Question = tuple[str, str | None]
"""A type and a default of it, or None to ask for the type alone; both as SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeColumn:
    """A column of a table's probe."""

    id: str
    """Id of the column."""
    name: str
    """Its name."""
    written: str
    """Its type as SQL."""
    generated: str | None
    """Its expression, if it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProbe:
    """What is asked of one table."""

    name: str
    """Its name, which a check may use."""
    columns: tuple[ProbeColumn, ...]
    """All its columns."""
    checks: tuple[tuple[str, str], ...]
    """Ids and expressions of the checks to ask for."""
    indexes: tuple[Index, ...]
    """The indexes to ask for."""


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
        names = {column.id: column.name for column in probe.columns}
        return [
            f"CREATE TEMPORARY TABLE {quote(probe.name)} ({', '.join(lines)})",
            *(
                _index(index, self._index_name(probe_place, place), probe, names)
                for place, index in enumerate(probe.indexes)
            ),
        ]

    def _index_name(self, probe_place: int, place: int) -> str:
        return f"{self._prefix}_{probe_place}_{place}"

    def _read(
        self, link: Link, questions: Sequence[Question], probes: Sequence[TableProbe]
    ) -> Answers:
        names = dict(link.query(catalogue.TEMPORARY_TABLES))
        tables = list(names)
        column_rows = {
            (names[row[0]], row[2]): row for row in link.query(catalogue.COLUMNS, (tables,))
        }
        shared = {}
        for place, question in enumerate(questions):
            table = f"{self._prefix}{place - place % SHARED_WIDTH}"
            row = column_rows[table, f"c{place}"]
            shared[question] = (self._type(row), row[9])
        if not probes:
            return Answers(shared=shared)
        check_rows = {
            (names[row[0]], row[2]): row[10] for row in link.query(catalogue.CONSTRAINTS, (tables,))
        }
        index_rows = {row[1]: row for row in link.query(catalogue.INDEXES, (tables,))}
        indexes = [
            (index, index_rows[self._index_name(probe_place, place)])
            for probe_place, probe in enumerate(probes)
            for place, index in enumerate(probe.indexes)
        ]
        return Answers(
            shared=shared,
            generated={
                column.id: column_rows[probe.name, column.name][9]
                for probe in probes
                for column in probe.columns
                if column.generated is not None
            },
            checks={
                check_id: check_rows[probe.name, f"c{place}"]
                for probe in probes
                for place, (check_id, _) in enumerate(probe.checks)
            },
            parts={
                (index.id, place): expression
                for index, row in indexes
                for place, expression in enumerate(row[7])
                if expression is not None
            },
            predicates={index.id: row[8] for index, row in indexes if row[8] is not None},
        )

    def _type(self, row: tuple[object, ...]) -> ColumnType:
        enum_name = None if row[4] is None else (str(row[4]), str(row[5]))
        return column_type_of(str(row[3]), enum_name=enum_name, enum_ids=self._enum_ids)


def _index(index: Index, name: str, probe: TableProbe, columns: Mapping[str, str]) -> str:
    parts = ", ".join(_part(part, columns) for part in index.parts)
    predicate = "" if index.where is None else f" WHERE {parenthesised(index.where)}"
    return (
        f"CREATE INDEX {quote(name)} ON pg_temp.{quote(probe.name)}"
        f" USING {quote(index.method)} ({parts}){predicate}"
    )


def _part(part: IndexPart, names: Mapping[str, str]) -> str:
    if part.expression is not None:
        return parenthesised(part.expression)
    return quote(names[part.column_id or ""])
