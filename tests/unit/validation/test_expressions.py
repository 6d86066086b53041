"""Rules about SQL expressions."""

from __future__ import annotations

from time import process_time

import pytest

from core.definition.model import Column, Definition
from core.definition.types import ColumnType
from core.validation import validate
from core.validation.design import MAX_EXPRESSIONS
from tests.builders import column, definition, enum, expression, index, native, part, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes

EVENT_COLUMNS = (
    column("id", nullable=False),
    column("Name", "TEXT"),
    column("body", "TEXT"),
    column("day", "DATE"),
    column("at", "TIMESTAMPTZ"),
    column("local", "TIMESTAMP"),
    column("span", "INTERVAL"),
    column("is_open", "BOOLEAN"),
    column("mood", type_of("ENUM", enum_id="mood")),
    column("price", native("money")),
    column("tags", native("text[]")),
    column("unknown", native("citext")),
)
CHECK = "tables[0].checks[0].expression"
DEFAULT = "tables[0].columns[12].defaultExpression"
GENERATED = "tables[0].columns[12].generatedExpression"
PART = "tables[0].indexes[0].parts[0].expression"
WHERE = "tables[0].indexes[0].where"


def with_columns(*columns: Column) -> Definition:
    """Build the table of events with these columns more."""
    return definition(table("events", *EVENT_COLUMNS, *columns), enums=[enum("mood", "glad")])


def checks(*expressions: str) -> Definition:
    """Build the table of events with these checks."""
    return definition(
        table("events", *EVENT_COLUMNS, checks=expressions), enums=[enum("mood", "glad")]
    )


def default(sql: str, column_type: str | ColumnType = "TEXT") -> Definition:
    """Build the table of events with one more column of that default."""
    return with_columns(column("more", column_type, default=expression(sql)))


def generated(sql: str, *others: Column) -> Definition:
    """Build the table of events with one more column, computed, and others."""
    return with_columns(column("more", "TEXT", generated=sql), *others)


def indexed(sql: str, where: str | None = None) -> Definition:
    """Build the table of events with an index on an expression."""
    built = index(part(expression=sql), where=where)
    return definition(
        table("events", *EVENT_COLUMNS, indexes=[built]), enums=[enum("mood", "glad")]
    )


def places(count: int) -> tuple[str, ...]:
    """List the places of the first checks."""
    return tuple(f"tables[0].checks[{place}].expression" for place in range(count))


ATTACKS = (
    "id > 0) FROM pg_class; --",
    "id > 0); DROP TABLE events; --",
    "id > 0, is_open",
    "id > 0) + (1",
    "id > 0; DROP TABLE events",
    "id > 0 AS x",
    "id > 0 FROM events",
    "id > 0 UNION SELECT true",
    "DISTINCT id > 0",
    "id > 0 LIMIT 1",
    "id > 0 /*",
    "id > '",
    'id > "',
    "id > $$",
    "*",
    "",
    "  ",
    "-- nothing",
    "SELECT true",
    "id > 0\x00; DROP TABLE events",
    "id > 0 \\! ls",
    "is_open ON CONFLICT",
    "1+" * 1_000 + "1 > 0",
    "(" * 9_000,
)

HARMLESS = (
    'length("Name") > 3 -- a comment',
    "id BETWEEN 1 AND 3 /* ; -- */",
    "body <> ');DROP TABLE x;--'",
    "body ~ '^[a-z\\\\]+$' AND tags[1] IS NOT NULL",
    "CASE WHEN id > 0 THEN is_open ELSE false END",
    "coalesce(body, 'é') || \"Name\" LIKE '%ü%'",
    "(id, body) IS DISTINCT FROM (1, 'x')",
    "id = ANY (ARRAY[1, 2])",
)

MUTABLE = (
    "at::date",
    "body::date",
    "at::text",
    "mood::text",
    "(body::mood)::int",
    "price::numeric",
    "date_trunc('day', at)",
    "extract(hour from at)",
    "date(at)",
    "to_char(at, 'YYYY')",
    "to_tsvector(body)",
    "to_timestamp(body, 'YYYY')",
    "age(local)",
    "concat(body, 'x')",
    "random()",
    "now()",
    "CURRENT_DATE",
    "LOCALTIMESTAMP(3)",
    "current_user",
    "day < at",
    "at - local",
    "at + span",
    "span + at",
    "tags::text",
    "local::timestamptz",
)

