"""What outside a definition hangs on tables: views upon views, functions, triggers, policies.

Each comes with its distance, and with the SQL to take it away and to make it again; a thing that
cannot be made again, or on which something hangs that cannot, is only in the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.dialects.facts import Dependent
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.recreating import Recreation, read_recreations

_EDGES = """
WITH rows_of AS MATERIALIZED (
    SELECT t.oid, t.typrelid FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
     WHERE c.relkind <> 'c'
    UNION ALL
    SELECT t.typarray, t.typrelid FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
     WHERE c.relkind <> 'c' AND t.typarray <> 0),
enums AS MATERIALIZED (
    SELECT t.oid, e.oid AS enum FROM pg_type e JOIN pg_type t ON t.oid IN (e.oid, e.typarray)
     WHERE e.typtype = 'e'),
edges AS (
    SELECT n.oid IS NOT NULL AS is_of_enum, d.classid, d.objid, d.deptype,
           coalesce(CASE WHEN w.rulename = '_RETURN' OR wc.relkind = 'v' THEN w.ev_class END,
                    a.adrelid, CASE WHEN gc.relkind IN ('v', 'f') THEN g.tgrelid END,
                    nullif(k.conrelid, 0), i.indrelid, s.stxrelid) AS whole,
           coalesce(k.contype = 'f' AND kc.relkind = 'r' AND NOT kc.relispartition, false)
               AS is_known,
           CASE WHEN r.oid IS NULL THEN d.refclassid ELSE 'pg_class'::regclass END AS refclassid,
           coalesce(r.typrelid, n.enum, d.refobjid) AS refobjid,
           d.refobjsubid
      FROM pg_depend d
      LEFT JOIN rows_of r ON d.refclassid = 'pg_type'::regclass AND r.oid = d.refobjid
      LEFT JOIN enums n ON d.refclassid = 'pg_type'::regclass AND n.oid = d.refobjid
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      LEFT JOIN pg_class wc ON wc.oid = w.ev_class
      LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
      LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
      LEFT JOIN pg_class gc ON gc.oid = g.tgrelid
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      LEFT JOIN pg_class kc ON kc.oid = k.conrelid
      LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
      LEFT JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
     WHERE d.refobjid >= 16384 AND NOT coalesce(g.tgisinternal, false)
       AND (d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass)
            OR r.oid IS NOT NULL OR n.oid IS NOT NULL)
       AND (d.deptype = 'n'
            OR d.deptype = 'a' AND d.classid IN ('pg_trigger'::regclass, 'pg_policy'::regclass)))
SELECT e.classid::regclass::text, e.objid, coalesce(e.whole, 0),
       e.refclassid::regclass::text, e.refobjid, coalesce(t.attname, '')
  FROM edges e
  LEFT JOIN pg_attribute t ON e.refclassid = 'pg_class'::regclass AND t.attrelid = e.refobjid
                          AND t.attnum = e.refobjsubid AND e.refobjsubid > 0
  LEFT JOIN pg_class h ON h.oid = coalesce(e.whole, CASE WHEN e.classid = 'pg_class'::regclass
                                                         THEN e.objid END)
 WHERE NOT e.is_known AND e.whole IS DISTINCT FROM e.refobjid
   AND NOT (e.is_of_enum AND coalesce(h.relkind = 'r' AND NOT h.relispartition, false))
 ORDER BY 1, 2, 4, 5, 6"""
"""Which thing needs which relation, column, function, key or enum.

Indexes, defaults, checks and statistics count as the relation that they belong to, and so do
triggers and rules of views; foreign keys between ordinary tables are in the definition,
and so are the enums that these tables use.

