"""Names of constraints and indexes that nobody named, after PostgreSQL's own fashion.

The outcome depends on what a definition says and not on the order it says it in, so that the
same design always gets the same names. Names that were given are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeVar

from core.definition.model import Check, Definition, ForeignKey, Index, Table, Unique

NAME_BYTES = 63
"""Bytes that an identifier can have. Source: PostgreSQL manual, 4.1.1 (NAMEDATALEN - 1)."""

_Named = TypeVar("_Named", Unique, Check, Index, ForeignKey)

_STRING_OR_COMMENT = re.compile(
    r"""\$(?P<tag>\w*)\$ | '(?:[^']|'')*' | --[^\n]* | /\*.*?(?:\*/|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_TAG = re.compile(r"(?=(\$\w*\$))")
_WORD = re.compile(r'"((?:[^"]|"")+)"|([^\W\d][\w$]*)')
_CALL = re.compile(r"\(*\s*([^\W\d][\w$]*)\s*\(")


def resolve_names(definition: Definition) -> Definition:
    """Return the definition with every constraint and index named."""
    if _is_named(definition):
        return definition
    tables = {table.id: table for table in definition.tables}
    columns = {
        table.id: {column.id: column.name for column in table.columns}
        for table in definition.tables
    }
    taken = _Taken(definition, tables)
    keys_by_table: dict[str, list[ForeignKey]] = {}
    for key in definition.foreign_keys:
        keys_by_table.setdefault(key.source_table_id, []).append(key)
    named_tables: dict[int, Table] = {}
    named_keys: dict[str, Iterator[ForeignKey]] = {}
    for place, table in sorted(
        enumerate(definition.tables), key=lambda item: (item[1].namespace, item[1].name)
    ):
        named_tables[place] = _name_table(table, columns[table.id], taken)
        if table.id in keys_by_table:
            named_keys[table.id] = iter(
                _name_foreign_keys(table, keys_by_table[table.id], columns, tables, taken)
            )
    return replace(
        definition,
        tables=tuple(named_tables[place] for place in range(len(definition.tables))),
        foreign_keys=tuple(
            # One whose table does not exist keeps what it has: a rule reports it.
            next(named_keys[key.source_table_id]) if key.source_table_id in named_keys else key
            for key in definition.foreign_keys
        ),
    )


def _is_named(definition: Definition) -> bool:
    # Asked of every definition again and again, so without generators.
    for table in definition.tables:
        for parts in (table.uniques, table.checks, table.indexes, (table.primary_key,)):
            if [part for part in parts if part is not None and part.name is None]:
                return False
    return not [key for key in definition.foreign_keys if key.name is None]


def object_name(first: str, second: str | None, label: str) -> str:
    """Join names with underscores, cutting the longer ones until the whole fits.

    Source: makeObjectName in PostgreSQL's src/backend/commands/indexcmds.c.
    """
    size = len(first) + len(second or "") + len(label) + (1 if second is None else 2)
    if size <= NAME_BYTES and first.isascii() and (second is None or second.isascii()):
        return f"{first}_{label}" if second is None else f"{first}_{second}_{label}"
    first_bytes = first.encode()
    second_bytes = (second or "").encode()
    available = NAME_BYTES - len(label.encode()) - 1 - (0 if second is None else 1)
    first_size, second_size = _fitting(len(first_bytes), len(second_bytes), available)
    parts = [_clipped(first_bytes, first_size)]
    if second is not None:
        parts.append(_clipped(second_bytes, second_size))
    return "_".join([*parts, label])


def _fitting(first: int, second: int, available: int) -> tuple[int, int]:
    """Take bytes from the longer one, of equals from the second, until both fit."""
    excess = first + second - available
    if excess <= 0:
        return first, second
    levelling = min(excess, abs(first - second))
    if first > second:
        first -= levelling
    else:
        second -= levelling
    rest = excess - levelling
    return first - rest // 2, second - (rest + 1) // 2


class NumberedNames:
    """Names with the lowest number that is free, where what was taken stays taken.

    For each beginning it remembers which numbers were tried, so that thousands of names that
    begin alike take no longer than thousands that do not.
    """

    __slots__ = ("_tried",)

    def __init__(self) -> None:
        self._tried: dict[tuple[object, ...], int] = {}

    def free(
        self,
        first: str,
        second: str | None,
        label: str,
        *,
        is_taken: Callable[[str], bool],
        namespace: str = "",
    ) -> tuple[str, int]:
        """Return the first name that is not taken, with its number; zero means none.

        Args:
            first: How the name begins, usually with its table.
            second: What follows, usually columns.
            label: What comes before the number; all names of a label are taken from the same ones.
            is_taken: Says whether a name is taken.
            namespace: Where it is, if there are several.
        """
        name = object_name(first, second, label)
        if not is_taken(name):
            return name, 0
        return _first_free(
            self._tried,
            (namespace, label),
            lambda digits: object_name(first, second, label + "0" * digits)[:-digits],
            is_taken,
        )


