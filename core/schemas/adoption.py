"""Giving things in an edited document the ids they had, where the client left them out.

A client that knows only names would otherwise replace everything with every edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NESTED: Mapping[str, Any] = {
    "tables": {"columns": {}, "uniques": {}, "checks": {}, "indexes": {}},
    "foreignKeys": {},
    "enums": {},
}
"""Lists of a document whose members have ids, with the lists inside them."""


def adopt_ids(raw: object, previous: Mapping[str, Any]) -> object:
    """Return the raw document with missing ids filled in from the previous one, by name.

    Whatever has not the expected form is passed on unchanged, for the reader to complain about.
    """
    return _adopt(raw, previous, _NESTED)


def _adopt(raw: object, previous: Mapping[str, Any], nested: Mapping[str, Any]) -> object:
    if not isinstance(raw, dict):
        return raw
    adopted = dict(raw)
    for key, inner in nested.items():
        members = raw.get(key)
        if isinstance(members, list):
            by_name = {
                _identity(member): member
                for member in previous.get(key) or ()
                if member.get("name")
            }
            by_id = {member["id"]: member for member in previous.get(key) or ()}
            adopted[key] = [_member(member, by_name, by_id, inner) for member in members]
    return adopted


def _member(
    raw: object,
    by_name: Mapping[tuple[str, str], Mapping[str, Any]],
    by_id: Mapping[str, Mapping[str, Any]],
    nested: Mapping[str, Any],
) -> object:
    if not isinstance(raw, dict):
        return raw
    given = raw.get("id")
    if given is not None:
        before = by_id.get(given) if isinstance(given, str) else None
        return raw if before is None else _adopt(raw, before, nested)
    before = by_name.get(_identity(raw)) if isinstance(raw.get("name"), str) else None
    return raw if before is None else _adopt({**raw, "id": before["id"]}, before, nested)


def _identity(member: Mapping[str, Any]) -> tuple[str, str]:
    return str(member.get("namespace") or "public"), str(member["name"])
