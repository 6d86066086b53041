"""The columns of many tables, read at once: names and numbers apart from what many have in common.

A database has many columns and few sorts of them, so what a sort means is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.definition.model import IdentityKind
from core.definition.types import ColumnType
from core.engines.postgresql import catalogue
from core.engines.postgresql.column_types import column_type_of
from core.engines.postgresql.connecting import Link

_IDENTITIES = {"a": IdentityKind.ALWAYS, "d": IdentityKind.BY_DEFAULT}
_STORED, _VIRTUAL = "s", "v"
"""Letters of how columns are generated. Source: PostgreSQL manual, 51.7 pg_attribute."""

USUAL_COLLATIONS = frozenset({0, 100})
"""None, and the default one, which has the same number on every server.

Source: PostgreSQL sources, src/include/catalog/pg_collation.dat.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSort:
    """What columns of one sort have in common."""

    type: ColumnType
    """Their type."""
    nullable: bool
    """Whether they take NULL."""
    identity: IdentityKind | None
    """How they count up, if they do."""
    is_stored: bool
    """Whether their values are generated and stored."""
    is_generated: bool
    """Whether their values are generated, stored or not."""
    is_collated: bool
    """Whether they have another collation than the database's."""
    has_option: bool
    """Whether something about them is more than a definition can say."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """The columns of one table in their order."""

    numbers: Sequence[int]
    """Their numbers, rising."""
    names: Sequence[str]
    """Their names."""
    sorts: Sequence[ColumnSort]
    """Their sorts."""
    expressions: Mapping[int, str]
    """Defaults and generation expressions, by number."""


_NO_COLUMNS = ColumnRow((), (), (), {})


class ColumnRows:
    """The columns of tables, without those set aside."""

    def __init__(
        self, link: Link, table_oids: str, enum_ids: Mapping[tuple[str, str], str]
    ) -> None:
        """Read them.

        Args:
            link: The connection, its settings those for reading.
            table_oids: The tables, written as an array.
            enum_ids: Ids of the definition's enums by namespace and name.
        """
        rows = link.query(catalogue.columns(link.major_version), (table_oids,))
        told = [(row, row[3].split(";")) for row in rows]
        sorts = _sorts(link, {fact for _, facts in told for fact in facts}, enum_ids)
        expressions = by_column(link.query(catalogue.EXPRESSIONS, (table_oids,)))
        self._rows = {
            oid: _in_order(
                numbers, names, [sorts[fact] for fact in facts], expressions.get(oid, {})
            )
            for (oid, numbers, names, _), facts in told
        }
        self._is_plain = not any(each.is_collated or each.has_option for each in sorts.values())

    def of(self, table_oid: int) -> ColumnRow:
        """Return the columns of a table."""
        return self._rows.get(table_oid, _NO_COLUMNS)

    def expressions(self) -> Iterator[str]:
        """Yield the defaults and generation expressions of all of them."""
        for row in self._rows.values():
            yield from row.expressions.values()

    def with_options(self) -> Iterator[tuple[int, int]]:
        """Yield table and number of each column that is more than a definition can say."""
        if not self._is_plain:
            for oid, row in self._rows.items():
                for number, sort in zip(row.numbers, row.sorts, strict=True):
                    if sort.has_option:
                        yield oid, number

    def collated_tables(self) -> list[int]:
        """Return the tables with a column of another collation than the database's."""
        if self._is_plain:
            return []
        return [oid for oid, row in self._rows.items() if any(one.is_collated for one in row.sorts)]


def written_array(numbers: Iterable[int]) -> str:
    """Write numbers as the server reads an array; writing thousands for each query is dear."""
    return f"{{{','.join(map(str, numbers))}}}"


def by_column(rows: Iterable[Sequence[Any]]) -> dict[int, dict[int, str]]:
    """Return texts by table and by number of column."""
    grouped: dict[int, dict[int, str]] = {}
    for oid, number, text in rows:
        grouped.setdefault(oid, {})[number] = text
    return grouped


def _in_order(
    numbers: list[int], names: list[str], sorts: list[ColumnSort], expressions: Mapping[int, str]
) -> ColumnRow:
    if numbers == sorted(numbers):
        return ColumnRow(numbers, names, sorts, expressions)
    places = sorted(range(len(numbers)), key=numbers.__getitem__)
    return ColumnRow(
        [numbers[each] for each in places],
        [names[each] for each in places],
        [sorts[each] for each in places],
        expressions,
    )


def _sorts(
    link: Link, facts: Iterable[str], enum_ids: Mapping[tuple[str, str], str]
) -> dict[str, ColumnSort]:
    """Return what each text of facts means."""
    split = {fact: fact.split(",") for fact in facts}
    wanted = sorted({(int(words[0]), int(words[1])) for words in split.values()})
    types = {
        (oid, modifier): facts_of_type
        for oid, modifier, *facts_of_type in link.query(
            catalogue.TYPES, ([oid for oid, _ in wanted], [modifier for _, modifier in wanted])
        )
    }
    sorts: dict[str, ColumnSort] = {}
    for fact, words in split.items():
        oid, modifier, is_not_null, identity, generated, collation, storage, is_usual = words
        written, namespace, name, usual_collation, usual_storage = types[int(oid), int(modifier)]
        sorts[fact] = ColumnSort(
            type=column_type_of(
                written,
                enum_name=None if namespace is None else (namespace, name),
                enum_ids=enum_ids,
            ),
            nullable=is_not_null == "f",
            identity=_IDENTITIES.get(identity),
            is_stored=generated == _STORED,
            is_generated=generated != "",
            is_collated=int(collation) not in USUAL_COLLATIONS,
            has_option=(
                int(collation) != usual_collation
                or storage != usual_storage
                or generated == _VIRTUAL
                or is_usual == "f"
            ),
        )
    return sorts