def _first_free(
    tried: dict[tuple[object, ...], int],
    kind: tuple[str, ...],
    stem: Callable[[int], str],
    is_taken: Callable[[str], bool],
) -> tuple[str, int]:
    """Try the numbers that were not tried yet after what a stem leaves for so many digits."""
    for digits in count(1):
        start = stem(digits)
        key = (kind, start, digits)
        for number in range(tried.get(key, 10 ** (digits - 1) - 1) + 1, 10**digits):
            tried[key] = number
            name = f"{start}{number}"
            if not is_taken(name):
                return name, number
    raise AssertionError  # pragma: no cover - numbers do not end


class _Taken:
    """The names in use: relations and constraints, for each namespace."""

    __slots__ = ("_constraints", "_numbered", "_relations")

    def __init__(self, definition: Definition, tables: Mapping[str, Table]) -> None:
        self._numbered = NumberedNames()
        self._relations: set[tuple[str, str]] = set()
        self._constraints: set[tuple[str, str]] = set()
        for table in definition.tables:
            space = table.namespace
            self._relations.add((space, table.name))
            self._relations.update((space, index.name) for index in table.indexes if index.name)
            # The server makes a sequence for each column that counts up.
            self._relations.update(
                (space, object_name(table.name, column.name, "seq"))
                for column in table.columns
                if column.identity is not None
            )
            backed = [item.name for item in table.uniques]
            backed.append(table.primary_key.name if table.primary_key else None)
            self._relations.update((space, name) for name in backed if name)
            self._constraints.update((space, name) for name in backed if name)
            self._constraints.update((space, check.name) for check in table.checks if check.name)
        for key in definition.foreign_keys:
            source = tables.get(key.source_table_id)
            if key.name and source:
                self._constraints.add((source.namespace, key.name))

    def index(self, table: Table, addition: str, label: str) -> str:
        """Take a name for an index."""
        name = self._free(table, addition, label, (self._relations,))
        self._relations.add((table.namespace, name))
        return name

    def constraint(self, table: Table, addition: str | None, label: str) -> str:
        """Take a name for a constraint without an index."""
        name = self._free(table, addition, label, (self._constraints,))
        self._constraints.add((table.namespace, name))
        return name

    def backed_constraint(self, table: Table, addition: str | None, label: str) -> str:
        """Take a name for a constraint that has an index of the same name."""
        name = self._free(table, addition, label, (self._relations, self._constraints))
        self._relations.add((table.namespace, name))
        self._constraints.add((table.namespace, name))
        return name

    def _free(
        self, table: Table, addition: str | None, label: str, sets: Sequence[set[tuple[str, str]]]
    ) -> str:
        name, _ = self._numbered.free(
            table.name,
            addition,
            label,
            namespace=table.namespace,
            is_taken=lambda name: any((table.namespace, name) in names for names in sets),
        )
        return name


def _name_table(table: Table, columns: Mapping[str, str], taken: _Taken) -> Table:
    if not (table.primary_key or table.uniques or table.checks or table.indexes):
        return table
    column_names = frozenset(columns.values())
    primary_key = table.primary_key
    if primary_key is not None and primary_key.name is None:
        primary_key = replace(primary_key, name=taken.backed_constraint(table, None, "pkey"))
    return replace(
        table,
        primary_key=primary_key,
        uniques=_name_all(
            table.uniques,
            lambda item: [columns.get(column, column) for column in item.column_ids],
            lambda item: taken.backed_constraint(
                table, _addition(columns.get(column, column) for column in item.column_ids), "key"
            ),
        ),
        checks=_name_all(
            table.checks,
            lambda item: [item.expression],
            lambda item: taken.constraint(table, _only_column(item, column_names), "check"),
        ),
        indexes=_name_all(
            table.indexes,
            lambda item: [*_index_columns(item, columns), repr(_index_content(item, columns))],
            lambda item: taken.index(table, _addition(_index_columns(item, columns)), "idx"),
        ),
    )