Source: PostgreSQL manual, 51.18 pg_depend, and 51.44 pg_rewrite.
"""

_NAMES = """
SELECT w.class, w.oid, i.type, i.identity
  FROM unnest(%s::text[], %s::oid[]) w (class, oid),
       pg_identify_object(w.class::regclass, w.oid, 0) i"""
"""Source: PostgreSQL manual, 9.27.5 Object Information and Addressing Functions."""

_RELATION = "pg_class"
_TYPE = "pg_type"
_KEY = "pg_constraint"

_KEYS = """
SELECT conrelid, conname, oid FROM pg_constraint
 WHERE conrelid = ANY (%s::oid[]) AND contype IN ('p', 'u')"""

Node = tuple[str, int]
"""A catalogue and the number of a thing in it."""


@dataclass(slots=True)
class _Graph:
    """What needs what."""

    users: defaultdict[Node, defaultdict[Node, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    """By what is needed, then by what needs it: the columns, "" for the thing as a whole."""

    def reach(self, start: Iterable[Node]) -> dict[Node, int]:
        """Return everything that needs these directly or not, with its greatest distance."""
        levels: dict[Node, int] = {}

        def visit(node: Node, level: int, path: frozenset[Node]) -> None:
            for user in self.users.get(node, {}):
                if user not in path and levels.get(user, 0) < level:
                    levels[user] = level
                    visit(user, level + 1, path | {user})

        for node in start:
            visit(node, 1, frozenset({node}))
        return levels

    def columns(self, table: Node) -> dict[Node, set[str]]:
        """Return what needs a table directly or not, with the columns that it comes from."""
        found: dict[Node, set[str]] = {}
        waiting = [(user, set(columns)) for user, columns in self.users.get(table, {}).items()]
        while waiting:
            node, columns = waiting.pop()
            if node == table or columns <= found.get(node, set()):
                continue
            found.setdefault(node, set()).update(columns)
            waiting.extend((user, set(found[node])) for user in self.users.get(node, {}))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """What needs tables and enums, those that are nearest first, by their numbers."""

    of_tables: Mapping[int, tuple[Dependent, ...]]
    """By table."""
    of_keys: Mapping[int, Mapping[str, tuple[Dependent, ...]]]
    """By table, and the name of its key."""
    of_enums: Mapping[int, tuple[Dependent, ...]]
    """By enum."""


def read_dependents(link: Link, oids: Sequence[int], enum_oids: Sequence[int]) -> Dependents:
    """Return what needs tables and enums.

    The caller has set the search path so that everything of users is written with its namespace.
    """
    graph = _Graph()
    for catalogue, oid, whole, used_catalogue, used_oid, column in link.query(_EDGES):
        node = (_RELATION, whole) if whole else (catalogue, oid)
        graph.users[used_catalogue, used_oid][node].add(column)
    keys = link.query(_KEYS, (list(oids),))
    things = [
        *((_RELATION, oid) for oid in oids),
        *((_TYPE, oid) for oid in enum_oids),
        *((_KEY, oid) for _, _, oid in keys),
    ]
    levels = graph.reach(things)
    nodes = [node for node in levels if node not in set(things)]
    if not nodes:
        return Dependents(of_tables={}, of_keys={}, of_enums={})
    named = {
        (catalogue, oid): (kind, name)
        for catalogue, oid, kind, name in link.query(
            _NAMES, ([node[0] for node in nodes], [node[1] for node in nodes])
        )
    }
    recreations = read_recreations(link, nodes)
    removable = _removable(graph, nodes, recreations)
    found: defaultdict[str, dict[int, tuple[Dependent, ...]]] = defaultdict(dict)
    for thing in things:
        dependents = [
            Dependent(
                kind=named[node][0],
                name=named[node][1],
                column=column or None,
                level=levels[node],
                drop_sql=recreations[node].drop_sql if node in removable else None,
                create_sql=recreations[node].create_sql if node in removable else (),
            )
            for node, columns in graph.columns(thing).items()
            if node in named
            for column in sorted(columns - {""} or columns)
        ]
        if dependents:
            dependents.sort(key=lambda each: (each.level, each.kind, each.name, each.column or ""))
            found[thing[0]][thing[1]] = tuple(dependents)
    of_keys: defaultdict[int, dict[str, tuple[Dependent, ...]]] = defaultdict(dict)
    for table_oid, name, oid in keys:
        if oid in found[_KEY]:
            of_keys[table_oid][name] = found[_KEY][oid]
    return Dependents(of_tables=found[_RELATION], of_keys=of_keys, of_enums=found[_TYPE])


def _removable(
    graph: _Graph, nodes: Collection[Node], recreations: dict[Node, Recreation]
) -> frozenset[Node]:
    """Return what can be taken away and made again, with everything that hangs on it."""
    removable = {node for node in nodes if node in recreations}
    while blocked := {
        node
        for node in removable
        if any(user != node and user not in removable for user in graph.users.get(node, {}))
    }:
        removable -= blocked
    return frozenset(removable)
