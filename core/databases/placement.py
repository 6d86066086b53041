"""Choosing the server for a new database: by labels, and by free capacity. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.databases.registration import Registration
from core.databases.server_errors import NoCapacityError
from core.definition.fields import Fields, kind_of
from core.definition.problems import Problems

PLACEMENT = "placement"
"""Key of a new schema's document that says where its database may stand."""

LABELS = "labels"
MOST_LABELS = 16
LONGEST_LABEL = 63

_LABEL_KEY = re.compile(r"^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?\Z")
_LABEL_VALUE = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?\Z")


class Unfit(StrEnum):
    """Why a server does not take a database; the first that holds counts."""

    OTHER_LABELS = "without the labels asked for"
    """It has not the labels."""
    DRAINED = "drained"
    """Somebody decided that it takes no new ones."""
    UNKNOWN_ADDRESS = "without a known address"
    """Its address was in SERVERS and is not any more."""
    UNABLE = "with an account that may not create databases"
    """Its account lacks the rights."""
    FULL = "full"
    """Nothing is left of its capacity."""
    AWAY = "not answering"
    """It does not answer."""


def choose(
    registrations: Iterable[Registration],
    *,
    labels: Mapping[str, str],
    reachable: Collection[str],
    shunned: Collection[str] = (),
) -> Registration:
    """Return the server for a new database: the one with most free capacity of those that fit.

    Of several with as much, the one with fewest databases is taken, then the one recorded first.
    Where none fits but for not answering, the best of those is taken: it may be back by now.

    Args:
        registrations: All servers, with what stands on them by now.
        labels: What the schema asks for.
        reachable: Ids of servers whose address is known here.
        shunned: Ids of servers that did not answer just now.

    Raises:
        NoCapacityError: none fits; it counts why.
    """
    fit: list[Registration] = []
    away: list[Registration] = []
    reasons: Counter[Unfit] = Counter()
    for each in registrations:
        reason = _unfit(each, labels=labels, reachable=reachable, shunned=shunned)
        if reason is None:
            fit.append(each)
        else:
            reasons[reason] += 1
            if reason is Unfit.AWAY and each.id not in shunned:
                away.append(each)
    if not fit and not away:
        raise NoCapacityError(
            reasons={reason.value: reasons[reason] for reason in Unfit if reasons[reason]},
            may_pass=reasons[Unfit.AWAY] > 0,
        )
    return min(fit or away, key=_order)


def free_share(registration: Registration) -> float:
    """Return how much of a server's capacity is free, 0 to 1: the least of what is limited.

    A server without limits is free as a whole, whatever stands on it.
    """
    capacity, health = registration.capacity, registration.health
    pairs = (
        (capacity.databases, registration.databases),
        (capacity.size_bytes, health.size_bytes or 0),
        (capacity.connections, health.connections or 0),
    )
    shares = [max(most - used, 0) / most for most, used in pairs if most is not None]
    if health.free_connections is not None and health.free_connections <= 0:
        shares.append(0.0)
    return min(shares, default=1.0)


def read_labels(fields: Fields, key: str, problems: Problems) -> Mapping[str, str]:
    """Read an object of labels; empty when absent, with a problem for each that is none."""
    value = fields.json_literal(key)
    if value is None:
        return {}
    path = fields.at(key)
    if not isinstance(value, dict):
        problems.add(path, "WRONG_TYPE", f"Expected an object, found {kind_of(value)}.")
        return {}
    if len(value) > MOST_LABELS:
        problems.add(path, "TOO_MANY", f"At most {MOST_LABELS} labels are allowed.")
        return {}
    labels: dict[str, str] = {}
    for name, text in value.items():
        reason = label_problem(name, text)
        if reason is None:
            labels[name] = text
        else:
            problems.add(path, "LABEL_INVALID", reason)
    return labels


def label_problem(name: object, text: object) -> str | None:
    """Return what is wrong with a label; None when nothing is."""
    if not isinstance(name, str) or not _LABEL_KEY.match(name):
        return (
            f"The name of a label has 1 to {LONGEST_LABEL} small letters, digits and . _ / -,"
            " and begins and ends with a letter or a digit."
        )
    if not isinstance(text, str) or not _LABEL_VALUE.match(text):
        return (
            f"The value of the label {name} must have 1 to {LONGEST_LABEL} letters, digits and"
            " . _ / -, and begin and end with a letter or a digit."
        )
    return None


def split_placement(raw: object) -> tuple[object, Mapping[str, str]]:
    """Take the placement out of what was sent as a new schema.

    Returns:
        The document alone, and the labels that are asked for.

    Raises:
        InvalidDocumentError: the placement has not the form of one.
    """
    if not isinstance(raw, dict) or PLACEMENT not in raw:
        return raw, {}
    problems = Problems()
    document: dict[str, Any] = {key: part for key, part in raw.items() if key != PLACEMENT}
    labels: Mapping[str, str] = {}
    if raw[PLACEMENT] is not None:
        fields = Fields(raw[PLACEMENT], path=PLACEMENT, keys={LABELS}, problems=problems)
        labels = read_labels(fields, LABELS, problems)
    problems.raise_if_any()
    return document, labels


def _order(each: Registration) -> tuple[float, int, datetime, str]:
    return -free_share(each), each.databases, each.recorded_at, each.id


def _unfit(
    each: Registration,
    *,
    labels: Mapping[str, str],
    reachable: Collection[str],
    shunned: Collection[str],
) -> Unfit | None:
    """Return why a server does not take a database; None when it does."""
    findings = {
        Unfit.OTHER_LABELS: not labels.items() <= each.labels.items(),
        Unfit.DRAINED: each.drained_at is not None,
        Unfit.UNKNOWN_ADDRESS: each.id not in reachable,
        Unfit.UNABLE: each.health.may_provision is False,
        Unfit.FULL: free_share(each) <= 0,
        Unfit.AWAY: each.health.is_away or each.id in shunned,
    }
    return next((reason for reason in Unfit if findings[reason]), None)
