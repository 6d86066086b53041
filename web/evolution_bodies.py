"""Reading the bodies of requests about versions, differences, drift and migrations, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.changes import ObjectKind
from core.definition import limits
from core.definition.fields import Fields
from core.definition.problems import Problems
from core.schemas.comparing import Reference, Rename
from web.bodies import body_bytes, read_body

MOST_RENAMES = 10_000
"""Renames that one request can confirm."""

MOST_LOSSES = 10_000
"""Names of what may be lost in one request."""

LONGEST_NAME = 4_000
"""Characters of a qualified name."""

LONGEST_NOTE = 500
"""Characters of what is said of a migration or a version."""

_RENAMED_KINDS = {kind.value: kind for kind in ObjectKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffBody:
    """What a request to compare says."""

    before: Reference
    """The state to compare from."""
    after: Reference
    """The state to compare to."""
    renames: tuple[Rename, ...]
    """Renames that are confirmed."""
    renamed_values: Mapping[str, Mapping[str, str]]
    """Labels that were renamed, by enum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionBody:
    """What a request to adopt a live state says."""

    renames: tuple[Rename, ...]
    """Renames that are confirmed."""
    message: str
    """Why, in the words of who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationBody:
    """What a request for a plan says."""

    to_version: int | None
    """The version that the database is to follow; None for the newest, or for the document."""
    document: object | None
    """The document that the database is to follow."""
    renamed_values: Mapping[str, Mapping[str, str]]
    """Labels that were renamed, by enum."""
    allow_loss: tuple[str, ...]
    """What may lose values, by name; `*` for everything."""
    note: str
    """What its author says of it."""


def read_optional_body() -> object:
    """Return the JSON value of the request's body, an empty object when there is no body."""
    return read_body() if body_bytes().strip() else {}


def read_diff_body(raw: object) -> DiffBody:
    """Read a request to compare two states.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(
        raw, path="", keys={"from", "to", "renames", "renamedValues"}, problems=problems
    )
    given = raw if isinstance(raw, dict) else {}
    body = DiffBody(
        before=_reference(fields, given, "from"),
        after=_reference(fields, given, "to"),
        renames=_renames(fields),
        renamed_values=_renamed_values(fields, given),
    )
    problems.raise_if_any()
    return body


def read_adoption_body(raw: object) -> AdoptionBody:
    """Read a request to adopt a live state.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"renames", "message"}, problems=problems)
    body = AdoptionBody(
        renames=_renames(fields), message=fields.text("message", limit=LONGEST_NOTE) or ""
    )
    problems.raise_if_any()
    return body


def read_migration_body(raw: object) -> MigrationBody:
    """Read a request for a plan.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    keys = {"toVersion", "document", "renamedValues", "allowLoss", "note"}
    fields = Fields(raw, path="", keys=keys, problems=problems)
    given = raw if isinstance(raw, dict) else {}
    number = fields.whole("toVersion")
    if number is not None and number < 1:
        fields.refuse("toVersion", "OUT_OF_RANGE", "Versions are numbered from 1.")
    if fields.has("toVersion") and fields.has("document"):
        fields.refuse("document", "CONFLICTING_FIELDS", "Give either toVersion or document.")
    body = MigrationBody(
        to_version=number,
        document=given.get("document"),
        renamed_values=_renamed_values(fields, given),
        allow_loss=fields.texts("allowLoss", limit=MOST_LOSSES, text_limit=LONGEST_NAME) or (),
        note=fields.text("note", limit=LONGEST_NOTE) or "",
    )
    problems.raise_if_any()
    return body


def read_policy_body(raw: object) -> Mapping[str, object]:
    """Read a lint policy: an object of words.

    Raises:
        InvalidDocumentError: it is none.
    """
    problems = Problems()
    keys = set(raw) if isinstance(raw, dict) else set()
    fields = Fields(raw, path="", keys=keys, problems=problems)
    policy = {key: fields.required_text(key, limit=limits.NAME) for key in sorted(keys)}
    problems.raise_if_any()
    return policy


def _reference(fields: Fields, given: Mapping[str, Any], key: str) -> Reference:
    value = given.get(key)
    if isinstance(value, dict):
        return Reference(document=value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        # A label such as 1.0 is a number to JSON, and keeps its digits here.
        return Reference(text=str(value))
    return Reference(text=fields.required_text(key, limit=limits.NAME))


def _renames(fields: Fields) -> tuple[Rename, ...]:
    return tuple(
        Rename(
            kind=str(each.choice("kind", _RENAMED_KINDS, code="UNKNOWN_VALUE") or ""),
            before=each.required_text("before", limit=LONGEST_NAME),
            after=each.required_text("after", limit=LONGEST_NAME),
        )
        for each in fields.objects("renames", keys={"kind", "before", "after"}, limit=MOST_RENAMES)
    )


def _renamed_values(fields: Fields, given: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    enums = given.get("renamedValues")
    names = set(enums) if isinstance(enums, dict) else set()
    outer = fields.nested("renamedValues", keys=names)
    if outer is None or not isinstance(enums, dict):
        return {}
    found: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        labels = enums[name]
        inner = outer.nested(name, keys=set(labels) if isinstance(labels, dict) else set())
        if inner is not None and isinstance(labels, dict):
            found[name] = {
                old: inner.required_text(old, limit=limits.NAME) for old in sorted(labels)
            }
    return found
