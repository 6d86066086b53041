"""Expressions and types as the server itself writes them, by letting it read and write them.

`x IN ('a', 'b')` comes back from a catalogue as something else, so a definition is compared with a
database only after both were written by the same server. Nothing is parsed here: expressions go
into temporary tables, are read back, and everything is rolled back. How the tables are laid out is
`probes`' affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import reduce

from core.databases.errors import StatementFailedError
from core.definition.model import (
    Column,
    Definition,
    ExpressionDefault,
    Index,
    IndexPart,
    Table,
)
from core.definition.names import resolve_names
from core.definition.types import DataType
from core.dialects.postgresql import default_sql, parenthesised, quote, type_sql
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.probe_merging import ProbeColumn, TableProbe, merged
from core.engines.postgresql.probes import (
    Answers,
    Bench,
    Question,
)

_UNSETTLED = "ARRAY["
"""Mark of what the server writes in one way the first time and in another ever after:
`(ARRAY['a', 'b'])::text[]` is read as `ARRAY['a'::text, 'b'::text]`."""


def normalise(link: Link, definition: Definition) -> Definition:
    """Return the definition with every expression and native type as this server writes it.

    Names that nobody gave are given first, since they are made from expressions as written.

    Raises:
        StatementFailedError: the server does not accept an expression.
    """
    return settle(link, _rewritten(link, resolve_names(definition), only=""))


def settle(link: Link, definition: Definition) -> Definition:
    """Return a definition that a server wrote as it writes it after reading its own writing.

    That is what a database restored from a dump shows, too. An expression that the server does
    not take back, because it is not allowed here, stays as it is.
    """
    with suppress(StatementFailedError):
        return _rewritten(link, definition, only=_UNSETTLED)
    return definition


def is_settled(expressions: Iterable[str]) -> bool:
    """Tell whether expressions that a server wrote are as it writes them ever after."""
    return not any(_UNSETTLED in each for each in expressions)


def _rewritten(link: Link, definition: Definition, *, only: str) -> Definition:
    """Rewrite the expressions in which `only` occurs, and, if that is all of them, the types."""
    if only and not any(only in each for each in _expressions(definition)):
        return definition
    wishes = _Wishes(definition, only)
    rounds = wishes.rounds()
    if not rounds:
        return definition
    enum_ids = {(enum.namespace, enum.name): enum.id for enum in definition.enums}
    bench = Bench(enum_ids, taken_names={table.name for table in definition.tables})
    answers = reduce(
        Answers.joined,
        (bench.ask(link, questions, probes) for questions, probes in rounds),
    )
    tables = tuple(wishes.granted(table, answers) for table in definition.tables)
    return replace(definition, tables=tables)


class _Wishes:
    """What of a definition has to be asked, and what the answers make of it."""

    def __init__(self, definition: Definition, only: str) -> None:
        self._definition = definition
        self._only = only
        self._questions: dict[str, Question] = {}
        self._shared: dict[Question, None] = {}
        self._probes: list[TableProbe] = []
        for table in definition.tables:
            self._wish(table)

    def rounds(self) -> list[tuple[list[Question], list[TableProbe]]]:
        """Return what to ask, in rounds within which no two tables have the same name."""
        rounds: list[tuple[list[Question], list[TableProbe]]] = []
        if self._shared or self._probes:
            rounds.append((list(self._shared), []))
        for probe in merged(self._probes):
            free = next((each for _, each in rounds if not _has_namesake(probe, each)), None)
            if free is None:
                rounds.append(([], [probe]))
            else:
                free.append(probe)
        return rounds

    def granted(self, table: Table, answers: Answers) -> Table:
        """Return the table as the answers say."""
        return replace(
            table,
            columns=tuple(self._granted_column(each, answers) for each in table.columns),
            checks=tuple(
                replace(each, expression=answers.checks.get(each.id, each.expression))
                for each in table.checks
            ),
            indexes=tuple(
                replace(
                    each,
                    where=answers.predicates.get(each.id, each.where),
                    parts=tuple(
                        _granted_part(each.id, place, part, answers)
                        for place, part in enumerate(each.parts)
                    ),
                )
                for each in table.indexes
            ),
        )

    def _wish(self, table: Table) -> None:
        for column in table.columns:
            question = self._question(column)
            if question is not None:
                self._shared[question] = None
                self._questions[column.id] = question
        checks = tuple(
            (each.id, each.expression) for each in table.checks if self._is_due(each.expression)
        )
        names = {each.id: each.name for each in table.columns}
        indexes = tuple(
            (each.id, _after_table(each, names))
            for each in table.indexes
            if self._is_due(each.where) or any(self._is_due(one.expression) for one in each.parts)
        )
        if checks or indexes or any(self._is_due(each.generated) for each in table.columns):
            columns = tuple(self._probe_column(each) for each in table.columns)
            self._probes.append(
                TableProbe(name=table.name, columns=columns, checks=checks, indexes=indexes)
            )

    def _probe_column(self, column: Column) -> ProbeColumn:
        return ProbeColumn(
            id=column.id,
            name=column.name,
            written=type_sql(column.type, self._definition),
            generated=column.generated if self._is_due(column.generated) else None,
        )

    def _question(self, column: Column) -> Question | None:
        """Return the type and default to ask for."""
        default = default_sql(column, self._definition)
        if self._is_due(default):
            return type_sql(column.type, self._definition), default
        is_native = column.type.data_type is DataType.NATIVE
        if is_native and not self._only:
            return type_sql(column.type, self._definition), None
        return None

    def _granted_column(self, column: Column, answers: Answers) -> Column:
        generated = answers.generated.get(column.id, column.generated)
        question = self._questions.get(column.id)
        if question is not None:
            column_type, default = answers.shared[question]
            if question[1] is not None:
                written = None if default is None else ExpressionDefault(sql=default)
                column = replace(column, default=written)
            if column.type.data_type is DataType.NATIVE:
                column = replace(column, type=column_type)
        return replace(column, generated=generated)

    def _is_due(self, expression: str | None) -> bool:
        return expression is not None and self._only in expression


def _expressions(definition: Definition) -> Iterator[str]:
    """Yield every expression of a definition that a server wrote."""
    for table in definition.tables:
        for column in table.columns:
            if isinstance(column.default, ExpressionDefault):
                yield column.default.sql
            yield column.generated or ""
        for check in table.checks:
            yield check.expression
        for index in table.indexes:
            yield index.where or ""
            for part in index.parts:
                yield part.expression or ""


def _has_namesake(probe: TableProbe, others: Iterable[TableProbe]) -> bool:
    return probe.name is not None and any(other.name == probe.name for other in others)


def _after_table(index: Index, names: Mapping[str, str]) -> str:
    """Write an index from its method on."""
    parts = ", ".join(
        quote(names[part.column_id or ""])
        if part.expression is None
        else parenthesised(part.expression)
        for part in index.parts
    )
    predicate = "" if index.where is None else f" WHERE {parenthesised(index.where)}"
    return f"USING {quote(index.method)} ({parts}){predicate}"


def _granted_part(index_id: str, place: int, part: IndexPart, answers: Answers) -> IndexPart:
    if part.expression is None:
        return part
    return replace(part, expression=answers.parts.get((index_id, place), part.expression))