IMMUTABLE = (
    "(at AT TIME ZONE 'UTC')::date",
    "date_trunc('day', local)",
    "date_trunc('day', at, 'UTC')",
    "to_tsvector('english', body)",
    "to_timestamp(3)",
    "'2026-01-01'::date",
    "lower(body) || id::text",
    "day + 1",
    "local + span",
    "local::date",
    "at = at",
    "unknown::date",
    "body::int",
    'upper("Name")',
    "age(at, at)",
)

DANGEROUS = (
    "set_config('search_path', '', false)",
    "pg_catalog.set_config('log_statement', 'all', false)",
    "ts_rewrite('a'::tsquery, 'SELECT 1')",
    "query_to_xml('SELECT 1', true, true, '')",
    "dblink_exec('DROP TABLE x')",
    "lo_import('/etc/passwd')",
    "pg_terminate_backend(1)",
    "pg_reload_conf()",
    "pg_read_binary_file('x')",
    "pg_sleep(1)",
    "pg_relation_filepath('events')",
    "pg_advisory_lock(1)",
    "pg_notify('a', 'b')",
    "setseed(1)",
)

CASES = (
    *(yes("EXPRESSION_INVALID", attack[:30], checks(attack), CHECK) for attack in ATTACKS),
    yes("EXPRESSION_INVALID", "a default", default("1, 2"), DEFAULT),
    yes("EXPRESSION_INVALID", "a generated column", generated("1 +"), GENERATED),
    yes("EXPRESSION_INVALID", "an index", indexed("id +", "id >"), PART, WHERE),
    no("EXPRESSION_INVALID", "harmless ones", checks(*HARMLESS)),
    yes(
        "EXPRESSION_FORBIDDEN",
        "what needs more than a row",
        checks(
            *("(SELECT true)", "count(*) > 1", "sum(id) OVER () > 1", "$1", "id = DEFAULT"),
            *("EXISTS (SELECT 1)", "generate_series(1, 2) > 1", "id > ALL (SELECT 1)"),
            *(
                "max(id) > 1",
                "my_sum(DISTINCT id) > 1",
                "events.* IS NULL",
                "CAST(id AS SETOF int) > 1",
            ),
        ),
        *places(12),
    ),
    no("EXPRESSION_FORBIDDEN", "what needs one row", checks(*HARMLESS)),
    yes(
        "EXPRESSION_COLUMN_MISSING",
        "names that are no columns",
        checks("Name > 'x'", "other.id > 1", "public.events.id > 1", "ctid IS NULL"),
        *places(4),
    ),
    yes("EXPRESSION_COLUMN_MISSING", "the whole row", generated("events IS NULL"), GENERATED),
    yes("EXPRESSION_COLUMN_MISSING", "tableoid in an index", indexed("tableoid"), PART),
    no(
        "EXPRESSION_COLUMN_MISSING",
        "columns, in quotes, behind the table's name, the row, the table's own number",
        checks("\"Name\" > 'x'", "events.id > 1", "ID > 1", "events IS NOT NULL", "tableoid > 1"),
    ),
    no("EXPRESSION_COLUMN_MISSING", "a default's name is another rule's", default("hello")),
    yes("DEFAULT_NAMES_COLUMN", "a text without quotes", default("hello"), DEFAULT),
    no("DEFAULT_NAMES_COLUMN", "a text in quotes", default("'hello'")),
    yes("DEFAULT_NEEDS_SEQUENCE", "nextval", default("nextval('s'::regclass)", "BIGINT"), DEFAULT),
    no("DEFAULT_NEEDS_SEQUENCE", "another function", default("now()", "TIMESTAMPTZ")),
    yes(
        "EXPRESSION_FUNCTION_UNKNOWN",
        "strangers and functions that administer",
        checks(
            "my_check(id)",
            "public.lower(body) = ''",
            "pg_read_file(body) = ''",
            "\"LOWER\"(body) = ''",
        ),
        *places(4),
    ),
    no(
        "EXPRESSION_FUNCTION_UNKNOWN",
        "built-in ones",
        checks("pg_catalog.lower(body) = ''", *HARMLESS),
    ),
    yes(
        "EXPRESSION_FUNCTION_UNKNOWN",
        "functions that change settings or run SQL in a text",
        checks(*(f"{call} IS NULL" for call in DANGEROUS)),
        *places(len(DANGEROUS)),
    ),
    yes("DEFAULT_NEEDS_SEQUENCE", "the last one", default("lastval()", "BIGINT"), DEFAULT),
    yes(
        "EXPRESSION_TEXT_DOES_NOT_FIT",
        "defaults that are no values of their columns",
        with_columns(
            column("a", default=expression("'abc'")),
            column("b", "DATE", default=expression("'2024-13-45'")),
            column("c", native("inet"), default=expression("'localhost'")),
            column("d", type_of("ENUM", enum_id="mood"), default=expression("'Glad'")),
            column("e", type_of("VARCHAR", length=2), default=expression("'abc'")),
            column("f", native("int[]"), default=expression("'1'")),
            column("g", "TEXT", default=expression("'x'::int")),
        ),
        *(f"tables[0].columns[{place}].defaultExpression" for place in range(12, 19)),
    ),
    yes(
        "EXPRESSION_TEXT_DOES_NOT_FIT",
        "conversions of texts that are no values",
        checks("day > '2023-02-29'::date", "mood <> CAST('sad' AS mood)", "id > int 'x'"),
        *places(3),
    ),
    no(
        "EXPRESSION_TEXT_DOES_NOT_FIT",
        "texts that are, or may be, and texts of other things",
        with_columns(
            column("a", default=expression("' 7 '")),
            column("b", "DATE", default=expression("'today'")),
            column("c", native("inet"), default=expression("'::1'")),
            column("d", type_of("ENUM", enum_id="mood"), default=expression("'glad'")),
            column("e", type_of("VARCHAR", length=2), default=expression("'ab   '")),
            column("f", native("citext"), default=expression("'x'")),
            column("g", "BOOLEAN", default=expression("'x' = body::nothing")),
            column("h", "DATE", default=expression("'x' ||")),
            column("i", "TEXT", generated="'x'"),
            column("j", "TEXT", default=expression("CAST('x' AS SETOF int)")),
        ),
    ),
    yes("EXPRESSION_TYPE_UNKNOWN", "a stranger", checks("body::citext = ''"), CHECK),
    no(
        "EXPRESSION_TYPE_UNKNOWN",
        "built-in ones and enums",
        checks("body::mood = 'glad'", "id::int8 > 1"),
    ),
    yes(
        "EXPRESSION_NOT_BOOLEAN",
        "other values",
        checks(
            "1",
            "id",
            "id + 1",
            "body || 'x'",
            "CURRENT_DATE",
            "now()",
            "ARRAY[1]",
            "(1, 2)",
            "id::text",
        ),
        *places(9),
    ),
    yes("EXPRESSION_NOT_BOOLEAN", "a text", checks("'maybe'"), CHECK),
    no("EXPRESSION_NOT_BOOLEAN", "a text that spells one", checks("'true'")),
    yes("EXPRESSION_NOT_BOOLEAN", "a predicate", indexed("id", "id"), WHERE),
    no(
        "EXPRESSION_NOT_BOOLEAN",
        "a yes or no, and what only the server knows",
        checks(
            *HARMLESS,
            *(
                "is_open",
                "true",
                "NULL",
                "NOT is_open",
                "is_open IS TRUE",
                "starts_with(body, 'x')",
            ),
            *("id::bool", "id::citext", "unknown", "id OPERATOR(pg_catalog.>) 1", "id <=> 1"),
            *("body IN ('x')", "NULLIF(is_open, true)", "nothing"),
        ),
    ),
    yes("EXPRESSION_TYPE_DIFFERS", "a number for a date", default("1", "DATE"), DEFAULT),
    yes("EXPRESSION_TYPE_DIFFERS", "a uuid", default("gen_random_uuid()", "INT"), DEFAULT),
    yes(
        "EXPRESSION_TYPE_DIFFERS",
        "branches of one type, and an enum",
        with_columns(
            column("a", generated="CASE WHEN is_open THEN day ELSE NULL END"),
            column("b", "DATE", generated="coalesce(mood, mood)"),
            column("c", "UUID", generated="tags"),
            column("d", "INT", generated="id > 1"),
            column("e", "DATE", generated="body IS NULL"),
        ),
        "tables[0].columns[12].generatedExpression",
        "tables[0].columns[13].generatedExpression",
        "tables[0].columns[14].generatedExpression",
        "tables[0].columns[15].generatedExpression",
        "tables[0].columns[16].generatedExpression",
    ),
    no(
        "EXPRESSION_TYPE_DIFFERS",
        "what a column takes, and what only the server knows",
        with_columns(
            column("a", "TEXT", generated="mood"),
            column("b", "BIGINT", default=expression("1")),
            column("c", "TIMESTAMPTZ", default=expression("CURRENT_DATE")),
            column("d", "UUID", default=expression("'x'")),
            column("e", native("citext"), default=expression("1")),
            column("f", type_of("ENUM", enum_id="mood"), generated="mood"),
            column("g", "DATE", generated="CASE id WHEN 1 THEN day WHEN 2 THEN local END"),
            column("h", native("text[]"), generated="tags"),
            column("i", "DATE", generated="mine(day)"),
            column("j", "DATE", generated="day + 1"),
            column("k", "BOOLEAN", generated="NOT is_open"),
        ),
    ),
    *(yes("EXPRESSION_NOT_IMMUTABLE", sql, generated(sql), GENERATED) for sql in MUTABLE),
    *(no("EXPRESSION_NOT_IMMUTABLE", sql, generated(sql)) for sql in IMMUTABLE),
    yes(
        "EXPRESSION_NOT_IMMUTABLE",
        "both places of an index",
        indexed("at::date", "at > now()"),
        PART,
        WHERE,
    ),
    no("EXPRESSION_NOT_IMMUTABLE", "a check and a default", default("now()", "TIMESTAMPTZ")),
    no("EXPRESSION_NOT_IMMUTABLE", "a stranger's function", generated("mine.now()")),
    yes("CHECK_NOT_IMMUTABLE", "the clock", checks("at < now()"), CHECK),
    no("CHECK_NOT_IMMUTABLE", "the row alone", checks(*HARMLESS)),
    yes(
        "GENERATED_FROM_GENERATED",
        "another and itself",
        generated("more || extra", column("extra", "TEXT", generated="body")),
        GENERATED,
        GENERATED,
    ),
    no("GENERATED_FROM_GENERATED", "columns that are not", generated("body || nothing")),
    yes(
        "TOO_MANY_EXPRESSIONS",
        "one more than allowed",
        definition(table("t", "a", checks=["a > 0"] * (MAX_EXPRESSIONS + 1))),
        "tables",
    ),
    yes(
        "TOO_MANY_EXPRESSIONS",
        "too many characters",
        definition(table("t", "a", checks=["a > 0" + " " * 9_000] * 112)),
        "tables",
    ),
    yes(
        "TOO_MANY_EXPRESSIONS",
        "too many nodes",
        definition(table("t", "a", checks=["a" + "[1]" * 1_900] * 107)),
        "tables",
    ),
    yes("EXPRESSION_INVALID", "too many parts", checks("id" + "[1]" * 3_300), CHECK),
    no("TOO_MANY_EXPRESSIONS", "a few", checks(*HARMLESS)),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_expressions(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()


@pytest.mark.parametrize(
    "sql", ["a" + "[1][1]" * 1_600, "a" + "[1]" * 1_900, "'é'||" * 90 + "a", ")" * 9_000]
)
def test_ten_megabytes_of_expressions_are_answered_in_seconds(sql: str) -> None:
    """However dear each of them is to read, not more is read than there is time for."""
    design = definition(*(table(name, "a", checks=[sql] * 1_000) for name in ("t", "s")))
    started = process_time()
    assert any(item.is_error for item in validate(design))
    assert process_time() - started < 20
