"""Which tables a statement touches, found by what it is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from core.definition.model import Definition, Table
from core.dialects.statement import Statement


class Reach:
    """The tables that the statements of a plan touch."""

    def __init__(self, before: Definition, after: Definition) -> None:
        self._table_ids: dict[str, tuple[str, ...]] = {}
        for definition in (after, before):
            users: defaultdict[str, list[str]] = defaultdict(list)
            for table in definition.tables:
                self._table_ids |= dict.fromkeys(_ids_of_parts(table), (table.id,))
                for column in table.columns:
                    if column.type.enum_id is not None:
                        users[column.type.enum_id].append(table.id)
            self._table_ids |= {key: tuple(dict.fromkeys(ids)) for key, ids in users.items()}
            for key in definition.foreign_keys:
                self._table_ids[key.id] = (key.source_table_id, key.target_table_id)
        self._foreign_keys = {key.id: key for key in (*after.foreign_keys, *before.foreign_keys)}

    def table_ids(self, statement: Statement) -> tuple[str, ...]:
        """Return the tables that a statement locks when it takes a lock.

        For a foreign key these are the one that refers and the one referred to, for an enum those
        with a column of it.
        """
        ids = [item for cause in statement.causes for item in self._table_ids.get(cause, ())]
        return tuple(dict.fromkeys(ids))

    def worked_table_ids(self, statement: Statement) -> tuple[str, ...]:
        """Return the tables whose rows a statement reads or writes when it does.

        They are those that it locks, save the target of a foreign key.
        """
        targets = {
            key.target_table_id
            for cause in statement.causes
            for key in (self._foreign_keys.get(cause),)
            if key is not None and key.target_table_id != key.source_table_id
        }
        return tuple(item for item in self.table_ids(statement) if item not in targets)


def _ids_of_parts(table: Table) -> Iterator[str]:
    yield table.id
    for parts in (table.columns, table.uniques, table.checks, table.indexes):
        for part in parts:
            yield part.id
