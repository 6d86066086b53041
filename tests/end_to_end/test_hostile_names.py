"""Names are data: each is refused with a place, or created as it is, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.client import Api
from tests.end_to_end.designs import ROW_COUNTS, ROWS, small_design
from tests.end_to_end.watching import Watch, roles_of
from tests.strategy_parts import HOSTILE_NAMES

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

NAMES = (
    *HOSTILE_NAMES,
    '"; DROP DATABASE postgres; --',
    "'; DROP ROLE provisioner; --",
    "$$; DROP TABLE customers; $$",
    "$a$; DROP TABLE customers; $a$",
    "E'\\n'",
    'U&"\\0041"',
    "\\",
    '"',
    "'",
    "`",
    "?",
    "%",
    "%%s",
    "*/ DROP TABLE customers; /*",
    "#{x}",
    "${x}",
    "<script>alert(1)</script>",
    "__proto__",
    "../../etc/passwd",
    "public",
    "postgres",
    "template1",
    "information_schema",
    "pg_catalog",
    "pg_temp",
    "PG_X",
    "ctid",
    "xmin",
    "oid",
    "tableoid",
    "customers",
    "_customers",
    "None",
    "",
    " ",
    " leading",
    "trailing ",
    "a\nb",
    "a\tb",
    "a\rb",
    "a\x00b",
    "\x7f",
    "\ud800",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\u2028",
    "e\u0301",
    "ﬀ",
    "İ",
    "ß",
    "x" * 64,
    "é" * 32,
    "😀" * 16,
    "x" * 10_000,
)
"""Names that are legal and names that are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameField:
    """One field of documents that holds a name."""

    path: str
    """Where it is in a document that uses it once."""
    design: Callable[[Sequence[str]], dict[str, Any]]
    """Makes a document that uses it for each of some names."""
    query: str
    """Finds in the database all names of that sort."""


def _design(**parts: object) -> dict[str, Any]:
    return {"name": f"hostile {uuid4().hex}", **parts}


def _table(name: str, *columns: dict[str, Any], **parts: object) -> dict[str, Any]:
    key = {"id": f"{name}.id", "name": "id", "dataType": "INT", "primaryKey": True}
    return {"id": name, "name": name, "columns": [key, *columns], **parts}


def _column(column_id: str, name: str) -> dict[str, Any]:
    return {"id": column_id, "name": name, "dataType": "INT"}


def _with_tables(names: Sequence[str]) -> dict[str, Any]:
    tables = [_table(f"t{place}") | {"name": name} for place, name in enumerate(names)]
    return _design(tables=tables)


def _with_columns(names: Sequence[str]) -> dict[str, Any]:
    columns = [_column(f"c{place}", name) for place, name in enumerate(names)]
    return _design(tables=[{"id": "t", "name": "t", "columns": columns}])


def _with_namespaces(names: Sequence[str]) -> dict[str, Any]:
    namespaces = [{"name": name} for name in names]
    return _design(namespaces=namespaces, tables=[_table("t")])


def _with_enums(names: Sequence[str]) -> dict[str, Any]:
    enums = [{"id": f"e{place}", "name": name, "values": ["a"]} for place, name in enumerate(names)]
    return _design(enums=enums, tables=[_table("t")])


def _with_enum_values(names: Sequence[str]) -> dict[str, Any]:
    enums = [{"id": "e", "name": "e", "values": list(names)}]
    return _design(enums=enums, tables=[_table("t")])


def _with_primary_keys(names: Sequence[str]) -> dict[str, Any]:
    tables = [
        _table(f"t{place}", primaryKey={"name": name, "columnIds": [f"t{place}.id"]})
        for place, name in enumerate(names)
    ]
    return _design(tables=tables)


def _with_uniques(names: Sequence[str]) -> dict[str, Any]:
    tables = [
        _table(
            f"t{place}",
            _column(f"t{place}.a", "a"),
            uniques=[{"id": f"u{place}", "name": name, "columnIds": [f"t{place}.a"]}],
        )
        for place, name in enumerate(names)
    ]
    return _design(tables=tables)


def _with_checks(names: Sequence[str]) -> dict[str, Any]:
    checks = [
        {"id": f"k{place}", "name": name, "expression": f"id <> -{place + 1}"}
        for place, name in enumerate(names)
    ]
    return _design(tables=[_table("t", checks=checks)])


def _with_indexes(names: Sequence[str]) -> dict[str, Any]:
    tables = [
        _table(
            f"t{place}",
            _column(f"t{place}.a", "a"),
            indexes=[{"id": f"i{place}", "name": name, "columns": ["a"]}],
        )
        for place, name in enumerate(names)
    ]
    return _design(tables=tables)


def _with_foreign_keys(names: Sequence[str]) -> dict[str, Any]:
    columns = [_column(f"t.c{place}", f"c{place}") for place in range(len(names))]
    keys = [
        {
            "id": f"f{place}",
            "name": name,
            "sourceTableId": "t",
            "sourceColumnId": f"t.c{place}",
            "targetTableId": "t",
            "targetColumnId": "t.id",
        }
        for place, name in enumerate(names)
    ]
    return _design(tables=[_table("t", *columns)], foreignKeys=keys)


