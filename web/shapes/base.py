"""The base of all shapes: names in Python's spelling here, in JSON's spelling outside."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from typing_extensions import override

from web.json_writing import camel_case


class Shape(Schema):
    """A body or a set of parameters whose names are spelled as JSON spells them."""

    @override
    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Spell a name as JSON does, unless it says itself how it is spelled."""
        if field_obj.data_key is None:
            field_obj.data_key = camel_case(field_name)
