"""Reading query parameters: strictly, every problem at once, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request
from marshmallow import Schema, fields, validate
from typing_extensions import override
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from web.errors import FieldProblem, InvalidParametersError
from web.shapes.base import Shape

_MAX_DIGITS = 18


class WholeNumber(fields.Integer):
    """A whole number in ASCII digits; `int()` alone takes more than anybody means to send."""

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        text = str(value).removeprefix("-")
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise self.make_error("invalid", input=value)
        number = super()._deserialize(value, attr, data, **kwargs)
        if number is None:
            raise self.make_error("invalid", input=value)
        return int(number)


class Flag(fields.Boolean):
    """`true` or `false`, and nothing else."""

    def __init__(self, *, description: str) -> None:
        super().__init__(
            truthy={"true"},
            falsy={"false"},
            load_default=False,
            metadata={"description": description},
        )


class PlainText(fields.String):
    """Text of some length without the character that PostgreSQL cannot hold."""

    def __init__(self, *, longest: int, description: str, is_required: bool = False) -> None:
        super().__init__(
            required=is_required,
            validate=[
                validate.Length(max=longest),
                validate.Regexp(r"^[^\x00]*\Z", error="Text cannot hold the character U+0000."),
            ],
            metadata={"description": description, "pattern": "^[^\\u0000]*$"},
        )


class NoQuery(Shape):
    """No parameters."""


class QueryParser(FlaskParser):
    """Loads parameters for flask-smorest; unknown and repeated ones are refused."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"query": marshmallow.RAISE}  # noqa: RUF012 - as the base has it

    @override
    def load_querystring(self, req: Request, schema: Schema) -> MultiDictProxy:
        """Return the parameters, each of which may come once."""
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise InvalidParametersError(
                problems=[
                    FieldProblem(
                        field=name, code="REPEATED_PARAMETER", message="It may be given only once."
                    )
                    for name in repeated
                ]
            )
        return MultiDictProxy(req.args, schema)

    @override
    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Raise our own error, with every parameter that cannot be used."""
        messages = error.normalized_messages()  # type: ignore[no-untyped-call] # marshmallow's own gap
        known = {field.data_key for field in schema.fields.values()}
        by_field = messages.get("query", messages)
        raise InvalidParametersError(
            problems=[
                FieldProblem(
                    field=str(name),
                    code="INVALID_PARAMETER" if name in known else "UNKNOWN_PARAMETER",
                    message=" ".join(map(str, found)) if isinstance(found, list) else str(found),
                )
                for name, found in by_field.items()
            ]
        ) from error
