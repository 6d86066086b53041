"""Recipes for namespaces."""

from __future__ import annotations

from core.changes import AddNamespace, DescribeNamespace, DropNamespace, ObjectKind
from core.definition.model import DEFAULT_NAMESPACE, Namespace
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_tables import (
    comment_on_namespace,
    create_namespace,
    drop_namespace,
)
from core.dialects.postgresql.recipes.making import key, plain
from core.dialects.statement import Statement

_TEMPLATE_DESCRIPTION = "standard public schema"
"""The comment on `public` in a new database. Source: PostgreSQL's src/include/catalog."""


def add_namespace(change: AddNamespace) -> tuple[Move, ...]:
    """Make a namespace; the one that every database has is only described."""
    namespace = change.namespace
    move = plain(
        Stage.PREPARE,
        _made(namespace),
        (drop_namespace(namespace.name),),
        provides=frozenset({key(ObjectKind.NAMESPACE, namespace.name)}),
    )
    return (move,)


def drop_namespace_moves(change: DropNamespace) -> tuple[Move, ...]:
    """Drop a namespace when nothing is in it any more."""
    namespace = change.namespace
    move = plain(
        Stage.DISCARD,
        (drop_namespace(namespace.name),),
        _made(namespace),
        removes=frozenset({key(ObjectKind.NAMESPACE, namespace.name)}),
    )
    return (move,)


def describe_namespace(change: DescribeNamespace) -> tuple[Move, ...]:
    """Write another comment on a namespace."""
    return (plain(Stage.FINISH, (_comment(change.after),), (_comment(change.before),)),)


def _made(namespace: Namespace) -> tuple[Statement, ...]:
    created = (create_namespace(namespace.name),)
    return (*created, _comment(namespace)) if namespace.description else created


def _comment(namespace: Namespace) -> Statement:
    text = namespace.description
    if namespace.name == DEFAULT_NAMESPACE and not text:
        text = _TEMPLATE_DESCRIPTION
    return comment_on_namespace(namespace.name, text)
