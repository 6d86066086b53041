"""Routes with everything that OpenAPI says of them, declared in one place per view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from web.permissions import Allowance, permission_of
from web.querying import QueryParser

ViewT = TypeVar("ViewT", bound=Callable[..., Response])
Shape = type[Schema] | Mapping[str, Any]
"""What a body looks like: a marshmallow class, or JSON Schema."""

ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
"""Errors that any route can answer with."""

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
"""Errors of every route that asks whose a request is."""

COUNTS = ("RateLimit-Policy", "RateLimit")
"""Headers of the answers of every route that counts its requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way in which a route answers when all is well."""

    status: int
    """The status."""
    shape: Shape | None
    """The body; None for none."""
    description: str
    """When this comes, in a sentence."""
    headers: tuple[str, ...] = ()
    """Headers beside those that every answer has, by name."""
    content_type: str | None = None
    """Type of the body, JSON unless said otherwise."""


class Noun:
    """The routes around one noun: a blueprint and its part of the OpenAPI document."""

    def __init__(self, name: str, description: str) -> None:
        self.blueprint = _DocumentedBlueprint(
            name, f"web.resources.{name}", description=description
        )

    def route(
        self,
        method: str,
        rule: str,
        *,
        answers: Sequence[Answer],
        errors: Sequence[int] = (),
        query: type[Schema] | None = None,
        request_headers: Sequence[str] = (),
        body: Mapping[str, Any] | None = None,
        is_body_required: bool = True,
        is_stored: bool = True,
    ) -> Callable[[ViewT], ViewT]:
        """Register a view.

        Args:
            method: The HTTP method.
            rule: The path, below the API's own.
            answers: How it answers when all is well.
            errors: Statuses of its errors beside those of every route.
            query: Its parameters; the view gets them loaded, as its first argument.
            request_headers: Names of headers that it heeds.
            body: JSON Schema of the request's body, if it takes one.
            is_body_required: Whether the body may not be left out.
            is_stored: Whether it needs the store, and so can fail with it.
        """
        always = (*ALWAYS, HTTPStatus.SERVICE_UNAVAILABLE) if is_stored else ALWAYS
        blueprint = self.blueprint

        def register(view: ViewT) -> ViewT:
            documented: Any = view
            operation = operation_id(view.__name__)
            permission = permission_of(operation)
            is_counted = permission.allowance is not Allowance.UNLIMITED
            counted = COUNTS if is_counted else ()
            # Each decorator wraps the view once more only to note something on the wrapper, so the
            # notes are taken over and the view itself is registered.
            for answer in answers:
                documented = blueprint.alt_response(
                    answer.status,
                    schema=answer.shape,
                    description=answer.description,
                    content_type=answer.content_type,
                    headers=_references((*answer.headers, *counted, "X-Request-ID")),
                    success=True,
                )(documented)
            refusals: tuple[int, ...] = () if permission.is_public else REFUSALS
            if is_counted:
                refusals = (*refusals, HTTPStatus.TOO_MANY_REQUESTS)
            if body is not None:
                refusals = (*refusals, HTTPStatus.REQUEST_TIMEOUT)
            manual: dict[str, Any] = {
                "operationId": operation,
                "x-required-scopes": [scope.value for scope in permission.scopes],
                "x-audited": permission.is_audited,
                "x-counted-as": permission.allowance.value,
                **({"security": []} if permission.is_public else {}),
            }
            for status in sorted({*always, *refusals, *errors}):
                documented = blueprint.alt_response(status, response=HTTPStatus(status).name)(
                    documented
                )
            if body is not None:
                manual["requestBody"] = {
                    "required": is_body_required,
                    "content": {"application/json": {"schema": body}},
                }
            documented = blueprint.doc(**manual)(documented)
            notes = {**documented._apidoc, "request_headers": tuple(request_headers)}  # noqa: SLF001 - where flask-smorest keeps what decorators say
            registered: Any = view
            registered._apidoc = notes  # noqa: SLF001 - the same
            if query is not None:
                registered = blueprint.arguments(query, location="query")(view)
            blueprint.add_url_rule(rule, view.__name__, registered, methods=[method])
            return view

        return register


class _DocumentedBlueprint(Blueprint):  # type: ignore[misc] # flask-smorest ships no types
    """A blueprint that documents request headers too."""

    ARGUMENTS_PARSER = QueryParser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(name, import_name, description=description)
        self._prepare_doc_cbks.append(self._prepare_headers_doc)

    @staticmethod
    def _prepare_headers_doc(
        doc: dict[str, Any], doc_info: Mapping[str, Any], **_: object
    ) -> dict[str, Any]:
        names = doc_info.get("request_headers", ())
        if names:
            doc.setdefault("parameters", []).extend(names)
        return doc


def _references(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def operation_id(name: str) -> str:
    """Return the `operationId` of a view's name."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
