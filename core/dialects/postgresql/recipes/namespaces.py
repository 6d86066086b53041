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
    """Make a namespace; the one that every database has gets its comment."""
    namespace = change.namespace
    move = plain(
        Stage.PREPARE,
        _made(namespace),
        _gone(namespace),
        provides=frozenset({key(ObjectKind.NAMESPACE, namespace.name)}),
    )
    return (move,)


def drop_namespace_moves(change: DropNamespace) -> tuple[Move, ...]:
    """Drop a namespace when nothing is in it any more."""
    namespace = change.namespace
    move = plain(
        Stage.DISCARD,
        _gone(namespace),
        _made(namespace),
        removes=frozenset({key(ObjectKind.NAMESPACE, namespace.name)}),
    )
    return (move,)


def describe_namespace(change: DescribeNamespace) -> tuple[Move, ...]:
    """Write another comment on a namespace."""
    return (plain(Stage.FINISH, (_comment(change.after),), (_comment(change.before),)),)


def _made(namespace: Namespace) -> tuple[Statement, ...]:
    created = () if namespace.name == DEFAULT_NAMESPACE else (create_namespace(namespace.name),)
    return (*created, _comment(namespace)) if namespace.description else created


def _gone(namespace: Namespace) -> tuple[Statement, ...]:
    if namespace.name == DEFAULT_NAMESPACE:
        return (comment_on_namespace(namespace.name, _TEMPLATE_DESCRIPTION),)
    return (drop_namespace(namespace.name),)


def _comment(namespace: Namespace) -> Statement:
    text = namespace.description
    if namespace.name == DEFAULT_NAMESPACE and not text:
        text = _TEMPLATE_DESCRIPTION
    return comment_on_namespace(namespace.name, text)
