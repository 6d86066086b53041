"""The form of a definition that changes are found in and apply to.

Ids, written types and layout stay; every constraint and index has its name, nothing is said twice,
and what follows from something else is said: a column under a primary key is not nullable.
"""

from __future__ import annotations

from dataclasses import replace

from core.definition.canonical import told_namespaces, without_repeats
from core.definition.model import Definition, ForeignKey, Table
from core.definition.names import resolve_names


def settle(definition: Definition) -> Definition:
    """Return the definition in that form; it means the same."""
    named = resolve_names(definition)
    tables = tuple([_settle_table(table) for table in named.tables])
    keys = tuple([_settle_foreign_key(key) for key in named.foreign_keys])
    namespaces = told_namespaces(named.namespaces)
    if (tables, keys, namespaces) == (named.tables, named.foreign_keys, named.namespaces):
        return named
    return replace(named, tables=tables, foreign_keys=keys, namespaces=namespaces)


def _settle_table(table: Table) -> Table:
    key_ids = table.primary_key.column_ids if table.primary_key is not None else ()
    columns = table.columns
    if [each for each in columns if each.nullable and (each.identity or each.id in key_ids)]:
        columns = tuple(
            replace(each, nullable=False) if each.identity or each.id in key_ids else each
            for each in columns
        )
    uniques = tuple(without_repeats(table.uniques, key_ids)) if table.uniques else ()
    if columns is table.columns and uniques == table.uniques:
        return table
    return replace(table, columns=columns, uniques=uniques)


def _settle_foreign_key(key: ForeignKey) -> ForeignKey:
    if key.initially_deferred and not key.deferrable:
        return replace(key, deferrable=True)
    return key
