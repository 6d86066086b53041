"""Reading a database: from the rows of its catalogues to a definition.

Which rows, is `catalogue`'s affair; what a definition cannot hold, is that of `unknown_objects`.

Ids are made from names, so the same database reads as the same value every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import itemgetter
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
    IdentityKind,
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
from core.engines.postgresql.column_types import column_type_of
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.normalising import settle
from core.engines.postgresql.unknown_objects import read_unknown

STANDARD_COMMENT = "standard public schema"
"""What every new database says of `public`."""

_IDENTITIES = {"a": IdentityKind.ALWAYS, "d": IdentityKind.BY_DEFAULT}

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
            rest = executor.submit(read_unknown, link, reader.namespace_oids, reader.table_oids)
            definition = reader.definition()
            unknown = rest.result()
    return Introspection(definition=settle(link, definition), unknown=unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """A table's names, as they are and joined for ids, and those of its columns by number."""

    namespace: str
    name: str
    path: str
    column_names: dict[int, str]

    @property
    def id(self) -> str:
        return f"table:{self.path}"

    def column_ids(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.column_id(number) for number in numbers)

    def column_id(self, number: int) -> str:
        return self.part_id("column", self.column_names[number])

    def part_id(self, kind: str, name: str) -> str:
        return f"{kind}:{self.path}.{_escaped(name)}"


class _Reader:
    """Reads all rows first, so that each kind of thing takes one query."""

    def __init__(self, link: Link) -> None:
        self._namespaces = link.query(catalogue.NAMESPACES)
        self.namespace_oids = [row[0] for row in self._namespaces]
        self._enums = link.query(catalogue.ENUMS, (self.namespace_oids,))
        self._tables = link.query(catalogue.TABLES, (self.namespace_oids,))
        self.table_oids = [row[0] for row in self._tables]
        columns = link.query(catalogue.COLUMNS, (self.table_oids,))
        self._columns = _by_table(sorted(columns, key=itemgetter(1)))
        constraints = link.query(catalogue.CONSTRAINTS, (self.table_oids,))
        indexes = link.query(catalogue.INDEXES, (self.table_oids,))
        self._enum_ids = {
            (namespace, name): _id("enum", namespace, name) for namespace, name, _, _ in self._enums
        }
        self._relations = {
            oid: _Relation(
                namespace=namespace,
                name=name,
                path=f"{_escaped(namespace)}.{_escaped(name)}",
                column_names={row[1]: row[2] for row in self._columns[oid]},
            )
            for oid, namespace, name, _ in self._tables
        }
        # What covers a column that is set aside is out of sight like the column.
        self._constraints = _by_table([row for row in constraints if self._is_seen(row[0], row[3])])
        self._indexes = _by_table([row for row in indexes if self._is_seen(row[0], row[5])])

    def _is_seen(self, oid: int, numbers: Sequence[int]) -> bool:
        names = self._relations[oid].column_names
        return all(number <= 0 or number in names for number in numbers or ())

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
            columns=tuple([self._column(column, relation) for column in self._columns[oid]]),
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

    def _column(self, row: Row, relation: _Relation) -> Column:
        _, _, name, written, enum_namespace, type_name, is_not_null, identity, *rest = row
        generated, expression, comment = rest
        default = None if expression is None or generated else ExpressionDefault(sql=expression)
        return Column(
            id=f"column:{relation.path}.{_escaped(name)}",
            name=name,
            type=column_type_of(
                written,
                enum_name=None if enum_namespace is None else (enum_namespace, type_name),
                enum_ids=self._enum_ids,
            ),
            nullable=not is_not_null,
            identity=_IDENTITIES.get(identity),
            default=default,
            generated=expression if generated == "s" else None,
            description=comment,
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
            None if number == 0 else relation.column_id(number),
            expression,
            option if can_order else 0,
        )
        for number, option, expression in zip(
            numbers[:key_count], options, expressions, strict=True
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


def _id(kind: str, *names: str) -> str:
    """Make an id that no other names give, dots in names or not."""
    return f"{kind}:{'.'.join([_escaped(name) for name in names])}"


def _escaped(name: str) -> str:
    if "." in name or "\\" in name:
        return name.replace("\\", "\\\\").replace(".", "\\.")
    return name
