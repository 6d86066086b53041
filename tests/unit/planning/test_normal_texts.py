"""Definitions in the words of others that mean the same."""

from __future__ import annotations

from dataclasses import replace

from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Check, Definition, ExpressionDefault
from core.definition.names import resolve_names
from core.planning.normal_texts import Spelled, has_texts, in_the_words_of, with_texts_of
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    index,
    literal,
    native,
    part,
    table,
    type_of,
)


def _design(check: str, *, default: str = "lower('A')", where: str = "n > 0") -> Definition:
    built = table(
        "t",
        column("n"),
        column("word", "TEXT", default=expression(default)),
        column("place", native("point")),
        indexes=[index(part(expression="abs(n)"), name="t_n", where=where)],
    )
    return definition(replace(built, checks=(Check(id="c", name="c", expression=check),)))


def test_a_definition_of_plain_columns_has_no_texts() -> None:
    """Nothing in it is spelled in several ways."""
    assert not has_texts(definition(table("t", column("n"))))


def test_defaults_checks_predicates_and_native_types_are_texts() -> None:
    """Each alone is enough."""
    plain = table("t", column("n"))
    assert has_texts(definition(table("t", column("n", default=literal(1)))))
    assert has_texts(definition(table("t", column("n", native("point")))))
    assert has_texts(definition(replace(plain, checks=(Check(id="c", expression="n > 0"),))))
    assert has_texts(definition(table("t", column("n"), indexes=[index("n", where="n > 0")])))


def test_texts_that_mean_the_same_are_taken_over() -> None:
    """The definition compares as equal afterwards, in the words of the first."""
    wanted = resolve_names(_design("n in (1, 2)"))
    normal = resolve_names(_design("(n = ANY (ARRAY[1, 2]))", default="lower('A'::text)"))
    found = in_the_words_of(
        Spelled(written=wanted, normal=normal), Spelled(written=normal, normal=normal)
    )
    assert found == wanted


def test_texts_that_mean_something_else_stay() -> None:
    """Each keeps its own words where they differ."""
    wanted = resolve_names(_design("n > 1", where="n > 1"))
    other = resolve_names(_design("n > 2", where="n > 2"))
    found = in_the_words_of(
        Spelled(written=wanted, normal=wanted), Spelled(written=other, normal=other)
    )
    assert found == other


def test_tables_and_columns_of_one_side_alone_keep_their_texts() -> None:
    """There is nothing to take words from."""
    other = resolve_names(_design("n > 2"))
    wanted = definition(table("u", column("n")))
    shorter = definition(table("t", column("n")))
    for written in (wanted, shorter):
        named = resolve_names(written)
        found = in_the_words_of(
            Spelled(written=named, normal=named), Spelled(written=other, normal=other)
        )
        assert found == other


def test_remembered_texts_are_found_by_names() -> None:
    """Ids of the definition stay, whatever those of the remembered one are."""
    wanted = resolve_names(_design("n in (1, 2)"))
    normal = _design("(n = ANY (ARRAY[1, 2]))", default="lower('A'::text)")
    strange = replace(normal.tables[0], id="x")
    strange = replace(
        strange,
        columns=tuple(replace(each, id=f"x{each.id}") for each in strange.columns),
        checks=tuple(replace(each, id="xc") for each in strange.checks),
        indexes=tuple(
            replace(each, parts=(replace(each.parts[0], expression="abs(n)"),))
            for each in strange.indexes
        ),
    )
    found = with_texts_of(wanted, definition(strange))
    assert [each.id for each in found.tables[0].columns] == [
        each.id for each in wanted.tables[0].columns
    ]
    assert found.tables[0].checks[0].expression == "(n = ANY (ARRAY[1, 2]))"
    assert found.tables[0].columns[1].default == ExpressionDefault(sql="lower('A'::text)")
    assert structure_fingerprint(found) == structure_fingerprint(normal)


def test_things_that_are_not_remembered_stay_as_they_are() -> None:
    """A table, column, check or index that the other has not keeps its texts."""
    wanted = resolve_names(_design("n > 1"))
    assert with_texts_of(wanted, definition(table("u", column("n")))) == wanted
    assert with_texts_of(wanted, definition(table("t", column("m")))) == wanted


def test_only_what_means_the_same_is_taken_over() -> None:
    """A column keeps its type, default or expression where the other's means something else."""
    built = table(
        "t",
        column("n", "BIGINT", default=literal(1)),
        column("g", generated="n + 1"),
        indexes=[index(part(expression="abs(n)"), name="i")],
    )
    wanted = resolve_names(definition(built))
    other = resolve_names(
        definition(
            table(
                "t",
                column("n", "INT", default=literal(2)),
                column("g", generated="n + 2"),
                indexes=[index(part(expression="abs(n)"), part(expression="n + 1"), name="i")],
            )
        )
    )
    found = in_the_words_of(
        Spelled(written=wanted, normal=wanted), Spelled(written=other, normal=other)
    )
    assert found == other
    assert with_texts_of(other, wanted).tables[0].indexes == other.tables[0].indexes


def test_an_enum_behind_a_native_type_is_found_under_its_own_id() -> None:
    """A server says that a type written natively is an enum of the definition."""
    mood = enum("mood", "ok")
    written = definition(table("t", column("m", native("mood"))), enums=[mood])
    normal = definition(
        table("t", column("m", type_of("ENUM", enum_id="other"))),
        enums=[replace(mood, id="other")],
    )
    assert with_texts_of(written, normal).tables[0].columns[0].type.enum_id == "mood"


def test_a_type_is_not_taken_over_without_its_enum() -> None:
    """The other definition may not have it."""
    mood = enum("mood", "ok")
    wanted = definition(table("t", column("m", type_of("ENUM", enum_id="mood"))), enums=[mood])
    other = definition(table("t", column("m", native("mood"))))
    found = in_the_words_of(
        Spelled(written=wanted, normal=other), Spelled(written=other, normal=other)
    )
    assert found == other
