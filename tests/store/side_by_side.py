"""What code of an earlier release relies on in the store, read from the catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, text

_COLUMNS = """
SELECT table_name, column_name, data_type || ':' || coalesce(udt_name, ''), is_nullable = 'YES',
       column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
  FROM information_schema.columns WHERE table_schema = 'public'"""
_RULES = """
SELECT conrelid::regclass::text, 'constraint ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT tablename, 'unique index ' || indexdef FROM pg_indexes
 WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE %'
UNION ALL
SELECT tgrelid::regclass::text, 'trigger ' || pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as code that writes and reads it sees it."""

    type: str
    """Its type."""
    is_nullable: bool
    """Whether it may be left empty."""
    has_default: bool
    """Whether the server fills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of a store."""

    columns: Mapping[str, Mapping[str, Column]]
    """Columns by table and name."""
    rules: Mapping[str, frozenset[str]]
    """By table, what refuses rows: constraints, unique indexes, triggers."""


def form_of(engine: Engine) -> Form:
    """Read the form of a store."""
    columns: dict[str, dict[str, Column]] = {}
    rules: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for table, name, kind, is_nullable, has_default in connection.execute(text(_COLUMNS)):
            columns.setdefault(table, {})[name] = Column(
                type=kind, is_nullable=is_nullable, has_default=has_default
            )
        for table, rule in connection.execute(text(_RULES)):
            rules.setdefault(table, set()).add(rule)
    return Form(columns=columns, rules={table: frozenset(found) for table, found in rules.items()})


def troubles_of_old_code(old: Form, new: Form) -> list[str]:
    """Return what code that knows the old form can no longer do in the new one.

    It names every column that it reads and writes, and no other; so columns may come if they may
    be left out, and nothing that it knows may go, change or be refused.
    """
    troubles = []
    for table, columns in old.columns.items():
        present = new.columns.get(table)
        if present is None:
            troubles.append(f"table {table} is gone")
            continue
        for name, column in columns.items():
            if name not in present:
                troubles.append(f"column {table}.{name} is gone")
            elif present[name] != column:
                troubles.append(f"column {table}.{name} is another: {present[name]}")
        troubles += [
            f"column {table}.{name} has to be filled"
            for name in sorted(present.keys() - columns.keys())
            if not (present[name].is_nullable or present[name].has_default)
        ]
        added = new.rules.get(table, frozenset()) - old.rules.get(table, frozenset())
        troubles += [f"{table} has a new {rule}" for rule in sorted(added)]
    return troubles
