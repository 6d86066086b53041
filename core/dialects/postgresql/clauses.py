"""The pieces of PostgreSQL's statements that making and altering things share.

Names are given as they hold when the statement runs. Whole statements are `speller` and the
modules that alter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from core.definition.model import (
    Column,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    ReferentialAction,
    SortOrder,
)
from core.dialects.postgresql.defaults import column_default_sql
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import parenthesised, quote, quote_literal, quote_qualified
from core.dialects.statement import Effect, Statement

INDENT = "    "
"""What a line inside a statement begins with."""

IDENTITY_WORDS = {IdentityKind.ALWAYS: "ALWAYS", IdentityKind.BY_DEFAULT: "BY DEFAULT"}
"""How each kind of identity is spelled."""


def statement(sql: str, effect: Effect, cause: str) -> Statement:
    """Return an ordinary statement with what it does and what it is for."""
    return Statement(sql=sql, effect=effect, causes=(cause,))


def lines(*parts: str) -> str:
    """Write the parts of a statement, a line each, all but the first indented."""
    return f"\n{INDENT}".join(parts)


def block(parts: Sequence[str]) -> str:
    """Write a list in parentheses, one line each."""
    if not parts:
        return "()"
    inside = f",\n{INDENT}".join(parts)
    return f"(\n{INDENT}{inside}\n)"


def name_list(names: Iterable[str]) -> str:
    """Write names in parentheses."""
    return f"({', '.join(quote(name) for name in names)})"


def constraint(name: str, rest: str) -> str:
    """Write a constraint with its name."""
    return f"CONSTRAINT {quote(name)} {rest}"


def primary_key_clause(name: str, columns: Iterable[str]) -> str:
    """Write a primary key."""
    return constraint(name, f"PRIMARY KEY {name_list(columns)}")


def unique_clause(name: str, columns: Iterable[str]) -> str:
    """Write a unique constraint."""
    return constraint(name, f"UNIQUE {name_list(columns)}")


def check_clause(name: str, expression: str) -> str:
    """Write a check constraint."""
    return constraint(name, f"CHECK {parenthesised(expression)}")


def identity_clause(kind: IdentityKind, sequence: tuple[str, str] | None = None) -> str:
    """Write that a column counts up by itself.

    Args:
        kind: How strictly.
        sequence: Namespace and name of its sequence, None to leave it to the server.
    """
    words = f"GENERATED {IDENTITY_WORDS[kind]} AS IDENTITY"
    if sequence is None:
        return words
    return f"{words} (SEQUENCE NAME {quote_qualified(*sequence)})"


def column_clause(
    column: Column,
    type_words: str,
    *,
    not_null_name: str | None = None,
    sequence: tuple[str, str] | None = None,
) -> str:
    """Write a column as it stands in a table.

    Args:
        column: The column.
        type_words: Its type, spelled.
        not_null_name: Name to give to its NOT NULL outright, None to leave it to the server.
        sequence: Namespace and name to give to its sequence outright, None likewise.

    Raises:
        DefaultMismatchError: the default does not fit the column's type.
    """
    words = [quote(column.name), type_words]
    if not column.nullable:
        words.append("NOT NULL" if not_null_name is None else constraint(not_null_name, "NOT NULL"))
    if column.identity is not None:
        words.append(identity_clause(column.identity, sequence))
    if column.generated is not None:
        words.append(f"GENERATED ALWAYS AS {parenthesised(column.generated)} STORED")
    default = column_default_sql(column)
    if default is not None:
        words.append(f"DEFAULT {default}")
    return " ".join(words)


def index_lines(
    index: Index, at: Place, column_name: Callable[[str], str], *, name: str, words: str = ""
) -> str:
    """Write the statement that makes an index.

    Args:
        index: The index.
        at: Its table.
        column_name: Gives the name that a column has now, by its id.
        name: The name of the index.
        words: What stands between `INDEX` and the name, such as `CONCURRENTLY`.
    """
    unique = "UNIQUE " if index.unique else ""
    method = "" if index.method == "btree" else f" USING {quote(index.method)}"
    parts = ", ".join(_index_part(part, column_name) for part in index.parts)
    written = [
        f"CREATE {unique}INDEX {words}{quote(name)}",
        f"ON {at.sql}{method} ({parts})",
    ]
    if index.include_column_ids:
        included = name_list(column_name(each) for each in index.include_column_ids)
        written.append(f"INCLUDE {included}")
    if index.where is not None:
        written.append(f"WHERE {parenthesised(index.where)}")
    return lines(*written)


def foreign_key_lines(
    foreign_key: ForeignKey,
    *,
    name: str,
    columns: Iterable[str],
    target: Place,
    target_columns: Iterable[str],
) -> tuple[str, ...]:
    """Write a foreign key, a line for each of its parts.

    Args:
        foreign_key: What it does beyond referring.
        name: Its name.
        columns: Names of the columns that refer.
        target: The table referred to.
        target_columns: Names of its columns.
    """
    return (
        f"CONSTRAINT {quote(name)}",
        f"FOREIGN KEY {name_list(columns)}",
        f"REFERENCES {target.sql} {name_list(target_columns)}",
        *_reactions(foreign_key),
    )


def timing_words(foreign_key: ForeignKey) -> str:
    """Write when a foreign key is checked; nothing when it is never put off."""
    if foreign_key.initially_deferred:
        return "DEFERRABLE INITIALLY DEFERRED"
    return "DEFERRABLE" if foreign_key.deferrable else ""


def comment(subject: str, text: str, effect: Effect, cause: str) -> Statement:
    """Write the description of a thing, or take it away when the text is empty."""
    written = quote_literal(text) if text else "NULL"
    return statement(f"COMMENT ON {subject} IS {written}", effect, cause)


def _index_part(part: IndexPart, column_name: Callable[[str], str]) -> str:
    if part.expression is not None:
        key = parenthesised(part.expression)
    else:
        key = quote(column_name(part.column_id or ""))
    order = " DESC" if part.order is SortOrder.DESC else ""
    nulls = "" if part.nulls is None else f" NULLS {part.nulls.upper()}"
    return f"{key}{order}{nulls}"


def _reactions(foreign_key: ForeignKey) -> list[str]:
    """Write what a foreign key does beyond the engine's defaults, a line each."""
    written = []
    if foreign_key.on_delete is not ReferentialAction.NO_ACTION:
        written.append(f"ON DELETE {foreign_key.on_delete}")
    if foreign_key.on_update is not ReferentialAction.NO_ACTION:
        written.append(f"ON UPDATE {foreign_key.on_update}")
    timing = timing_words(foreign_key)
    if timing:
        written.append(timing)
    return written
