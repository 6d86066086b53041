"""Which server a new database goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.databases.placement import choose, free_share, split_placement
from core.databases.registration import Capacity, Health, Registration
from core.databases.server_errors import NoCapacityError
from core.definition.problems import InvalidDocumentError
from tests.fakes.clock import START

ANSWERS = Health(is_reachable=True, may_provision=True)


def server(
    name: str,
    *,
    databases: int = 0,
    labels: Mapping[str, str] | None = None,
    health: Health = ANSWERS,
    is_drained: bool = False,
) -> Registration:
    """Return a server that takes databases, unless something else is said."""
    return Registration(
        id=name,
        system_identifier=name,
        name=name,
        host="127.0.0.1",
        port=5432,
        version="18.6",
        recorded_at=START,
        last_seen_at=START,
        labels=labels or {},
        health=health,
        drained_at=START if is_drained else None,
        databases=databases,
    )


def chosen(
    *servers: Registration,
    labels: Mapping[str, str] | None = None,
    shunned: frozenset[str] = frozenset(),
) -> str:
    """Return the name of the server that is chosen."""
    found = choose(
        servers, labels=labels or {}, reachable={each.id for each in servers}, shunned=shunned
    )
    return found.name


def test_the_server_with_the_largest_free_share_is_chosen() -> None:
    """Not the one with most places: nine of ten free are more than twenty of a hundred."""
    large = replace(server("large", databases=80), capacity=Capacity(databases=100))
    small = replace(server("small", databases=1), capacity=Capacity(databases=10))
    assert chosen(large, small) == "small"


def test_the_scarcest_of_what_is_limited_counts() -> None:
    """A server with places and without bytes is full."""
    health = replace(ANSWERS, size_bytes=90, connections=10)
    capacity = Capacity(databases=10, size_bytes=100, connections=100)
    measured = replace(server("a", databases=1, health=health), capacity=capacity)
    assert free_share(measured) == pytest.approx(0.1)
    assert free_share(server("b", databases=500)) == 1.0
    assert free_share(server("c", health=replace(ANSWERS, free_connections=0))) == 0.0


def test_of_equals_the_one_with_fewest_databases_and_then_the_oldest_is_chosen() -> None:
    """The same servers always lead to the same choice, in whatever order they come."""
    assert chosen(server("a", databases=2), server("b", databases=1)) == "b"
    older = replace(server("z"), recorded_at=START - timedelta(days=1))
    assert chosen(server("a"), older) == chosen(older, server("a")) == "z"
    assert chosen(server("b"), server("a")) == "a"


def test_all_labels_asked_for_must_be_there() -> None:
    """A server may have more."""
    rich = server("rich", databases=9, labels={"region": "eu", "disk": "ssd"})
    poor = server("poor", labels={"region": "eu"})
    assert chosen(rich, poor, labels={"region": "eu", "disk": "ssd"}) == "rich"
    assert chosen(rich, poor, labels={"region": "eu"}) == "poor"
    assert chosen(rich, poor) == "poor"


def test_a_server_that_cannot_take_one_is_counted_with_its_reason() -> None:
    """Tenants learn how many and why, and not which."""
    unable = replace(ANSWERS, may_provision=False)
    full = replace(server("full", databases=1), capacity=Capacity(databases=1))
    servers = (
        server("labels", labels={"a": "b"}),
        server("drained", labels={"a": "c"}, is_drained=True),
        server("unable", labels={"a": "c"}, health=unable),
        replace(full, labels={"a": "c"}),
        server("nowhere", labels={"a": "c"}),
    )
    with pytest.raises(NoCapacityError) as caught:
        choose(servers, labels={"a": "c"}, reachable={"labels", "drained", "unable", "full"})
    for part in ("1 without the labels", "1 drained", "1 full", "1 with an account", "1 without a"):
        assert part in caught.value.message
    assert "nowhere" not in caught.value.sentence
    assert not caught.value.is_retryable


def test_one_that_is_away_is_tried_when_no_other_is_there_and_once_only() -> None:
    """It may be back by now; one that was just found away is not."""
    away = server("away", health=Health(is_reachable=False))
    assert chosen(away, server("b", databases=70)) == "b"
    assert chosen(away) == "away"
    with pytest.raises(NoCapacityError) as caught:
        chosen(away, shunned=frozenset({"away"}))
    assert caught.value.is_retryable
    assert "1 not answering" in caught.value.message


def test_one_that_nobody_looked_at_yet_is_taken() -> None:
    """Its first database is the first look."""
    assert chosen(server("new", health=Health())) == "new"


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 5), st.booleans(), st.booleans()), max_size=6
    )
)
def test_whatever_is_chosen_has_room_and_nothing_freer_was_there(
    drawn: list[tuple[int, int, bool, bool]],
) -> None:
    """Against a plain reading of the rule."""
    servers = [
        replace(
            server(
                str(number),
                databases=databases,
                is_drained=is_drained,
                health=Health(is_reachable=is_there),
            ),
            capacity=Capacity(databases=most),
        )
        for number, (databases, most, is_drained, is_there) in enumerate(drawn)
    ]
    open_ones = [each for each in servers if each.drained_at is None and free_share(each) > 0]
    answering = [each for each in open_ones if each.health.is_reachable]
    try:
        found = choose(servers, labels={}, reachable={each.id for each in servers})
    except NoCapacityError:
        assert open_ones == []
        return
    assert found in (answering or open_ones)
    assert free_share(found) == max(map(free_share, answering or open_ones))


def test_a_placement_is_taken_out_of_a_document() -> None:
    """The document is read as if it had not been there."""
    raw: Any = {"name": "x", "placement": {"labels": {"region": "eu"}}}
    assert split_placement(raw) == ({"name": "x"}, {"region": "eu"})
    empties: tuple[dict[str, Any], ...] = (
        {},
        {"placement": None},
        {"placement": {}},
        {"placement": {"labels": None}},
    )
    for empty in empties:
        assert split_placement({"name": "x", **empty}) == ({"name": "x"}, {})
    assert split_placement([1]) == ([1], {})


@pytest.mark.parametrize(
    ("placement", "path", "code"),
    [
        ("eu", "placement", "WRONG_TYPE"),
        ({"server": "a"}, "placement.server", "UNKNOWN_KEY"),
        ({"labels": ["eu"]}, "placement.labels", "WRONG_TYPE"),
        ({"labels": {"Region": "eu"}}, "placement.labels", "LABEL_INVALID"),
        ({"labels": {"region": 1}}, "placement.labels", "LABEL_INVALID"),
        ({"labels": {"region": "a b"}}, "placement.labels", "LABEL_INVALID"),
        ({"labels": {"region": "eu\n"}}, "placement.labels", "LABEL_INVALID"),
        ({"labels": {"r" * 64: "eu"}}, "placement.labels", "LABEL_INVALID"),
        ({"labels": {str(n): "eu" for n in range(17)}}, "placement.labels", "TOO_MANY"),
    ],
)
def test_a_placement_of_another_form_is_refused_with_its_place(
    placement: object, path: str, code: str
) -> None:
    """What nobody understands must not be passed over."""
    with pytest.raises(InvalidDocumentError) as caught:
        split_placement({"placement": placement})
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == (path, code)
