"""Pages of lists: `page` from 1, `limit` up to 100."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from flask import request
from marshmallow import validate
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from web.querying import WholeNumber
from web.shapes.base import Shape

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
LARGEST_PAGE = 1_000_000
"""Beyond any list; keeps arithmetic on pages within the database's integers."""


class PageQuery(Shape):
    """The parameters of every list."""

    page = WholeNumber(
        load_default=1,
        validate=validate.Range(min=1, max=LARGEST_PAGE),
        metadata={"description": "Which page, from 1."},
    )
    limit = WholeNumber(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(min=1, max=LARGEST_LIMIT),
        metadata={"description": "Items per page."},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which page is asked for."""

    page: int
    """From 1."""
    limit: int
    """Items per page."""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Self:
        """Take the page from loaded parameters."""
        return cls(page=query["page"], limit=query["limit"])

    def pages_of(self, total: int) -> int:
        """Return how many pages so many items fill."""
        return -(-total // self.limit)

    def links(self, total: int) -> str:
        """Return a `Link` header to the first, previous, next and last page."""
        last = self.pages_of(total)
        pages = {
            "first": 1,
            "prev": self.page - 1,
            "next": self.page + 1,
            "last": last,
        }
        return ", ".join(
            f'<{_address_of(page)}>; rel="{relation}"'
            for relation, page in pages.items()
            if 1 <= page <= last
        )


def _address_of(page: int) -> str:
    """Return the present address with another page."""
    parameters: MultiDict[str, str] = MultiDict(request.args)
    parameters["page"] = str(page)
    return f"{iri_to_uri(request.path)}?{urlencode(list(parameters.items(multi=True)))}"
