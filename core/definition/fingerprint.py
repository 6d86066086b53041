"""Digests of a definition: one of what it means, one of how it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from hashlib import sha256
from json.encoder import encode_basestring_ascii as _quoted
from operator import attrgetter

from core.definition.canonical import (
    Folding,
    NamedTable,
    canonical_default,
    folded_parts,
    folded_type,
    qualified,
)
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

_Field = tuple[str, Callable[[object], object], object]

_FIELDS: dict[type, tuple[_Field, ...]] = {
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

_FIELDS_BEFORE_COLUMNS = tuple(each for each in _FIELDS[Table] if each[0] < "columns")
_FIELDS_AFTER_COLUMNS = tuple(each for each in _FIELDS[Table] if each[0] > "columns")


def structure_fingerprint(definition: Definition) -> str:
    """Return the digest of what the definition means; equal for equal canonical forms.

    Ids, order of tables and columns, positions and colours do not count. A field that says
    nothing is left out, so that an addition to the model changes the digest of nobody who does not
    use it.
    """
    return structure_fingerprints((definition,))[0]


def structure_fingerprints(definitions: Iterable[Definition]) -> tuple[str, ...]:
    """Return the digest of each; a table object that several of them hold is read once."""
    folding = Folding(_TableDigests())
    return tuple(_joined(*folding.fold(definition)) for definition in definitions)


def canonical_fingerprint(form: Definition) -> str:
    """Return the same digest of a definition that is in its canonical form already."""
    digests = [_text_digest(_ENCODER.encode(_words(table))) for table in form.tables]
    return _joined(replace(form, tables=()), digests)


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


def _joined(rest: Definition, digests: list[str]) -> str:
    """Digest the digests of the tables and all the rest."""
    return _text_digest(_ENCODER.encode([_words(rest), digests]))


class _TableDigests:
    """Digests tables as their canonical forms would be, columns without making those forms.

    A thousand tables have many columns, and most of what is said of them is said of others too.
    """

    def __init__(self) -> None:
        self._enums: Mapping[str, str] = {}
        self._types: dict[int, tuple[ColumnType, ColumnType, str]] = {}

    def __call__(self, named: NamedTable) -> str:
        """Digest a table."""
        if named.enums is not self._enums:
            self._enums, self._types = named.enums, {}
        form = folded_parts(named)
        key_ids = named.key_ids
        texts = [
            self._plain_column(each, named, key_ids)
            if each.default is None
            and each.identity is None
            and each.generated is None
            and not each.description
            else self._column(each, named, key_ids)
            for each in named.sorted_columns
        ]
        fields = [
            _fields_text(form, _FIELDS_BEFORE_COLUMNS),
            f'"columns":[{",".join(texts)}]',
            _fields_text(form, _FIELDS_AFTER_COLUMNS),
        ]
        return _text_digest(f"{{{','.join([each for each in fields if each])}}}")

    def _plain_column(self, column: Column, named: NamedTable, key_ids: tuple[str, ...]) -> str:
        """Write a column of which nothing more is said, as most are."""
        _, text = self._type(column.type, named)
        nullable = "" if column.nullable and column.id not in key_ids else '"nullable":false,'
        column_id = _quoted(named.columns[column.id])
        return f'{{"id":{column_id},"name":{_quoted(column.name)},{nullable}"type":{text}}}'

    def _column(self, column: Column, named: NamedTable, key_ids: tuple[str, ...]) -> str:
        folded, type_text = self._type(column.type, named)
        text = "{"
        if column.default is not None:
            default = canonical_default(column.default, folded)
            if default is not None:
                text += f'"default":{_ENCODER.encode(_words(default))},'
        if column.description:
            text += f'"description":{_quoted(column.description)},'
        if column.generated is not None:
            text += f'"generated":{_quoted(column.generated.strip())},'
        text += f'"id":{_quoted(named.columns[column.id])},'
        if column.identity is not None:
            text += f'"identity":{_quoted(column.identity)},'
        text += f'"name":{_quoted(column.name)},'
        if not column.nullable or column.identity is not None or column.id in key_ids:
            text += '"nullable":false,'
        return f'{text}"type":{type_text}}}'

    def _type(self, column_type: ColumnType, named: NamedTable) -> tuple[ColumnType, str]:
        """Return the comparable form of a type, with its text."""
        known = self._types.get(id(column_type))
        if known is None:
            folded = folded_type(column_type, named.enums)
            # The type is kept, so that no other gets its place in memory.
            known = (column_type, folded, _ENCODER.encode(_words(folded)))
            self._types[id(column_type)] = known
        return known[1:]


def _words(value: object) -> object:
    """Give a value of the model as JSON values, without the fields that say nothing."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [_words(each) for each in value]
    return _said(value, _FIELDS[type(value)])


def _said(value: object, fields: Sequence[_Field]) -> dict[str, object]:
    written: dict[str, object] = {}
    for name, read, nothing in fields:
        said = read(value)
        if said is not nothing and said != nothing:
            written[name] = _words(said)
    return written


def _fields_text(value: object, fields: Sequence[_Field]) -> str:
    """Write fields of a value as they stand in an object, without its braces."""
    said = _said(value, fields)
    return _ENCODER.encode(said)[1:-1] if said else ""


def _digest(value: object) -> str:
    return _text_digest(json_text(value, sort_keys=True))


def _text_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
