"""Directed graphs of ids: groups that reach each other, and longest ways. Without recursion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""For each node the nodes it leads to."""


def graph_of(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Make a graph; edges keep their order and are listed once."""
    graph: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in dict.fromkeys(edges):
        if source in graph and target in graph:
            graph[source].append(target)
    return graph


def groups(graph: Graph) -> list[list[str]]:
    """Return the strongly connected groups, each before those that lead to it.

    Source: Tarjan, Depth-first search and linear graph algorithms, 1972.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    is_waiting: set[str] = set()
    found: list[list[str]] = []
    for start in graph:
        if start in number:
            continue
        path = [(start, iter(graph[start]))]
        number[start] = low[start] = len(number)
        waiting.append(start)
        is_waiting.add(start)
        while path:
            node, successors = path[-1]
            successor = next(successors, None)
            if successor is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    place = waiting.index(node)
                    found.append(waiting[place:])
                    is_waiting.difference_update(waiting[place:])
                    del waiting[place:]
            elif successor not in number:
                number[successor] = low[successor] = len(number)
                waiting.append(successor)
                is_waiting.add(successor)
                path.append((successor, iter(graph[successor])))
            elif successor in is_waiting:
                low[node] = min(low[node], number[successor])
    return found


def cycles(graph: Graph) -> list[list[str]]:
    """Return the groups of two or more nodes that reach each other, in the order of the graph."""
    order = {node: place for place, node in enumerate(graph)}
    found = [sorted(group, key=order.__getitem__) for group in groups(graph) if len(group) > 1]
    return sorted(found, key=lambda group: order[group[0]])


def longest_way(graph: Graph) -> list[str]:
    """Return the nodes of a longest way, where a group that goes in circles counts as one step."""
    group_of: dict[str, int] = {}
    lengths: list[int] = []
    steps: list[tuple[str, int | None]] = []  # for each group: the node to leave by, and where to
    for place, group in enumerate(groups(graph)):
        group_of.update(dict.fromkeys(group, place))
        length, first, ahead = 0, group[0], None
        for node in group:
            for successor in graph[node]:
                other = group_of[successor]
                if other != place and lengths[other] > length:
                    length, first, ahead = lengths[other], node, other
        lengths.append(length + 1)
        steps.append((first, ahead))
    way: list[str] = []
    place_now = lengths.index(max(lengths)) if lengths else None
    while place_now is not None:
        node, place_now = steps[place_now]
        way.append(node)
    return way
