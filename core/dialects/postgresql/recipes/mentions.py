"""Which names an SQL expression mentions, and whether one is another after renames."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from pglast.parser import ParseError, parse_sql_json

_REMEMBERED = 10_000


@lru_cache(maxsize=_REMEMBERED)
def mentioned(expression: str) -> frozenset[str] | None:
    """Return the names of columns that an expression mentions; None when it may be any.

    Example:
        >>> sorted(mentioned("lower(name) <> 'x' AND t.size > 3"))
        ['name', 'size']
    """
    tree = _tree(expression)
    if tree is None:
        return None
    names = list(_references(tree))
    return None if None in names else frozenset(name for name in names if name is not None)


def mentions_any(expression: str | None, names: AbstractSet[str]) -> bool:
    """Tell whether an expression may mention one of these columns."""
    if expression is None or not names:
        return False
    found = mentioned(expression)
    return found is None or not found.isdisjoint(names)


def follows(before: str, after: str, renamed: Mapping[str, str]) -> bool:
    """Tell whether an expression becomes another by nothing but renamed columns.

    The server writes new names into its expressions by itself, so that nothing needs to be done.
    """
    if not mentions_any(before, renamed.keys()):
        return False
    tree, wanted = _tree(before), _tree(after)
    return tree is not None and _renamed(tree, renamed) == _renamed(wanted, {})


def _tree(expression: str) -> Any:  # noqa: ANN401 - the parser's own tree as JSON
    try:
        # A line break, so that a comment at the end closes nothing.
        return json.loads(parse_sql_json(f"SELECT ({expression}\n)"))
    except ParseError:
        return None


def _references(tree: object) -> Iterator[str | None]:
    """Give the last word of every reference to a column; None for `*`."""
    if isinstance(tree, Mapping):
        for kind, inside in tree.items():
            if kind == "ColumnRef":
                yield _last_word(inside["fields"])
            else:
                yield from _references(inside)
            if kind == "A_Indirection":  # a column out of a whole row
                yield from (_last_word([each]) for each in inside.get("indirection", ()))
    elif isinstance(tree, list):
        for inside in tree:
            yield from _references(inside)


def _last_word(fields: Sequence[Any]) -> str | None:
    """Return the last name; None for `*`, and for what is no name, where it may be any."""
    word = fields[-1].get("String")
    return None if word is None else str(word.get("sval", ""))


def _renamed(tree: object, names: Mapping[str, str]) -> object:
    """Return the tree with other names of columns, and without the places of words."""
    if isinstance(tree, list):
        return [_renamed(each, names) for each in tree]
    if not isinstance(tree, Mapping):
        return tree
    found: dict[str, object] = {}
    for kind, inside in tree.items():
        if kind in ("location", "stmt_len", "stmt_location"):
            continue
        if kind == "ColumnRef":
            name = _last_word(inside["fields"])
            new = None if name is None else names.get(name, name)
            found[kind] = [_renamed(inside["fields"][:-1], names), new]
        else:
            found[kind] = _renamed(inside, names)
    return found
