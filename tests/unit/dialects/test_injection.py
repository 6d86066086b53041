"""Whatever names and texts say, each statement stays one statement of its own kind."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pglast import parse_sql

from core.definition.literals import json_text
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
from core.formats.sql import export_sql
from core.planning.creation import creation_statements
from core.validation import validate

HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    st.text("'\"\\;-/*$() \n\rEx", min_size=1),
)
KINDS = [
    *("CreateSchemaStmt", "CreateEnumStmt", "CreateStmt", "IndexStmt", "AlterTableStmt"),
    *("CommentStmt", "CommentStmt", "CommentStmt", "CommentStmt"),
]
SETTINGS = ["VariableSetStmt", "VariableSetStmt"]


def design(name: str, text: str) -> Definition:
    """Return a definition that says the name and the text wherever one can stand."""
    table = Table(
        id="t",
        name=name,
        namespace=name,
        columns=(
            Column(
                id="c",
                name=name,
                type=ColumnType(data_type=DataType.INT),
                nullable=False,
                identity=IdentityKind.ALWAYS,
                description=text,
            ),
            Column(
                id="d",
                name=f"{name}2",
                type=ColumnType(data_type=DataType.ENUM, enum_id="e"),
                default=LiteralDefault(json=json_text(f"x{text}")),
            ),
        ),
        primary_key=PrimaryKey(column_ids=("c",), name=name),
        uniques=(Unique(id="u", column_ids=("d",), name=name),),
        checks=(Check(id="k", expression="1 > 0 -- note", name=name),),
        indexes=(Index(id="i", parts=(IndexPart(column_id="d"),), name=name),),
        description=text,
    )
    foreign_key = ForeignKey(
        id="f",
        name=name,
        source_table_id="t",
        source_column_ids=("c",),
        target_table_id="t",
        target_column_ids=("c",),
    )
    return Definition(
        tables=(table,),
        foreign_keys=(foreign_key,),
        enums=(Enum(id="e", name=name, namespace=name, values=(text,), description=text),),
        namespaces=(Namespace(name=name, description=text),),
    )


@given(HOSTILE, HOSTILE)
@example('order"; DROP TABLE x; --', "'); DROP TABLE x; --")
@example("\\", "\\'); DROP TABLE x; --")
def test_hostile_names_and_texts_stay_data(name: str, text: str) -> None:
    """PostgreSQL's grammar reads exactly the statements that were meant."""
    name = "public2" if name == "public" else name
    definition = design(name, text)
    read = [kinds_of(statement.sql) for statement in creation_statements(definition)]
    assert read == [[kind] for kind in KINDS]
    assert kinds_of(export_sql(definition, title=text)) == [*SETTINGS, *KINDS]


def kinds_of(sql: str) -> list[str]:
    """Name the statements that PostgreSQL's grammar reads."""
    return [type(each.stmt).__name__ for each in parse_sql(sql)]


@pytest.mark.parametrize(
    "sql",
    [
        "set_config('search_path', 'evil', false)",
        "pg_catalog.set_config('log_statement', 'all', false)",
        "ts_rewrite('a'::tsquery, 'SELECT t, s FROM aliases')",
        "query_to_xml('DELETE FROM t', true, true, '')",
        "dblink_exec('DROP TABLE t')",
    ],
)
def test_no_expression_runs_sql_in_a_text_or_changes_settings(sql: str) -> None:
    """Such calls are refused wherever an expression can stand."""
    table = Table(
        id="t",
        name="t",
        columns=(
            Column(
                id="c",
                name="c",
                type=ColumnType(data_type=DataType.TEXT),
                default=ExpressionDefault(sql=sql),
            ),
            Column(
                id="d", name="d", type=ColumnType(data_type=DataType.TEXT), generated=f"({sql})"
            ),
        ),
        checks=(Check(id="k", expression=f"{sql} IS NULL"),),
        indexes=(Index(id="i", parts=(IndexPart(expression=f"({sql})"),), where=f"{sql} = ''"),),
    )
    refused = {
        item.path
        for item in validate(Definition(tables=(table,)))
        if item.code == "EXPRESSION_FUNCTION_UNKNOWN" and item.is_error
    }
    assert len(refused) == 5