def _name_foreign_keys(
    table: Table,
    keys: Sequence[ForeignKey],
    columns: Mapping[str, Mapping[str, str]],
    tables: Mapping[str, Table],
    taken: _Taken,
) -> tuple[ForeignKey, ...]:
    own_columns = columns[table.id]

    def content(key: ForeignKey) -> list[str]:
        target = tables.get(key.target_table_id)
        targets = columns.get(key.target_table_id, {})
        return [
            _addition(own_columns.get(column, column) for column in key.source_column_ids),
            *((target.namespace, target.name) if target else ("", key.target_table_id)),
            *(targets.get(column, column) for column in key.target_column_ids),
            key.on_delete,
            key.on_update,
            str(key.deferrable),
            str(key.initially_deferred),
        ]

    return _name_all(
        keys,
        content,
        lambda key: taken.constraint(
            table,
            _addition(own_columns.get(column, column) for column in key.source_column_ids),
            "fkey",
        ),
    )


def _name_all(
    items: Sequence[_Named],
    content: Callable[[_Named], list[str]],
    take_name: Callable[[_Named], str],
) -> tuple[_Named, ...]:
    """Name the items that have no name, in the order of their content."""
    unnamed = [place for place, item in enumerate(items) if item.name is None]
    if not unnamed:
        return tuple(items)
    named = list(items)
    for place in sorted(unnamed, key=lambda place: content(items[place])):
        named[place] = replace(items[place], name=take_name(items[place]))
    return tuple(named)


def _addition(names: Iterable[str]) -> str:
    """Join column names, stopping once nothing more could fit.

    Source: ChooseIndexNameAddition in PostgreSQL's src/backend/commands/indexcmds.c.
    """
    joined = ""
    for name in names:
        joined = f"{joined}_{name}" if joined else name
        if len(joined.encode()) > NAME_BYTES:
            break
    return joined


def _index_columns(index: Index, columns: Mapping[str, str]) -> list[str]:
    """Name the parts of an index, numbering those that are named alike.

    Source: ChooseIndexColumnNames in PostgreSQL's src/backend/commands/indexcmds.c.
    """
    names: list[str] = []
    for part in index.parts:
        if part.column_id is not None:
            names.append(columns.get(part.column_id, part.column_id))
        else:
            call = _CALL.match(part.expression or "")
            names.append(call[1].lower() if call else "expr")
    names += [columns.get(item, item) for item in index.include_column_ids]
    distinct: dict[str, None] = {}
    tried: dict[tuple[object, ...], int] = {}
    for name in names:
        candidate = name
        if name in distinct:
            encoded = name.encode()
            candidate, _ = _first_free(
                tried,
                (),
                lambda digits, encoded=encoded: _clipped(encoded, NAME_BYTES - digits),  # type: ignore[misc]
                distinct.__contains__,
            )
        distinct[candidate] = None
    return list(distinct)


def _index_content(index: Index, columns: Mapping[str, str]) -> tuple[object, ...]:
    """Return all that an index says, without ids, to order indexes over the same columns."""
    return (
        index.method,
        index.unique,
        index.where or "",
        len(index.include_column_ids),
        [
            (
                columns.get(part.column_id or "", ""),
                part.expression or "",
                part.order.value,
                part.nulls.value if part.nulls else "",
            )
            for part in index.parts
        ],
    )


def _only_column(check: Check, names: Container[str]) -> str | None:
    """Return the one column that an expression mentions, or None when it is not one.

    Only a name hangs on it, so words are looked for instead of parsing SQL.
    """
    mentioned = {
        match[1].replace('""', '"') if match[1] else match[2].lower()
        for match in _WORD.finditer(_without_texts(check.expression))
    }
    found = {name for name in mentioned if name in names}
    return found.pop() if len(found) == 1 else None


def _without_texts(sql: str) -> str:
    """Replace texts and comments by spaces, reading each character a few times at most."""
    last_of_tag = {match[1]: match.start() for match in _TAG.finditer(sql)}
    kept: list[str] = []
    place = 0
    while (match := _STRING_OR_COMMENT.search(sql, place)) is not None:
        end = match.end()
        if match["tag"] is not None:
            if last_of_tag[match[0]] < end:  # nothing closes it: a name can hold such signs
                kept.append(sql[place : match.start() + 1])
                place = match.start() + 1
                continue
            end = sql.index(match[0], end) + len(match[0])
        kept += (sql[place : match.start()], " ")
        place = end
    return "".join((*kept, sql[place:]))


def _clipped(encoded: bytes, size: int) -> str:
    """Cut to that many bytes without cutting a character."""
    return encoded[:size].decode(errors="ignore")
