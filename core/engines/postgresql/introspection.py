"""Reading a database: from the rows of its catalogues to a definition.

Which rows, is `catalogue`'s affair; what a definition cannot hold, is that of `unknown_objects`.

Ids are made from names, so the same database reads as the same value every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from core.databases.engine import Introspection
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    NullsOrder,
    PrimaryKey,
    ReferentialAction,
    SortOrder,
    Table,
    Unique,
)
from core.engines.postgresql import catalogue
from core.engines.postgresql.column_rows import ColumnRows, by_column, written_array
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.normalising import is_settled, settle
from core.engines.postgresql.unknown_objects import Extent, read_unknown

STANDARD_COMMENT = "standard public schema"
"""What every new database says of `public`."""

_ACTIONS = {
    "a": ReferentialAction.NO_ACTION,
    "r": ReferentialAction.RESTRICT,
    "c": ReferentialAction.CASCADE,
    "n": ReferentialAction.SET_NULL,
    "d": ReferentialAction.SET_DEFAULT,
}
"""Letters of foreign key actions. Source: PostgreSQL manual, 51.13 pg_constraint."""

_DESCENDING, _NULLS_FIRST = 1, 2
"""Bits of pg_index.indoption. Source: PostgreSQL sources, src/include/catalog/pg_index.h."""

Row = tuple[Any, ...]


def introspect(link: Link) -> Introspection:
    """Read the whole database. The caller keeps it within one transaction."""
    with link.trial():
        link.execute(catalogue.READING_SETTINGS)
        reader = _Reader(link)
        # The server looks for the rest while the definition is put together here.
        with ThreadPoolExecutor(1, "unknown objects") as executor:
            rest = executor.submit(read_unknown, link, reader.extent())
            definition = reader.definition()
            unknown = rest.result()
    if not is_settled(reader.expressions()):
        definition = settle(link, definition)
    return Introspection(definition=definition, unknown=unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """A table's names, as they are and joined for ids, and the ids of its columns by number."""

    namespace: str
    name: str
    path: str
    known_column_ids: dict[int, str]

    @property
    def id(self) -> str:
        return f"table:{self.path}"

    def column_ids(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple([self.known_column_ids[number] for number in numbers])

    def part_id(self, kind: str, name: str) -> str:
        return f"{kind}:{self.path}.{_escaped(name)}"


class _Reader:
    """Reads all rows first, so that each kind of thing takes one query."""

    def __init__(self, link: Link) -> None:
        self._namespaces = link.query(catalogue.NAMESPACES)
        self._namespace_oids = [row[0] for row in self._namespaces]
        self._enums = link.query(catalogue.ENUMS, (self._namespace_oids,))
        self._enum_ids = {
            (namespace, name): _id("enum", namespace, name) for namespace, name, _, _ in self._enums
        }
        self._tables = link.query(catalogue.TABLES, (self._namespace_oids,))
        self._table_oids = [row[0] for row in self._tables]
        written_oids = written_array(self._table_oids)
        self._columns = ColumnRows(link, written_oids, self._enum_ids)
        self._comments = by_column(link.query(catalogue.COMMENTS, (written_oids,)))
        constraints = link.query(catalogue.CONSTRAINTS, (written_oids,))
        indexes = link.query(catalogue.INDEXES, (written_oids,))
        self._relations = {
            oid: self._relation(oid, namespace, name) for oid, namespace, name, _ in self._tables
        }
        # What covers a column that is set aside is out of sight like the column.
        self._constraints = _by_table([row for row in constraints if self._is_seen(row[0], row[3])])
        self._indexes = _by_table([row for row in indexes if self._is_seen(row[0], row[5])])

    def extent(self) -> Extent:
        """Tell where to look for what a definition cannot hold."""
        return Extent(
            namespace_oids=self._namespace_oids,
            table_oids=self._table_oids,
            columns_with_options=tuple(self._columns.with_options()),
            collated_table_oids=self._columns.collated_tables(),
        )

    def expressions(self) -> Iterable[str]:
        """Yield every expression that was read."""
        yield from self._columns.expressions()
        for row in chain.from_iterable(self._constraints.values()):
            yield row[10] or ""
        for row in chain.from_iterable(self._indexes.values()):
            yield row[8] or ""
            for expression in row[7] or ():
                yield expression or ""

    def _relation(self, oid: int, namespace: str, name: str) -> _Relation:
        path = f"{_escaped(namespace)}.{_escaped(name)}"
        row = self._columns.of(oid)
        ids = _ids_of_columns(path, row.names)
        return _Relation(
            namespace=namespace,
            name=name,
            path=path,
            known_column_ids=dict(zip(row.numbers, ids, strict=True)),
        )

    def _is_seen(self, oid: int, numbers: Sequence[int] | None) -> bool:
        known = self._relations[oid].known_column_ids
        return known.keys() >= {number for number in numbers or () if number > 0}

    def definition(self) -> Definition:
        return Definition(
            tables=tuple(self._table(row) for row in self._tables),
            foreign_keys=tuple(self._foreign_keys()),
            enums=tuple(
                Enum(
                    id=self._enum_ids[namespace, name],
                    name=name,
                    namespace=namespace,
                    values=tuple(values),
                    description=comment,
                )
                for namespace, name, comment, values in self._enums
            ),
            namespaces=tuple(
                Namespace(name=name, description=comment)
                for _, name, comment in self._namespaces
                if name != DEFAULT_NAMESPACE or comment not in {"", STANDARD_COMMENT}
            ),
        )

    def _table(self, row: Row) -> Table:
        oid, namespace, name, comment = row
        relation = self._relations[oid]
        constraints = defaultdict(list)
        for constraint in self._constraints[oid]:
            constraints[constraint[1]].append(constraint)
        return Table(
            id=relation.id,
            name=name,
            namespace=namespace,
            columns=self._columns_of(oid, relation),
            primary_key=next(
                (
                    PrimaryKey(name=key[2], column_ids=relation.column_ids(key[3]))
                    for key in constraints["p"]
                ),
                None,
            ),
            uniques=tuple(
                Unique(
                    id=relation.part_id("unique", unique[2]),
                    name=unique[2],
                    column_ids=relation.column_ids(unique[3]),
                )
                for unique in constraints["u"]
            ),
            checks=tuple(
                Check(id=relation.part_id("check", check[2]), name=check[2], expression=check[10])
                for check in constraints["c"]
            ),
            indexes=tuple(_index(index, relation) for index in self._indexes[oid]),
            description=comment,
        )

    def _columns_of(self, oid: int, relation: _Relation) -> tuple[Column, ...]:
        row = self._columns.of(oid)
        ids = relation.known_column_ids
        expressions = row.expressions
        comments = self._comments.get(oid, {})
        return tuple(
            [
                Column(
                    id=ids[number],
                    name=name,
                    type=sort.type,
                    nullable=sort.nullable,
                    identity=sort.identity,
                    default=ExpressionDefault(sql=expressions[number])
                    if number in expressions and not sort.is_generated
                    else None,
                    generated=expressions[number] if sort.is_stored else None,
                    description=comments.get(number, ""),
                )
                for number, name, sort in zip(row.numbers, row.names, row.sorts, strict=True)
            ]
        )

    def _foreign_keys(self) -> Iterable[ForeignKey]:
        for oid, relation in self._relations.items():
            for row in self._constraints[oid]:
                _, kind, name, keys, target_oid, target_keys = row[:6]
                on_update, on_delete, is_deferrable, is_deferred, _ = row[6:]
                target = self._relations.get(target_oid)
                if kind == "f" and target is not None:
                    yield ForeignKey(
                        id=relation.part_id("foreign_key", name),
                        name=name,
                        source_table_id=relation.id,
                        source_column_ids=relation.column_ids(keys),
                        target_table_id=target.id,
                        target_column_ids=target.column_ids(target_keys),
                        on_delete=_ACTIONS[on_delete],
                        on_update=_ACTIONS[on_update],
                        deferrable=is_deferrable,
                        initially_deferred=is_deferred,
                    )


def _index(row: Row, relation: _Relation) -> Index:
    _, name, method, is_unique, key_count, numbers, options, expressions, predicate, can_order = row
    parts = tuple(
        _part(
            None if number == 0 else relation.known_column_ids[number],
            expression,
            option if can_order else 0,
        )
        for number, option, expression in zip(
            numbers[:key_count], options, expressions or repeat(None, key_count), strict=True
        )
    )
    return Index(
        id=relation.part_id("index", name),
        name=name,
        parts=parts,
        unique=is_unique,
        method=method,
        where=predicate,
        include_column_ids=relation.column_ids(numbers[key_count:]),
    )


def _part(column_id: str | None, expression: str | None, option: int) -> IndexPart:
    is_descending = bool(option & _DESCENDING)
    is_nulls_first = bool(option & _NULLS_FIRST)
    nulls = NullsOrder.FIRST if is_nulls_first else NullsOrder.LAST
    return IndexPart(
        column_id=column_id,
        expression=expression,
        order=SortOrder.DESC if is_descending else SortOrder.ASC,
        nulls=None if is_nulls_first == is_descending else nulls,
    )


def _by_table(rows: Sequence[Row]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return grouped


def _ids_of_columns(path: str, names: Sequence[str]) -> list[str]:
    together = "".join(names)
    if "." in together or "\\" in together:
        return [f"column:{path}.{_escaped(name)}" for name in names]
    return [f"column:{path}.{name}" for name in names]


def _id(kind: str, *names: str) -> str:
    """Make an id that no other names give, dots in names or not."""
    return f"{kind}:{'.'.join([_escaped(name) for name in names])}"


def _escaped(name: str) -> str:
    if "." in name or "\\" in name:
        return name.replace("\\", "\\\\").replace(".", "\\.")
    return name