_OURS = "nspname !~ '^pg_toast|^pg_temp' AND nspname NOT IN ('pg_catalog', 'information_schema')"
_RELATIONS = f"pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE {_OURS}"
_CONSTRAINTS = f"pg_constraint AS c JOIN pg_namespace AS n ON n.oid = connamespace WHERE {_OURS}"

FIELDS = {
    "table": NameField(
        path="tables[0].name",
        design=_with_tables,
        query=f"SELECT relname FROM {_RELATIONS} AND relkind = 'r'",
    ),
    "column": NameField(
        path="tables[0].columns[0].name",
        design=_with_columns,
        query="SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0",
    ),
    "namespace": NameField(
        path="namespaces[0].name",
        design=_with_namespaces,
        query=f"SELECT nspname FROM pg_namespace WHERE {_OURS}",
    ),
    "enum": NameField(
        path="enums[0].name",
        design=_with_enums,
        query="SELECT typname FROM pg_type WHERE typtype = 'e'",
    ),
    "enum_value": NameField(
        path="enums[0].values[0]",
        design=_with_enum_values,
        query="SELECT enumlabel FROM pg_enum",
    ),
    "primary_key": NameField(
        path="tables[0].primaryKey.name",
        design=_with_primary_keys,
        query=f"SELECT conname FROM {_CONSTRAINTS} AND contype = 'p'",
    ),
    "unique": NameField(
        path="tables[0].uniques[0].name",
        design=_with_uniques,
        query=f"SELECT conname FROM {_CONSTRAINTS} AND contype = 'u'",
    ),
    "check": NameField(
        path="tables[0].checks[0].name",
        design=_with_checks,
        query=f"SELECT conname FROM {_CONSTRAINTS} AND contype = 'c'",
    ),
    "index": NameField(
        path="tables[0].indexes[0].name",
        design=_with_indexes,
        query=f"SELECT relname FROM {_RELATIONS} AND relkind = 'i' AND relname !~ '_pkey$'",
    ),
    "foreign_key": NameField(
        path="foreignKeys[0].name",
        design=_with_foreign_keys,
        query=f"SELECT conname FROM {_CONSTRAINTS} AND contype = 'f'",
    ),
}
"""Every field that names something in a database."""


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_each_name_is_refused_with_its_place_or_created_as_it_is(
    field: NameField, api: Api, watch: Watch
) -> None:
    """Ask of each name alone, create with all that were accepted, and look at the whole server."""
    accepted = [name for name in NAMES if _is_accepted(api, field, name)]
    bystander = api.send("POST", "/schemas", small_design(), wait=30)
    watch.ask(bystander["id"], ROWS)
    databases, roles = watch.databases_and_roles()
    others = watch.relations_of_servers_own_databases()

    schema = api.send("POST", "/schemas", field.design(accepted), wait=30)

    assert schema["job"]["state"] == "succeeded", schema["job"]["error"]
    found = {str(name) for (name,) in watch.ask(schema["id"], field.query)}
    assert found - {"public"} == set(accepted) - {"public"}
    assert watch.databases_and_roles() == (
        databases | {schema["databaseName"]},
        roles | roles_of(schema["databaseName"]),
    )
    assert watch.relations_of_servers_own_databases() == others
    assert watch.rows(bystander["id"]) == ROW_COUNTS
    assert watch.leftovers() == []


def test_the_name_of_a_schema_reaches_no_server(api: Api, watch: Watch) -> None:
    """Post every name as that of a schema, with hostile descriptions as well."""
    databases, roles = watch.databases_and_roles()
    made, job_ids = set(), []
    for name in NAMES:
        design = small_design() | {"name": name, "description": name[:500]}
        design["tables"][0]["description"] = name[:500]
        design["tables"][0]["columns"][0]["description"] = name[:500]
        answer = api.call("POST", "/schemas", design)
        if answer.status_code == 201:
            schema = answer.json()["data"]
            assert schema["name"] == name
            made.add(schema["databaseName"])
            job_ids.append(schema["job"]["id"])
        else:
            assert answer.status_code == 400
            assert {error["field"] for error in answer.json()["data"]["errors"]} <= {
                "name",
                "description",
                "tables[0].description",
                "tables[0].columns[0].description",
            }

    assert [job["error"] for job in api.ends_of(job_ids) if job["state"] != "succeeded"] == []
    assert watch.databases_and_roles() == (
        databases | made,
        roles.union(*map(roles_of, made)),
    )
    assert watch.leftovers() == []


def _is_accepted(api: Api, field: NameField, name: str) -> bool:
    answer = api.call("POST", "/schemas/validate", field.design([name]))
    if answer.status_code == 200:
        return True
    assert answer.status_code == 400, f"{name!r}: {answer.text}"
    errors = answer.json()["data"]["errors"]
    assert all(error["code"] and error["message"] for error in errors)
    assert {error["field"] for error in errors} == {field.path}, f"{name!r}: {errors}"
    return False
