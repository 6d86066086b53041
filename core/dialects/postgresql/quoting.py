"""How PostgreSQL is told names, texts and expressions, so that each stays what it is.

Names and texts are data whatever they contain. Expressions are SQL by nature: `validation` has
proven that each is exactly one expression, and here they are only kept from running on.
"""

from __future__ import annotations

import re

from pglast.keywords import (
    COL_NAME_KEYWORDS,
    RESERVED_KEYWORDS,
    TYPE_FUNC_NAME_KEYWORDS,
    UNRESERVED_KEYWORDS,
)

KEYWORDS: frozenset[str] = frozenset().union(
    COL_NAME_KEYWORDS, RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS, UNRESERVED_KEYWORDS
)
"""Every keyword of PostgreSQL's grammar, whatever its category, so that a word which a later
server reserves is most likely quoted already. Source: PostgreSQL manual, appendix C."""

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def quote(identifier: str) -> str:
    """Write a name so that PostgreSQL reads exactly that name.

    Only plain lower-case names that are no keyword stay without quotation marks.

    Source: PostgreSQL manual, 4.1.1 Identifiers and Key Words.

    Example:
        >>> quote("users"), quote("Users"), quote("order"), quote('a"b')
        ('users', '"Users"', '"order"', '"a""b"')
    """
    if _PLAIN_NAME.fullmatch(identifier) and identifier not in KEYWORDS:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_qualified(namespace: str, name: str) -> str:
    """Write a name together with its namespace, so that no search path decides what it means."""
    return f"{quote(namespace)}.{quote(name)}"


def quote_literal(text: str) -> str:
    r"""Write a text so that PostgreSQL reads exactly that text.

    A text with backslashes is written in the escape form, which means the same whether or not
    `standard_conforming_strings` is on.

    Source: PostgreSQL manual, 4.1.2 Constants.

    Example:
        >>> print(quote_literal("it's"), quote_literal("a\\b"))
        'it''s' E'a\\b'
    """
    doubled = text.replace("'", "''")
    if "\\" not in doubled:
        return f"'{doubled}'"
    escaped = doubled.replace("\\", "\\\\")
    return f"E'{escaped}'"


def fenced(sql: str) -> str:
    """Return SQL that somebody wrote so that whatever follows is not part of its comment.

    A comment to the end of the line would swallow a closing parenthesis; a line break ends it.
    """
    return f"{sql}\n" if "--" in sql else sql


def parenthesised(expression: str) -> str:
    """Write an expression in parentheses, in which every expression may stand anywhere."""
    return f"({fenced(expression)})"
