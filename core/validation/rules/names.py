"""Rules about single names: what PostgreSQL cannot hold, or holds to everybody's regret."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from pglast.keywords import RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

from core.definition.names import NAME_BYTES
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.known_types import PSEUDO_TYPES, SERIALS, TYPES
from core.validation.named_things import NamedThing
from core.validation.rule import Remark, rule

SYSTEM_COLUMNS = frozenset(["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"])
"""Columns that every table has by itself. Source: PostgreSQL manual, section 5.6."""

_SYSTEM_NAMESPACES = frozenset({"information_schema"})
_RESERVED = RESERVED_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS
_BUILT_IN_TYPES = TYPES | PSEUDO_TYPES | SERIALS.keys()
_CONTROL = frozenset({"Cc", "Cs"})
_INVISIBLE = frozenset({"Cf", "Zl", "Zp"})


def _remark(thing: NamedThing, message: str, hint: str = "") -> Remark:
    return Remark(
        path=thing.path,
        message=message,
        hint=hint,
        table_id=thing.table_id,
        column_id=thing.column_id,
    )


@rule(code="NAME_EMPTY", level=Level.ERROR, catalogue="T001")
def name_empty(design: Design) -> Iterator[Remark]:
    """Everything that takes a name needs one that is more than blanks.

    Constraints and indexes may leave theirs out; then one is made after PostgreSQL's fashion.
    """
    for thing in design.names:
        if not thing.name.strip():
            yield _remark(thing, f"The {thing.kind} has no name.", "Give it one.")


@rule(code="NAME_TOO_LONG", level=Level.ERROR, catalogue="T011")
def name_too_long(design: Design) -> Iterator[Remark]:
    """A name has at most 63 bytes in UTF-8.

    PostgreSQL would cut a longer one and go on, so that two could become one. A letter outside
    ASCII has two to four bytes.
    Source: PostgreSQL manual, section 4.1.1.
    """
    limit = NAME_BYTES // 4
    for thing in design.names:
        if len(thing.name) > limit:
            size = len(thing.name.encode(errors="replace"))
            if size > NAME_BYTES:
                yield _remark(
                    thing,
                    f"The name of the {thing.kind} has {size} bytes; at most {NAME_BYTES} fit.",
                    "Shorten it.",
                )


@rule(code="NAME_ILLEGAL", level=Level.ERROR, catalogue="T011")
def name_illegal(design: Design) -> Iterator[Remark]:
    """A name holds no control characters and no half surrogate pairs.

    The character U+0000 and lone surrogates cannot be stored at all; line breaks and other
    control characters could, and would make logs and scripts lie.
    """
    for thing in design.names:
        found = _first(thing.name, _CONTROL)
        if found is not None:
            yield _remark(
                thing, f"The name of the {thing.kind} holds the character U+{ord(found):04X}."
            )


@rule(code="NAME_INVISIBLE", level=Level.MEDIUM, catalogue="T011")
def name_invisible(design: Design) -> Iterator[Remark]:
    """A name should show all it holds: no outer blanks, no invisible characters.

    Two names that look alike are told apart by the server and by nobody else.
    """
    for thing in design.names:
        name = thing.name
        if name.strip() and name != name.strip():
            yield _remark(
                thing, f"The name of the {thing.kind} begins or ends with a blank.", "Take it away."
            )
        elif not name.isascii() and (found := _first(name, _INVISIBLE)) is not None:
            yield _remark(
                thing,
                f"The name of the {thing.kind} holds the invisible character U+{ord(found):04X}.",
                "Take it away.",
            )


@rule(code="NAME_DANGEROUS", level=Level.ERROR, catalogue="X002")
def name_dangerous(design: Design) -> Iterator[Remark]:
    """A name keeps away from those that PostgreSQL uses itself.

    Namespaces, tables and types that begin with `pg_` and the namespace `information_schema`
    belong to the system; a column cannot be called like one that every table has (ctid, xmin, …).
    Source: PostgreSQL manual, sections 5.6 and 5.10.4.
    """
    for thing in design.names:
        reason = _danger(thing)
        if reason:
            yield _remark(thing, f'"{thing.name}" {reason}', "Choose another name.")


def _danger(thing: NamedThing) -> str:
    name = thing.name
    match thing.kind:
        case "column" if name in SYSTEM_COLUMNS:
            return "is a column that every table has by itself."
        case "namespace" if name.startswith("pg_") or name in _SYSTEM_NAMESPACES:
            return "is a namespace of the system."
        case "table" | "enum" if name.startswith("pg_"):
            return "begins with pg_, like the tables and types of the system."
        case _:
            return ""


@rule(code="NAME_LIKE_TYPE", level=Level.MEDIUM, catalogue="X002")
def name_like_type(design: Design) -> Iterator[Remark]:
    """An enum called like a built-in type is taken for it where nobody writes its namespace.

    What is made here writes the namespace; whoever writes SQL by hand must do the same each time.
    """
    for thing in design.names:
        if thing.kind == "enum" and thing.name in _BUILT_IN_TYPES:
            yield _remark(
                thing,
                f'"{thing.name}" is a type that PostgreSQL brings along.',
                "Choose another name.",
            )


@rule(code="NAME_RESERVED", level=Level.LOW, catalogue="T011")
def name_reserved(design: Design) -> Iterator[Remark]:
    """A name that is a reserved word works, but only in quotes.

    What is made here quotes it; whoever writes SQL by hand must do the same each time.
    Source: PostgreSQL manual, appendix C.
    """
    for thing in design.names:
        if thing.name in _RESERVED and thing.kind in {"namespace", "enum", "table", "column"}:
            yield _remark(
                thing,
                f'"{thing.name}" is a reserved word and must be quoted wherever it is used.',
                "Choose another name if SQL is written by hand.",
            )


@rule(code="TABLE_NAMING_STYLE", level=Level.LOW, catalogue="T009")
def table_naming_style(design: Design) -> Iterator[Remark]:
    """A table should be named in the style of most other tables."""
    tables = [thing for thing in design.names if thing.kind == "table"]
    yield from _strangers(tables)


@rule(code="COLUMN_NAMING_STYLE", level=Level.LOW, catalogue="C008")
def column_naming_style(design: Design) -> Iterator[Remark]:
    """A column should be named in the style of most other columns."""
    columns = [thing for thing in design.names if thing.kind == "column"]
    yield from _strangers(columns)


_MIN_NAMES = 3
_CLEAR_MAJORITY = 0.6


def _strangers(things: list[NamedThing]) -> Iterator[Remark]:
    styles = [(thing, _styles(thing.name)) for thing in things]
    counted = Counter(style for _, fitting in styles for style in fitting)
    if len(things) < _MIN_NAMES or not counted:
        return
    usual, count = max(counted.items(), key=lambda item: (item[1], item[0]))
    if count < len(things) * _CLEAR_MAJORITY:
        return
    for thing, fitting in styles:
        if usual not in fitting and thing.name.strip():
            yield _remark(
                thing,
                f'"{thing.name}" is not written in {usual}, as most names of {thing.kind}s here.',
                "Rename it if nothing depends on it.",
            )


def _styles(name: str) -> tuple[str, ...]:
    """Return the styles that a name can be read as."""
    letters = name.replace("_", "")
    if not letters.isalnum() or not letters[0].isalpha():
        return ()
    if name == name.lower():
        return ("snake_case",) if "_" in name else ("snake_case", "camelCase")
    if "_" in name:
        return ("UPPER_CASE",) if name == name.upper() else ()
    if name[0].islower():
        return ("camelCase",)
    return ("UPPER_CASE",) if name == name.upper() else ("PascalCase",)


def _first(name: str, categories: Iterable[str]) -> str | None:
    if name.isascii() and name.isprintable():
        return None
    return next((item for item in name if unicodedata.category(item) in categories), None)


RULES = (
    name_empty,
    name_too_long,
    name_illegal,
    name_invisible,
    name_dangerous,
    name_like_type,
    name_reserved,
    table_naming_style,
    column_naming_style,
)
"""The rules of this module."""
