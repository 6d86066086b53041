"""Rules about single names."""

from __future__ import annotations

import pytest

from core.definition.model import Check, PrimaryKey, Unique
from tests.builders import column, definition, enum, foreign_key, index, table
from tests.unit.validation.case import Case, no, parameters, yes

EVERYWHERE = definition(
    table(
        " ",
        column("\t", column_id="c"),
        table_id="t",
        uniques=[Unique(id="u", column_ids=("c",), name="")],
        checks=[Check(id="k", expression="true", name="")],
        indexes=[index(name="")],
    ),
    foreign_keys=[foreign_key("t", "c", "t", "c", name="")],
    enums=[enum("", "a")],
    namespaces=[" "],
)
"""A definition whose every name is empty."""

HOSTILE = 'order"; DROP TABLE x; --'

CASES = (
    yes(
        "NAME_EMPTY",
        "blanks and nothing",
        EVERYWHERE,
        "namespaces[0].name",
        "enums[0].name",
        "tables[0].checks[0].name",
        "tables[0].columns[0].name",
        "tables[0].indexes[0].name",
        "tables[0].name",
        "tables[0].uniques[0].name",
        "foreignKeys[0].name",
    ),
    no("NAME_EMPTY", "names and names left out", definition(table("t", "a", uniques=["a"]))),
    yes("NAME_TOO_LONG", "64 bytes", definition(table("x" * 64, "a")), "tables[0].name"),
    yes("NAME_TOO_LONG", "32 letters of 2 bytes", definition(table("é" * 32)), "tables[0].name"),
    yes(
        "NAME_TOO_LONG",
        "a long name of a primary key",
        definition(table("t", "a"), table("u", column("x" * 70))),
        "tables[1].columns[0].name",
    ),
    no("NAME_TOO_LONG", "63 bytes", definition(table("x" * 63, "é" * 31))),
    yes("NAME_ILLEGAL", "a line break", definition(table("a\nb")), "tables[0].name"),
    yes("NAME_ILLEGAL", "half a surrogate pair", definition(table("a\ud800")), "tables[0].name"),
    yes("NAME_ILLEGAL", "the character 0", definition(table("a\x00")), "tables[0].name"),
    no("NAME_ILLEGAL", "quotes, blanks and emoji", definition(table(HOSTILE, 'a"b', "c d 😀"))),
    yes("NAME_INVISIBLE", "an outer blank", definition(table(" users")), "tables[0].name"),
    yes(
        "NAME_INVISIBLE", "a zero-width joiner", definition(table("us\u200ders")), "tables[0].name"
    ),
    no("NAME_INVISIBLE", "inner blanks and accents", definition(table("é a", "表"))),
    yes(
        "NAME_DANGEROUS",
        "a system column",
        definition(table("t", "ctid")),
        "tables[0].columns[0].name",
    ),
    yes("NAME_DANGEROUS", "a system table", definition(table("pg_class")), "tables[0].name"),
    yes(
        "NAME_LIKE_TYPE",
        "built-in types",
        definition(enums=[enum("text"), enum("serial")]),
        "enums[0].name",
        "enums[1].name",
    ),
    no("NAME_LIKE_TYPE", "other names", definition(table("text"), enums=[enum("mood")])),
    yes(
        "NAME_DANGEROUS",
        "namespaces of the system",
        definition(namespaces=["pg_x", "information_schema"]),
        "namespaces[0].name",
        "namespaces[1].name",
    ),
    no(
        "NAME_DANGEROUS",
        "names that only remind of the system",
        definition(table("text", "pg_x", "oid", "CTID"), namespaces=["public", "pgx"]),
    ),
    yes(
        "NAME_RESERVED",
        "reserved words",
        definition(table("order", "user", "select")),
        "tables[0].columns[0].name",
        "tables[0].columns[1].name",
        "tables[0].name",
    ),
    no("NAME_RESERVED", "words that need no quotes", definition(table("name", "value", "Order"))),
    yes(
        "TABLE_NAMING_STYLE",
        "one stranger",
        definition(table("blog_posts"), table("users"), table("PostTags")),
        "tables[2].name",
    ),
    no(
        "TABLE_NAMING_STYLE",
        "one style",
        definition(table("BlogPosts"), table("Users"), table("Tags")),
    ),
    no("TABLE_NAMING_STYLE", "too few to tell", definition(table("blog_posts"), table("Users"))),
    no(
        "TABLE_NAMING_STYLE",
        "no style that most have",
        definition(table("blog_posts"), table("Users"), table("TAGS"), table("userNames")),
    ),
    yes(
        "COLUMN_NAMING_STYLE",
        "one stranger",
        definition(table("t", "first_name", "last_name", "birthDay")),
        "tables[0].columns[2].name",
    ),
    no("COLUMN_NAMING_STYLE", "one style", definition(table("t", "firstName", "id", "birthDay"))),
    no(
        "COLUMN_NAMING_STYLE",
        "no style at all",
        definition(table("t", "1", "2 b", "表_A_b", "A_b")),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_names(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()


def test_the_name_of_a_primary_key_is_read_too() -> None:
    """A primary key's name is a name like others."""
    key = PrimaryKey(column_ids=("t.a",), name="x" * 64)
    built = definition(table("t", "a"))
    named = definition(type(built.tables[0])(id="t", name="t", columns=(), primary_key=key))
    yes("NAME_TOO_LONG", "key", named, "tables[0].primaryKey.name").try_out()
