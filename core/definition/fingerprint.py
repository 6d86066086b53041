"""Digests of a definition: one of what it means, one of how it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from hashlib import sha256
from operator import attrgetter

from core.definition.canonical import Folding, qualified
from core.definition.literals import json_text
from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType

_ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))

_FIELDS: dict[type, tuple[tuple[str, Callable[[object], object], object], ...]] = {
    kind: tuple(
        (each.name, attrgetter(each.name), each.default)
        for each in sorted(fields(kind), key=lambda each: each.name)
    )
    for kind in (
        Definition,
        Table,
        Column,
        ColumnType,
        LiteralDefault,
        ExpressionDefault,
        PrimaryKey,
        Unique,
        Check,
        Index,
        IndexPart,
        ForeignKey,
        Enum,
        Namespace,
    )
}
"""The fields of each class in an order that stays: name, how to read it, default."""


def structure_fingerprint(definition: Definition) -> str:
    """Return the digest of what the definition means; equal for equal canonical forms.

    Ids, order of tables and columns, positions and colours do not count. A field that says
    nothing is left out, so that an addition to the model changes the digest of nobody who does not
    use it.
    """
    return structure_fingerprints((definition,))[0]


def structure_fingerprints(definitions: Iterable[Definition]) -> tuple[str, ...]:
    """Return the digest of each; a table object that several of them hold is read once."""
    folding = Folding()
    forms = [folding.canonical(definition) for definition in definitions]
    digests: dict[int, str] = {}
    return tuple(_fingerprint(form, digests) for form in forms)


def canonical_fingerprint(form: Definition) -> str:
    """Return the same digest of a definition that is in its canonical form already."""
    return _fingerprint(form, {})


def layout_fingerprint(definition: Definition) -> str:
    """Return the digest of how the definition is shown: order, positions and colours."""
    return _digest(
        [
            {
                "table": qualified(table.namespace, table.name),
                "position": table.position and [_spot(table.position.x), _spot(table.position.y)],
                "color": table.color,
                "columns": [column.name for column in table.columns],
            }
            for table in definition.tables
        ]
    )


def _spot(coordinate: float) -> str:
    """Spell a coordinate; adding zero makes -0.0 what every store makes of it."""
    return repr(coordinate + 0.0)


def _fingerprint(form: Definition, digests: dict[int, str]) -> str:
    """Digest the digests of the tables and all the rest.

    Args:
        form: A definition in its canonical form.
        digests: Of table objects that live as long as this is of use; others are added.
    """
    for table in form.tables:
        if id(table) not in digests:
            digests[id(table)] = _text_digest(_ENCODER.encode(_words(table)))
    rest = replace(form, tables=())
    tables = [digests[id(table)] for table in form.tables]
    return _text_digest(_ENCODER.encode([_words(rest), tables]))


def _words(value: object) -> object:
    """Give a value of the model as JSON values, without the fields that say nothing."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [_words(each) for each in value]
    written: dict[str, object] = {}
    for name, read, nothing in _FIELDS[type(value)]:
        said = read(value)
        if said is not nothing and said != nothing:
            written[name] = _words(said)
    return written


def _digest(value: object) -> str:
    return _text_digest(json_text(value, sort_keys=True))


def _text_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
