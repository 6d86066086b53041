"""Rules about indexes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Definition, Index, IndexPart, NullsOrder, SortOrder
from tests.builders import column, definition, enum, index, native, part, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes

MANY = [f"c{place}" for place in range(33)]
INDEX = "tables[0].indexes[0]"
SECOND = "tables[0].indexes[1]"
DESCENDING = IndexPart(column_id="t.a", order=SortOrder.DESC)


def indexed(*indexes: Index) -> Definition:
    """Build a table of two columns with these indexes."""
    return definition(table("t", "a", "b", indexes=indexes))


def typed(*pairs: tuple[str, str]) -> Definition:
    """Build a table with a native column and an index of a method for each pair."""
    columns = [column(f"c{place}", native(pair[0])) for place, pair in enumerate(pairs)]
    indexes = [index(f"c{place}", method=pair[1]) for place, pair in enumerate(pairs)]
    return definition(table("t", *columns, indexes=indexes), enums=[enum("mood", "glad")])


CASES = (
    yes("INDEX_WITHOUT_PARTS", "none", indexed(index()), INDEX),
    no("INDEX_WITHOUT_PARTS", "one", indexed(index("a"))),
    yes(
        "INDEX_PART_UNCLEAR",
        "neither, and both",
        indexed(index(IndexPart(), IndexPart(column_id="t.a", expression="a"))),
        f"{INDEX}.parts[0]",
        f"{INDEX}.parts[1]",
    ),
    no("INDEX_PART_UNCLEAR", "one of both", indexed(index("a", part(expression="a + 1")))),
    yes(
        "INDEX_COLUMN_MISSING",
        "keys and included columns that are not there",
        indexed(index("x", name="i"), index(replace(DESCENDING, column_id="y"), include=["z"])),
        f"{INDEX}.columns[0]",
        f"{SECOND}.include[0]",
        f"{SECOND}.parts[0].columnId",
    ),
    no("INDEX_COLUMN_MISSING", "columns of the table", indexed(index("a", include=["b"]))),
    yes(
        "INDEX_COLUMN_REPEATED",
        "twice, and included again",
        indexed(index("a", "a"), index("b", include=["b"])),
        INDEX,
        SECOND,
    ),
    no("INDEX_COLUMN_REPEATED", "different ones", indexed(index("a", include=["b"]))),
    yes(
        "INDEX_TOO_LONG",
        "32 keys and one included",
        definition(table("t", *MANY, indexes=[index(*MANY[:32], include=MANY[32:])])),
        INDEX,
    ),
    no("INDEX_TOO_LONG", "32", definition(table("t", *MANY, indexes=[index(*MANY[:32])]))),
    yes("INDEX_METHOD_UNKNOWN", "rum", indexed(index("a", method="rum")), f"{INDEX}.method"),
    no("INDEX_METHOD_UNKNOWN", "brin", indexed(index("a", method="brin"))),
    yes(
        "INDEX_METHOD_LIMITED",
        "more than a method can do",
        indexed(
            index("a", "b", method="hash", unique=True),
            index(DESCENDING, method="brin", include=["b"]),
        ),
        *(INDEX, INDEX, SECOND, SECOND),
    ),
    no(
        "INDEX_METHOD_LIMITED",
        "what each can do, and a method nobody knows",
        indexed(
            index(DESCENDING, "b", unique=True),
            index("a", method="gist", include=["b"]),
            index("a", "b", method="brin"),
            index("a", "b", method="rum", unique=True),
        ),
    ),
    yes(
        "INDEX_TYPE_UNSUPPORTED",
        "types the method does not take",
        typed(("int", "gin"), ("point", "btree"), ("mood", "brin"), ("point[]", "gin")),
        *(f"tables[0].indexes[{place}].columns[0]" for place in range(4)),
    ),
    no(
        "INDEX_TYPE_UNSUPPORTED",
        "types it takes, and what nobody knows",
        typed(
            *(("jsonb", "gin"), ("int[]", "gin"), ("mood[]", "gin"), ("point", "gist")),
            *(("int4range", "gist"), ("text", "spgist"), ("mood", "hash"), ("date", "brin")),
            *(("x", "gin"), ("int", "rum")),
        ),
    ),
    yes(
        "INDEX_REPEATED",
        "what the key, a unique index and another index do already",
        definition(
            table(
                "t",
                *("a", "b", "c"),
                primary_key="a",
                indexes=[
                    index("a"),
                    index("b"),
                    index("b", unique=True),
                    index(DESCENDING, "c"),
                    index(DESCENDING, "c", name="again"),
                    index(
                        replace(DESCENDING, order=SortOrder.ASC, nulls=NullsOrder.LAST), name="i"
                    ),
                ],
            )
        ),
        *(INDEX, SECOND, "tables[0].indexes[4]", "tables[0].indexes[5]"),
    ),
    no(
        "INDEX_REPEATED",
        "other methods, orders, predicates and included columns",
        indexed(
            *(index("a"), index("a", method="hash"), index(DESCENDING)),
            *(index("a", where="b > 0"), index("a", include=["b"]), index(), index(name="i")),
        ),
    ),
    yes(
        "INDEX_PREFIX",
        "the beginning of the key and of an index",
        definition(
            table(
                "t",
                "a",
                "b",
                "c",
                primary_key=["a", "b"],
                indexes=[index("a"), index("b"), index("b", "c")],
            )
        ),
        INDEX,
        SECOND,
    ),
    no(
        "INDEX_PREFIX",
        "the end of one, a unique one, and another method",
        indexed(index("b"), index("a", unique=True), index("a", method="hash"), index("a", "b")),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_indexes(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()


def test_an_enum_column_is_named_by_its_sort() -> None:
    """The sentence about an enum does not show its id."""
    built = definition(
        table(
            "t", column("a", type_of("ENUM", enum_id="mood")), indexes=[index("a", method="gin")]
        ),
        enums=[enum("mood", "glad")],
    )
    yes("INDEX_TYPE_UNSUPPORTED", "enum", built, f"{INDEX}.columns[0]").try_out()
