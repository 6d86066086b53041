"""The exported script reads well and holds what creating runs."""

from __future__ import annotations

from pglast import parse_sql

from core.definition.model import Check, Column, Definition, Enum, Table
from core.definition.types import ColumnType, DataType
from core.formats.sql import export_sql
from core.planning.creation import creation_statements

TABLE = Table(
    id="t",
    name="t",
    columns=(Column(id="c", name="c", type=ColumnType(data_type=DataType.INT)),),
    checks=(Check(id="k", expression="c > 0 -- positive"),),
    description="One; two",
)
DEFINITION = Definition(tables=(TABLE,), enums=(Enum(id="e", name="e", values=("a",)),))


def test_the_script_is_grouped_under_headings() -> None:
    """People find their way, and nothing depends on the moment of the export."""
    assert export_sql(DEFINITION, title="my_schema") == (
        "-- my_schema\n"
        "\n"
        "SET client_encoding = 'UTF8';\n"
        "SET standard_conforming_strings = on;\n"
        "\n"
        "-- Types\n"
        "\n"
        "CREATE TYPE public.e AS ENUM (\n"
        "    'a'\n"
        ");\n"
        "\n"
        "-- Tables\n"
        "\n"
        "CREATE TABLE public.t (\n"
        "    c integer,\n"
        "    CONSTRAINT t_c_check CHECK (c > 0 -- positive\n"
        ")\n"
        ");\n"
        "\n"
        "-- Comments\n"
        "\n"
        "COMMENT ON TABLE public.t IS 'One; two';\n"
    )


def test_the_script_holds_the_statements_that_creating_runs() -> None:
    """What is shown is what is done, after two settings."""
    shown = parse_sql(export_sql(DEFINITION))[2:]
    done = [parse_sql(statement.sql)[0] for statement in creation_statements(DEFINITION)]
    assert [each.stmt for each in shown] == [each.stmt for each in done]


def test_a_title_cannot_leave_its_comment() -> None:
    """Line breaks of every sort and invisible characters become blanks."""
    script = export_sql(DEFINITION, title="a\r\nDROP TABLE x;\u2028\x00\u202e\ud800b")
    assert script.startswith("-- a DROP TABLE x; b\n\nSET ")


def test_a_title_that_shows_nothing_is_left_out() -> None:
    """There is no empty comment."""
    assert export_sql(DEFINITION, title=" \n").startswith("SET ")
