"""The catalogue of rules as a whole."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    PrimaryKey,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from core.validation import RULES, Level, analyse, validate
from core.validation.catalogue import MAX_DIAGNOSTICS_PER_RULE
from core.validation.diagnostic import in_document_order
from tests.builders import column, definition, foreign_key, literal, table
from tests.unit.validation import (
    test_cascades,
    test_collisions,
    test_enums,
    test_expressions,
    test_habits,
    test_indexes,
    test_keys,
    test_names,
    test_references,
    test_tables,
    test_types,
    test_values,
)

ROOT = Path(__file__).parents[3]
CASES = [
    case
    for module in (
        *(test_cascades, test_collisions, test_enums, test_expressions, test_habits),
        *(test_indexes, test_keys, test_names, test_references, test_tables),
        *(test_types, test_values),
    )
    for case in module.CASES
]


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_has_a_test_for_yes_and_one_for_no(code: str) -> None:
    """No rule goes untried on either side."""
    assert any(case.code == code and case.paths for case in CASES)
    assert any(case.code == code and not case.paths for case in CASES)


def test_every_code_belongs_to_one_rule() -> None:
    """Codes are unique and written in upper snake case."""
    counted = Counter(rule.code for rule in RULES)
    assert {code for code, count in counted.items() if count > 1} == set()
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in counted)
    assert {case.code for case in CASES} == set(counted)


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_is_documented(code: str) -> None:
    """Each says what it wants in a sentence, and has an id of the catalogue."""
    rule = next(rule for rule in RULES if rule.code == code)
    assert rule.summary.endswith(".")
    assert re.fullmatch(r"[A-Z]\d{3}", rule.catalogue)


def test_the_page_of_rules_is_up_to_date() -> None:
    """The reference page says what the rules say; `make rules` writes it anew."""
    script = ROOT / "docs" / "generate_rules.py"
    written = subprocess.run(
        [sys.executable, str(script), "--print"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == written


def test_the_page_of_versions_is_up_to_date() -> None:
    """So does the page of server versions."""
    script = ROOT / "docs" / "generate_versions.py"
    written = subprocess.run(
        [sys.executable, str(script), "--print"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    assert (ROOT / "docs" / "versions.md").read_text(encoding="utf-8") == written


def test_findings_come_in_the_order_of_the_document() -> None:
    """Namespaces, enums, tables and foreign keys follow each other; numbers count as numbers."""
    paths = (
        *("", "namespaces[0].name", "enums[2]", "enums[10]", "tables", "tables[0].columns[9]"),
        *("tables[0].columns[10].name", "tables[2]", "foreignKeys[0].sourceColumnId", "else"),
    )
    found = [next(iter(validate(definition()))) for _ in paths]
    ordered = [
        type(item)(code=item.code, level=item.level, path=path, message="", rule="T001")
        for item, path in zip(found, paths, strict=True)
    ]
    assert sorted(ordered, key=in_document_order) == ordered


def test_a_good_design_is_free_of_errors() -> None:
    """A plain design gets advice at most."""
    good = definition(
        table("users", "id", column("name", "TEXT", default=literal("x")), primary_key="id"),
        table("posts", "id", column("user_id"), primary_key="id"),
        foreign_keys=[foreign_key("posts", "user_id", "users")],
    )
    assert [item for item in validate(good) if item.is_error] == []
    assert {item.level for item in validate(good)} == {Level.MEDIUM}


def test_one_rule_is_heard_a_bounded_number_of_times() -> None:
    """A huge design does not make a huge answer, and the answer says that there is more."""
    columns = [column(f"c{place}", default=literal("x")) for place in range(1_500)]
    found = validate(definition(table("t", *columns)))
    counted = Counter(item.code for item in found if item.path)
    assert counted["DEFAULT_DOES_NOT_FIT"] == MAX_DIAGNOSTICS_PER_RULE
    last = found[-1]
    assert (last.code, last.level, last.path) == ("DEFAULT_DOES_NOT_FIT", Level.ERROR, "")
    assert last.message == "There are more of this sort; 1,000 of them are told."


def test_nothing_is_said_to_be_missing_where_nothing_is() -> None:
    """Just as many as are told are all of them."""
    columns = [column(f"c{place}", default=literal("x")) for place in range(1_000)]
    found = validate(definition(table("t", *columns)))
    assert all(item.path for item in found if item.code == "DEFAULT_DOES_NOT_FIT")


WORDS = st.sampled_from(
    ["", "a", "A", "b", "t", "pg_x", "user_id", "x_type", "x_id", "é" * 40, "\n"]
)
TEXTS = WORDS | st.sampled_from(
    ["a > 0", "now()", "1 +", "(SELECT 1)", "NULL", "a::x", "int", "x(1)"]
)
OPTIONAL = st.none() | TEXTS
LISTS = st.lists(WORDS, max_size=3).map(tuple)
NUMBERS = st.none() | st.integers(-2, 2_000)
TYPES = st.builds(
    ColumnType,
    data_type=st.sampled_from(DataType),
    length=NUMBERS,
    precision=NUMBERS,
    scale=NUMBERS,
    native=OPTIONAL,
    enum_id=OPTIONAL,
)
DEFAULTS = (
    st.none()
    | st.builds(ExpressionDefault, sql=TEXTS)
    | st.builds(
        LiteralDefault, json=st.sampled_from(["1", '"x"', '"NULL"', '"now()"', "[]", "1.5", "true"])
    )
)
COLUMNS = st.builds(
    Column,
    id=WORDS,
    name=WORDS,
    type=TYPES,
    identity=st.none() | st.sampled_from(IdentityKind),
    default=DEFAULTS,
    generated=OPTIONAL,
)
PARTS = st.builds(IndexPart, column_id=OPTIONAL, expression=OPTIONAL)
INDEXES = st.builds(
    Index,
    id=WORDS,
    name=OPTIONAL,
    parts=st.lists(PARTS, max_size=2).map(tuple),
    method=st.sampled_from(["btree", "gin", "hash", "x"]),
    where=OPTIONAL,
    include_column_ids=LISTS,
)
TABLES = st.builds(
    Table,
    id=WORDS,
    name=WORDS,
    namespace=WORDS,
    columns=st.lists(COLUMNS, max_size=3).map(tuple),
    primary_key=st.none() | st.builds(PrimaryKey, column_ids=LISTS, name=OPTIONAL),
    uniques=st.lists(st.builds(Unique, id=WORDS, column_ids=LISTS, name=OPTIONAL), max_size=2).map(
        tuple
    ),
    checks=st.lists(st.builds(Check, id=WORDS, expression=TEXTS, name=OPTIONAL), max_size=2).map(
        tuple
    ),
    indexes=st.lists(INDEXES, max_size=2).map(tuple),
)
BROKEN = st.builds(
    Definition,
    tables=st.lists(TABLES, max_size=3).map(tuple),
    foreign_keys=st.lists(
        st.builds(
            ForeignKey,
            id=WORDS,
            source_table_id=WORDS,
            source_column_ids=LISTS,
            target_table_id=WORDS,
            target_column_ids=LISTS,
            name=OPTIONAL,
        ),
        max_size=3,
    ).map(tuple),
    enums=st.lists(
        st.builds(Enum, id=WORDS, name=WORDS, values=LISTS, namespace=WORDS), max_size=2
    ).map(tuple),
    namespaces=st.lists(st.builds(Namespace, name=WORDS), max_size=2).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(BROKEN)
def test_no_definition_is_too_broken_to_be_checked(broken: Definition) -> None:
    """Missing ids, wrong types and bad names are told, never raised."""
    analyse(broken)
    for item in validate(broken):
        assert item.message
        assert item.path
