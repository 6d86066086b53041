"""Digests of a definition: one of what it means, one of how it is shown."""

from __future__ import annotations

from hashlib import sha256

from core.definition.canonical import canonical, qualified
from core.definition.literals import json_text
from core.definition.model import Definition
from core.definition.writing import write_definition


def structure_fingerprint(definition: Definition) -> str:
    """Return the digest of what the definition means; equal for equal canonical forms.

    Ids, order of tables and columns, positions and colours do not count. It is taken of the
    written form, so that an addition to the model changes the digest of nobody who does not use it.
    """
    return canonical_fingerprint(canonical(definition))


def canonical_fingerprint(form: Definition) -> str:
    """Return the same digest of a definition that is in its canonical form already."""
    return _digest(write_definition(form))


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


def _digest(value: object) -> str:
    return sha256(json_text(value, sort_keys=True).encode()).hexdigest()
