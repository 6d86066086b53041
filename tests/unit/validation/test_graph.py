"""Groups and longest ways of graphs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from core.validation.graph import cycles, graph_of, groups, longest_way

NODES = "abcdefgh"
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=20)


def reachable(graph: dict[str, list[str]], start: str) -> set[str]:
    """Return what can be reached in one step or more."""
    found: set[str] = set()
    pending = list(graph[start])
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(graph[node])
    return found


@given(EDGES)
def test_a_group_is_all_that_reach_each_other(edges: list[tuple[str, str]]) -> None:
    """Two nodes share a group exactly when each reaches the other."""
    graph = graph_of(NODES, edges)
    reach = {node: reachable(graph, node) for node in NODES}
    found = groups(graph)
    assert sorted(node for group in found for node in group) == sorted(NODES)
    for group in found:
        for node in group:
            together = {other for other in NODES if other in reach[node] and node in reach[other]}
            assert together | {node} == set(group)


@given(EDGES)
def test_a_longest_way_can_be_gone_and_none_is_longer(edges: list[tuple[str, str]]) -> None:
    """In a graph without circles the way is one, and as long as trying all ways says."""
    downhill = [(source, target) for source, target in edges if source < target]
    graph = graph_of(NODES, downhill)
    way = longest_way(graph)
    assert all(after in graph[before] for before, after in itertools.pairwise(way))
    lengths: dict[str, int] = {}
    for node in reversed(NODES):
        lengths[node] = 1 + max((lengths[item] for item in graph[node]), default=0)
    assert len(way) == max(lengths.values())


def test_a_circle_counts_as_one_step() -> None:
    """A way through a circle goes on behind it."""
    graph = graph_of("abcd", [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")])
    assert longest_way(graph) == ["b", "c", "d"]
    assert cycles(graph) == [["a", "b"]]


def test_nothing_has_no_way() -> None:
    """An empty graph has neither ways nor circles."""
    assert longest_way({}) == []
    assert cycles({}) == []


def test_ways_as_long_as_a_definition_need_no_deep_stack() -> None:
    """Thousands of nodes in a row are walked without recursion."""
    names = [str(number) for number in range(5_000)]
    graph = graph_of(names, list(itertools.pairwise(names)))
    assert longest_way(graph) == names
