"""Digests of a definition: one of what it means, one of how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from hashlib import sha256
from json.encoder import encode_basestring_ascii as _quoted
from operator import attrgetter
from typing import Any

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


class _Fields:
    """How some fields of a class are written: by name, so that their order stays."""

    __slots__ = ("_defaults", "_keys", "_read")

    def __init__(self, found: Iterable[Field[Any]]) -> None:
        """Take the fields."""
        in_order = sorted(found, key=lambda each: each.name)
        self._keys = [f'"{each.name}":' for each in in_order]
        self._defaults = [each.default for each in in_order]
        # With one more at the end, as of a single name it reads no tuple.
        self._read = attrgetter(*(each.name for each in in_order), "__class__")

    def text(self, value: object) -> str:
        """Write the fields of a value that say something, without braces around them."""
        said = zip(self._keys, self._read(value), self._defaults, strict=False)
        return ",".join(
            [
                key + (_quoted(field) if type(field) is str else _text(field))
                for key, field, nothing in said
                if field is not nothing and field != nothing
            ]
        )


_FIELDS: dict[type, _Fields] = {
    kind: _Fields(fields(kind))
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

_BEFORE_COLUMNS = _Fields([each for each in fields(Table) if each.name < "columns"])
_AFTER_COLUMNS = _Fields([each for each in fields(Table) if each.name > "columns"])


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
    digests = [_text_digest(_text(table)) for table in form.tables]
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
    return _text_digest(f"[{_text(rest)},{_text(tuple(digests))}]")


class _TableDigests:
    """Digests tables as their canonical forms would be, columns without making those forms.

    A thousand tables have many columns, and most of what is said of them is said of others too.
    """

    def __init__(self) -> None:
        self._enums: Mapping[str, str] = {}
        self._types: dict[int, tuple[ColumnType, ColumnType, str]] = {}
        self._plain_ends: dict[tuple[str, bool, int], str] = {}

    def __call__(self, named: NamedTable) -> str:
        """Digest a table."""
        if named.enums is not self._enums:
            self._enums, self._types, self._plain_ends = named.enums, {}, {}
        form = folded_parts(named)
        key_ids = named.key_ids
        id_start = f'"id":{_quoted(named.path)[:-1]}.'
        columns = [
            f"{{{id_start}{self._plain_end(each, each.nullable and each.id not in key_ids)}"
            if each.default is None
            and each.identity is None
            and each.generated is None
            and not each.description
            else self._column(each, id_start, is_key=each.id in key_ids)
            for each in named.sorted_columns
        ]
        texts = [
            _BEFORE_COLUMNS.text(form),
            f'"columns":[{",".join(columns)}]',
            _AFTER_COLUMNS.text(form),
        ]
        return _text_digest(f"{{{','.join([each for each in texts if each])}}}")

    def _plain_end(self, column: Column, is_nullable: bool) -> str:  # noqa: FBT001 a fact like others
        """Write what follows the table's path in a column of which nothing more is said."""
        key = (column.name, is_nullable, id(column.type))
        known = self._plain_ends.get(key)
        if known is None:
            _, type_text = self._type(column.type)
            nullable = "" if is_nullable else '"nullable":false,'
            name = _quoted(column.name)
            known = f'{_id_end(column)},"name":{name},{nullable}"type":{type_text}}}'
            self._plain_ends[key] = known
        return known

    def _column(self, column: Column, id_start: str, *, is_key: bool) -> str:
        folded, type_text = self._type(column.type)
        text = "{"
        if column.default is not None:
            default = canonical_default(column.default, folded)
            if default is not None:
                text += f'"default":{_text(default)},'
        if column.description:
            text += f'"description":{_quoted(column.description)},'
        if column.generated is not None:
            text += f'"generated":{_quoted(column.generated.strip())},'
        text += f"{id_start}{_id_end(column)},"
        if column.identity is not None:
            text += f'"identity":{_quoted(column.identity)},'
        text += f'"name":{_quoted(column.name)},'
        if not column.nullable or column.identity is not None or is_key:
            text += '"nullable":false,'
        return f'{text}"type":{type_text}}}'

    def _type(self, column_type: ColumnType) -> tuple[ColumnType, str]:
        """Return the comparable form of a type, with its text."""
        known = self._types.get(id(column_type))
        if known is None:
            folded = folded_type(column_type, self._enums)
            # The type is kept, so that no other gets its place in memory.
            known = (column_type, folded, _text(folded))
            self._types[id(column_type)] = known
        return known[1:]


def _id_end(column: Column) -> str:
    """Write what follows the table's path and a dot in a column's id."""
    return _quoted(qualified(column.name))[1:]


def _text(value: object) -> str:
    """Write a value of the model as JSON, without the fields that say nothing."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        return f"[{','.join(map(_text, value))}]"
    if value is None or isinstance(value, int):
        return json.dumps(value)
    return f"{{{_FIELDS[type(value)].text(value)}}}"


def _digest(value: object) -> str:
    return _text_digest(json_text(value, sort_keys=True))


def _text_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
