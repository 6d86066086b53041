"""What definitions say that servers of some versions do not know, each with a yes and a no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.databases.server_fit import FeatureMissingError, ServerTooOldError, refuse_misfits
from core.definition.model import Definition, IndexPart, Namespace
from core.dialects.postgresql.versions import NEWEST, OLDEST, major_of
from core.validation.server_features import Target, lacks
from tests.builders import column, definition, enum, index, literal, native, table, type_of


def checked(sql: str) -> Definition:
    """Return a definition with one check."""
    return definition(table("t", column("a"), column("j", "JSONB"), checks=[sql]))


def typed(data_type: str, **parameters: object) -> Definition:
    """Return a definition with one column of a type."""
    return definition(table("t", column("a", type_of(data_type, **parameters))))


def generated(sql: str) -> Definition:
    """Return a definition with a stored column."""
    return definition(
        table("t", column("at", "TIMESTAMPTZ"), column("b", "TIMESTAMPTZ", generated=sql))
    )


SPGIST = index("a", name="i", method="spgist", include=("b",))

NEEDS: dict[str, tuple[Definition, int, str]] = {
    "a multirange": (definition(table("t", column("a", native("int4multirange")))), 14, "dataType"),
    "an array of multiranges": (
        definition(table("t", column("a", native("int4multirange[]")))),
        14,
        "dataType",
    ),
    "a free scale": (definition(table("t", column("a", native("numeric(2,-3)")))), 15, "dataType"),
    "a cast to a multirange": (checked("'{}'::int4multirange IS NOT NULL"), 14, "expression"),
    "a function": (checked("regexp_like('a', 'b')"), 15, "expression"),
    "a function of the newest": (checked("uuidv7() IS NOT NULL"), 18, "expression"),
    "more arguments": (checked("random(1, 2) > a"), 17, "expression"),
    "a local time": (checked("(now() AT LOCAL) IS NOT NULL"), 17, "expression"),
    "a JSON constructor": (checked("JSON_ARRAY(a) IS NOT NULL"), 16, "expression"),
    "a JSON predicate": (checked("'1' IS JSON"), 16, "expression"),
    "a JSON path": (checked("JSON_EXISTS(j, '$.a')"), 17, "expression"),
    "a JSON subscript": (checked("j['a'] IS NOT NULL"), 14, "expression"),
    "a hexadecimal number": (checked("a > 0x1F"), 16, "expression"),
    "a number with underscores": (checked("a > 1_000.5"), 16, "expression"),
    "a stored date_trunc": (
        generated("date_trunc('day', at, 'UTC')"),
        16,
        "generatedExpression",
    ),
    "an infinite numeric": (checked("a < 'Infinity'::numeric"), 14, "expression"),
    "an infinite interval": (checked("'-infinity'::interval IS NOT NULL"), 17, "expression"),
    "a text with underscores": (checked("a > '1_000'::integer"), 16, "expression"),
    "a default that is infinite": (
        definition(table("t", column("a", native("numeric"), default=literal("inf")))),
        14,
        "defaultValue",
    ),
    "further columns in spgist": (
        definition(table("t", column("a", "TEXT"), column("b"), indexes=[SPGIST])),
        14,
        "include",
    ),
}


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_server_does_not_know_is_named_with_its_place(name: str) -> None:
    """The version before lacks it, the version that brought it does not."""
    wanted, since, part = NEEDS[name]
    (lack,) = lacks(wanted, Target(major=since - 1))
    assert lack.since == since
    assert lack.path.endswith(part)
    assert lacks(wanted, Target(major=since)) == ()


@pytest.mark.parametrize(
    "sql",
    [
        "EXTRACT(year FROM now()) > 2000",
        "app.uuidv7() IS NOT NULL",
        "(ARRAY[1, 2])[1] = a",
        "a::numeric(4,2) > 1e3",
        "'0x1F'::text <> '1_0'",
        "date_trunc('day', now(), 'UTC') IS NOT NULL",
        "'{inf}'::float8[] IS NOT NULL",
        "'2 days'::interval > '1 day'",
        "1 +",
        "a::app.unknown IS NOT NULL",
        "a::pg_catalog.int4.x IS NULL",
    ],
)
def test_what_every_version_knows_is_let_pass(sql: str) -> None:
    """So is what is no expression at all, as rules say that."""
    assert lacks(checked(sql), Target(major=OLDEST)) == ()


def test_literals_and_types_that_every_version_knows_are_let_pass() -> None:
    """Enums, lists of values and plain defaults."""
    wanted = definition(
        table(
            "t",
            column("a", type_of("ENUM", enum_id="mood"), default=literal("int4multirange")),
            column("b", default=literal(5)),
            column("c", "DECIMAL", default=literal("5.5")),
            column("d", type_of("ENUM", enum_id="nothing")),
            column("e", native("no such")),
            column("f", native("numeric(5)")),
            indexes=[index("b", include=("c",))],
        ),
        enums=[enum("mood", "int4multirange")],
    )
    assert lacks(wanted, Target(major=OLDEST)) == ()


def test_a_text_default_is_read_as_its_column_is() -> None:
    """A default that is nothing but a text has no cast."""
    from tests.builders import expression  # noqa: PLC0415 - beside its only use

    wanted = definition(table("t", column("a", "INTERVAL", default=expression("'infinity'"))))
    (lack,) = lacks(wanted, Target(major=16))
    assert lack.path == "tables[0].columns[0].defaultExpression"


def test_descriptions_of_public_need_an_owner() -> None:
    """Those of other namespaces do not."""
    wanted = replace(
        checked("a > 0"),
        namespaces=(
            Namespace(name="app", description="ours"),
            Namespace(name="public", description="everybody's"),
        ),
    )
    assert lacks(wanted, Target(major=14)) == ()
    (lack,) = lacks(wanted, Target(major=14, owns_public=False))
    assert (lack.since, lack.path) == (15, "namespaces[1].description")


def test_a_misfit_is_refused_with_feature_place_versions_and_remedy() -> None:
    """More than a few are counted."""
    sqls = [f"regexp_count('a', '{number}') > 0" for number in range(7)]
    wanted = definition(table("t", column("a"), checks=sqls))
    with pytest.raises(FeatureMissingError) as caught:
        refuse_misfits(wanted, Target(major=14))
    assert caught.value.code == "SERVER_LACKS_FEATURE"
    assert "PostgreSQL 14" in caught.value.message
    assert "the function regexp_count at tables[0].checks[0].expression (since 15)" in (
        caught.value.message
    )
    assert caught.value.message.endswith("; and 2 more.")
    assert "15" in (caught.value.hint or "")
    assert not caught.value.is_retryable


def test_what_the_database_has_already_is_no_misfit() -> None:
    """Somebody may have made a function of that name."""
    wanted = checked("uuidv7() IS NOT NULL")
    refuse_misfits(wanted, Target(major=13), present=wanted)
    with pytest.raises(FeatureMissingError, match="uuidv7"):
        refuse_misfits(wanted, Target(major=13), present=checked("a > 0"))


@pytest.mark.parametrize("major", [OLDEST, NEWEST, NEWEST + 1])
def test_a_server_that_knows_all_is_taken(major: int) -> None:
    """Newer ones than are tested are, too."""
    refuse_misfits(checked("a > 0"), Target(major=major))


def test_a_server_that_is_too_old_is_refused() -> None:
    """Whatever the definition says."""
    with pytest.raises(ServerTooOldError, match="PostgreSQL 12") as caught:
        refuse_misfits(checked("a > 0"), Target(major=12))
    assert caught.value.code == "SERVER_TOO_OLD"


def test_the_major_version_is_the_number_in_front() -> None:
    """A version that is still being made has one too."""
    assert [major_of(text) for text in ("18.6", "16.4 (Debian)", "19devel", "")] == [18, 16, 19, 0]


def test_an_index_part_of_spgist_alone_is_nothing_new() -> None:
    """Only what it carries along is."""
    plain = replace(SPGIST, include_column_ids=(), parts=(IndexPart(column_id="t.a"),))
    wanted = definition(table("t", column("a", "TEXT"), indexes=[plain]))
    assert lacks(wanted, Target(major=13)) == ()
