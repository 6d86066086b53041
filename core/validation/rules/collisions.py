"""Rules about two things with one name where PostgreSQL has room for one.

Source: PostgreSQL manual, section 5.10 (namespaces of names) and CREATE TYPE, CREATE INDEX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.definition.model import DEFAULT_NAMESPACE
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.named_things import NamedThing, constraint_names, index_backed_names
from core.validation.rule import Remark, on_column, on_table, rule


def _folded(name: str) -> str:
    return name.lower()


def _difference(one: str, other: str) -> str:
    return "" if one == other else f' once folded to lower case, like "{other}"'


@rule(code="DUPLICATE_TABLE_NAME", level=Level.ERROR, catalogue="T002")
def duplicate_table_name(design: Design) -> Iterator[Remark]:
    """Two tables of one namespace differ in more than upper and lower case.

    Unquoted names are folded, so tables that differ in case alone are mistaken for each other.
    """
    seen: dict[tuple[str, str], str] = {}
    for view in design.tables:
        if not view.name.strip():
            continue
        key = (view.table.namespace, _folded(view.name))
        if key in seen:
            yield on_table(
                view,
                f'Another table is called "{view.name}"{_difference(view.name, seen[key])}.',
                "Rename one of them.",
                part="name",
            )
        else:
            seen[key] = view.name


@rule(code="DUPLICATE_COLUMN_NAME", level=Level.ERROR, catalogue="C002")
def duplicate_column_name(design: Design) -> Iterator[Remark]:
    """Two columns of one table differ in more than upper and lower case."""
    for view in design.tables:
        seen: dict[str, str] = {}
        for column in view.columns:
            folded = _folded(column.name)
            if folded not in seen:
                seen[folded] = column.name
            elif folded.strip():
                yield on_column(
                    column,
                    f'Another column of "{view.name}" is called "{column.name}"'
                    f"{_difference(column.name, seen[folded])}.",
                    "Rename one of them.",
                    part="name",
                )


@rule(code="DUPLICATE_NAMESPACE", level=Level.ERROR, catalogue="T002")
def duplicate_namespace(design: Design) -> Iterator[Remark]:
    """A namespace is declared once, and two differ in more than upper and lower case."""
    seen: dict[str, str] = {}
    for place, namespace in enumerate(design.definition.namespaces):
        folded = _folded(namespace.name)
        if folded in seen and folded.strip():
            yield Remark(
                path=f"namespaces[{place}].name",
                message=f'Another namespace is called "{namespace.name}"'
                f"{_difference(namespace.name, seen[folded])}.",
                hint="Rename or remove one of them.",
            )
        seen.setdefault(folded, namespace.name)


@rule(code="NAMESPACE_UNDECLARED", level=Level.ERROR, catalogue="T011")
def namespace_undeclared(design: Design) -> Iterator[Remark]:
    """A table or enum stands in `public` or in a namespace that the definition declares."""
    declared = {namespace.name for namespace in design.definition.namespaces}
    declared.add(DEFAULT_NAMESPACE)
    hint = "Add it to the namespaces of the definition."
    for place, enum in enumerate(design.definition.enums):
        if enum.namespace not in declared:
            yield Remark(
                path=f"enums[{place}].namespace",
                message=f'There is no namespace "{enum.namespace}".',
                hint=hint,
            )
    for view in design.tables:
        if view.table.namespace not in declared:
            yield on_table(
                view, f'There is no namespace "{view.table.namespace}".', hint, part="namespace"
            )


@rule(code="RELATION_NAME_TAKEN", level=Level.ERROR, catalogue="I001")
def relation_name_taken(design: Design) -> Iterator[Remark]:
    """Tables, indexes, primary keys and unique constraints of a namespace share one set of names.

    A primary key and a unique constraint have an index of the same name.
    """
    taken: dict[tuple[str, str], str] = {}
    for view in design.tables:
        taken.setdefault((view.table.namespace, view.name), f'the table "{view.name}"')
    for view in design.tables:
        indexes = (
            NamedThing("index", index.name, f"{path}.name", view.table.id)
            for index, path in view.indexes
            if index.name is not None
        )
        for thing in (*index_backed_names(view), *indexes):
            key = (view.table.namespace, thing.name)
            if key in taken and thing.name.strip():
                yield Remark(
                    path=thing.path,
                    message=f'The name "{thing.name}" is taken by {taken[key]}.',
                    hint="Leave the name out to get a free one.",
                    table_id=view.table.id,
                )
            taken.setdefault(key, f'the {thing.kind} of "{view.name}"')


@rule(code="TYPE_NAME_TAKEN", level=Level.ERROR, catalogue="E001")
def type_name_taken(design: Design) -> Iterator[Remark]:
    """Enums and tables of a namespace share one set of names, as each table is a type too.

    Two enums differ in more than upper and lower case.
    """
    tables = {(view.table.namespace, view.name) for view in design.tables}
    seen: dict[tuple[str, str], str] = {}
    for place, enum in enumerate(design.definition.enums):
        key = (enum.namespace, _folded(enum.name))
        path = f"enums[{place}].name"
        if not enum.name.strip():
            continue
        if (enum.namespace, enum.name) in tables:
            yield Remark(
                path=path,
                message=f'A table is called "{enum.name}" too.',
                hint="Rename one of them.",
            )
        elif key in seen:
            yield Remark(
                path=path,
                message=f'Another enum is called "{enum.name}"{_difference(enum.name, seen[key])}.',
                hint="Rename one of them.",
            )
        seen.setdefault(key, enum.name)


@rule(code="CONSTRAINT_NAME_TAKEN", level=Level.ERROR, catalogue="F004")
def constraint_name_taken(design: Design) -> Iterator[Remark]:
    """The constraints of one table have different names, foreign keys among them."""
    foreign_names: dict[str, list[NamedThing]] = {}
    for foreign_key in design.foreign_keys:
        name = foreign_key.foreign_key.name
        if name is not None:
            table_id = foreign_key.foreign_key.source_table_id
            thing = NamedThing("constraint", name, f"{foreign_key.path}.name", table_id)
            foreign_names.setdefault(table_id, []).append(thing)
    for view in design.tables:
        things = (*constraint_names(view), *foreign_names.get(view.table.id, ()))
        yield from _repeated(things, view.name)


def _repeated(things: Iterable[NamedThing], table_name: str) -> Iterator[Remark]:
    seen: set[str] = set()
    for thing in things:
        if thing.name in seen and thing.name.strip():
            yield Remark(
                path=thing.path,
                message=f'Another constraint of "{table_name}" is called "{thing.name}".',
                hint="Leave the name out to get a free one.",
                table_id=thing.table_id,
            )
        seen.add(thing.name)


RULES = (
    duplicate_table_name,
    duplicate_column_name,
    duplicate_namespace,
    namespace_undeclared,
    relation_name_taken,
    type_name_taken,
    constraint_name_taken,
)
"""The rules of this module."""
