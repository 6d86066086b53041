"""The roles of a generated database reach nothing else, and lower ones do not what is not theirs.

Each attempt is made on a real server, with a login as people get it, and has to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from flask import Flask
from psycopg2 import errors

from embedded.postgresql import STORE
from tests.api.conftest import QUICK, make_client, make_settings
from tests.api.documents import document
from tests.api.logging_in import ROLES, gets_in, reveal, run, session, worked
from tests.api.working import insert_user
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

REFUSALS = (
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.UndefinedFunction,
    errors.UndefinedFile,
    errors.FeatureNotSupported,
    errors.UndefinedObject,
    errors.CantChangeRuntimeParam,
)
"""What a server says to somebody who may not: the last of them where a thing is not even there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Two generated databases on one server, with everything that their people were told."""

    mine: Mapping[str, Any]
    """Credentials of the one that attempts come from, by role."""
    theirs: Mapping[str, Any]
    """Credentials of the other one."""
    store_name: str
    """The store's database, which is on the same server."""

    def words(self) -> dict[str, str]:
        """Return what attempts may name."""
        return {
            "their_database": self.theirs["owner"]["databaseName"],
            "their_owner": self.theirs["owner"]["login"].removesuffix("_1"),
            "their_login": self.theirs["read-write"]["login"],
            "my_database": self.mine["owner"]["databaseName"],
            "my_owner": self.mine["owner"]["login"].removesuffix("_1"),
            "my_writers": self.mine["read-write"]["login"].removesuffix("_1"),
            "my_reader": self.mine["read-only"]["login"],
        }


@pytest.fixture(scope="module")
def neighbours(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Neighbours]:
    """Two databases, made as the product makes them for two people."""
    name = f"store_{uuid4().hex}"
    postgresql_server.create_database(name, template=store_template)
    postgresql_server.execute(f'ALTER DATABASE "{name}" OWNER TO "{STORE}"')
    postgresql_server.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    announcer = FakeAnnouncer()
    settings = make_settings(
        postgresql_server.url(STORE, name), tmp_path_factory.mktemp("isolation"), postgresql_server
    )
    app = create_app(settings, announcer=announcer, patience=QUICK)
    yield _neighbours(app, announcer, name)
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()
    postgresql_server.drop_database(name)


def _neighbours(app: Flask, announcer: FakeAnnouncer, store_name: str) -> Neighbours:
    api = make_client(app)
    found = []
    for name in ("mine", "theirs"):
        schema_id = api.post("/schemas", document(name)).get_json()["data"]["id"]
        worked(api, announcer)
        insert_user(api, schema_id)
        found.append({role: reveal(api, schema_id, role) for role in ROLES})
    return Neighbours(mine=found[0], theirs=found[1], store_name=store_name)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_gets_into_a_database_that_is_not_theirs(neighbours: Neighbours, role: str) -> None:
    """Neither the neighbour's, nor the store, nor the server's own."""
    address = urlsplit(neighbours.mine[role]["connectionString"])
    assert gets_in(address.geturl())
    for name in (
        neighbours.theirs["owner"]["databaseName"],
        neighbours.store_name,
        STORE,
        "postgres",
        "template1",
        "template0",
    ):
        assert not gets_in(address._replace(path=f"/{name}").geturl()), name


BEYOND = {
    "run a program": "COPY users FROM PROGRAM 'id'",
    "feed a program": "COPY users TO PROGRAM 'cat'",
    "read a file": "COPY users FROM '/etc/passwd'",
    "write a file": "COPY users TO '/tmp/stolen'",
    "read a file by function": "SELECT pg_read_file('postgresql.conf')",
    "read bytes of a file": "SELECT pg_read_binary_file('PG_VERSION')",
    "list a folder": "SELECT pg_ls_dir('.')",
    "list the log": "SELECT pg_ls_logdir()",
    "stat a file": "SELECT pg_stat_file('PG_VERSION')",
    "import a file": "SELECT lo_import('/etc/passwd')",
    "export a file": "SELECT lo_export(1, '/tmp/stolen')",
    "see where files are": "SHOW data_directory",
    "see who may connect": "SELECT * FROM pg_hba_file_rules",
    "see verifiers": "SELECT rolname, rolpassword FROM pg_authid",
    "see old verifiers": "SELECT * FROM pg_shadow",
    "see passwords of mappings": "SELECT umoptions FROM pg_user_mapping",
    "see configuration": "SELECT * FROM pg_file_settings",
    "link by extension": "CREATE EXTENSION dblink",
    "link by wrapper": "CREATE EXTENSION postgres_fdw",
    "files by wrapper": "CREATE EXTENSION file_fdw",
    "make a wrapper": "CREATE FOREIGN DATA WRAPPER mine",
    "call dblink": "SELECT dblink_connect('dbname={their_database}')",
    "untrusted language": "CREATE EXTENSION plpython3u",
    "code in C": "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x.so', 'f'",
    "code within the server": "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'int4pl'",
    "load a library": "LOAD '/tmp/x.so'",
    "change the server": "ALTER SYSTEM SET log_statement = 'all'",
    "reload the server": "SELECT pg_reload_conf()",
    "switch the log": "SELECT pg_rotate_logfile()",
    "checkpoint": "CHECKPOINT",
    "read the write-ahead log": "SELECT pg_switch_wal()",
    "replicate out": "CREATE PUBLICATION everything FOR ALL TABLES",
    "replicate in": "CREATE SUBSCRIPTION s CONNECTION 'dbname={their_database}' PUBLICATION p",
    "slot": "SELECT pg_create_logical_replication_slot('s', 'pgoutput')",
    "event trigger": "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
    "log what others run": "SET log_statement = 'all'",
    "skip triggers": "SET session_replication_role = 'replica'",
    "be the superuser": "SET ROLE postgres",
    "be who makes databases": "SET ROLE provisioner",
    "be the store": "SET ROLE schema_builder",
    "be the neighbour": "SET ROLE {their_owner}",
    "be the neighbour's login": "SET ROLE {their_login}",
    "log in as another": "SET SESSION AUTHORIZATION {their_login}",
    "join the neighbour": "GRANT {their_owner} TO {my_owner}",
    "join the readers of files": "GRANT pg_read_server_files TO {my_owner}",
    "make a role": "CREATE ROLE mine LOGIN",
    "change the neighbour's password": "ALTER ROLE {their_login} PASSWORD 'x'",
    "change another login's password": "ALTER ROLE {my_reader} PASSWORD 'x'",
    "lift the limit of sessions": "ALTER ROLE {my_reader} CONNECTION LIMIT -1",
    "remove the neighbour": "DROP ROLE {their_login}",
    "make a database": "CREATE DATABASE mine",
    "copy the neighbour": "CREATE DATABASE mine TEMPLATE {their_database}",
    "drop the neighbour's database": "DROP DATABASE {their_database}",
    "rename the neighbour's database": "ALTER DATABASE {their_database} RENAME TO mine",
    "let oneself in": "GRANT CONNECT ON DATABASE {their_database} TO {my_owner}",
    "make a tablespace": "CREATE TABLESPACE t LOCATION '/tmp'",
}
"""What nobody may, not even the owner of a database."""


@pytest.mark.parametrize("role", ROLES)
def test_nobody_gets_beyond_the_database(neighbours: Neighbours, role: str) -> None:
    """Files, programs, passwords, other roles and other databases are out of reach."""
    done = attempts(neighbours, role, BEYOND)
    if role == "owner":
        # A list of tables of one's own is harmless; the server refuses it only for all tables.
        done = [each for each in done if each != "see passwords of mappings"]
    assert done == []


DDL = {
    "table": "CREATE TABLE mine (id int)",
    "table from rows": "CREATE TABLE mine AS SELECT * FROM users",
    "temporary table": "CREATE TEMP TABLE mine (id int)",
    "temporary view": "CREATE TEMP VIEW mine AS SELECT 1 AS one",
    "view": "CREATE VIEW mine AS SELECT * FROM users",
    "namespace": "CREATE SCHEMA mine",
    "function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "type": "CREATE TYPE mine AS ENUM ('a')",
    "domain": "CREATE DOMAIN mine AS int",
    "sequence": "CREATE SEQUENCE mine",
    "extension": "CREATE EXTENSION hstore",
    "index": "CREATE INDEX ON users (email)",
    "trigger": "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION tsvector_update_trigger()",
    "rule": "CREATE RULE r AS ON INSERT TO users DO NOTHING",
    "policy": "CREATE POLICY p ON users USING (true)",
    "column": "ALTER TABLE users ADD mine int",
    "renaming": "ALTER TABLE users RENAME TO mine",
    "owner": "ALTER TABLE users OWNER TO CURRENT_USER",
    "comment": "COMMENT ON TABLE users IS 'mine'",
    "truncating": "TRUNCATE users",
    "dropping": "DROP TABLE users CASCADE",
    "dropping a namespace": "DROP SCHEMA public CASCADE",
    "defaults of the owner": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {my_owner} GRANT ALL ON TABLES TO PUBLIC"
    ),
    "journal": "COMMENT ON DATABASE {my_database} IS 'mine'",
    "database": "ALTER DATABASE {my_database} RENAME TO mine",
    "database's settings": "ALTER DATABASE {my_database} SET search_path = mine",
    "becoming the owner": "SET ROLE {my_owner}",
    "maintenance": "REINDEX TABLE users",
    "locking all out": "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
}
"""What only the owner may."""


def test_writers_do_not_change_the_structure(neighbours: Neighbours) -> None:
    """They read and write rows, and nothing else; not even temporary tables."""
    # Whoever may write a table may lock it as well; its lock timeout is everybody's own affair.
    allowed = ["locking all out"]
    assert attempts(neighbours, "read-write", DDL) == allowed
    with session(neighbours.mine["read-write"]["connectionString"]) as connection:
        run(connection, "INSERT INTO users VALUES (10, 'ten@example.org')")
        run(connection, "UPDATE users SET email = 'x@example.org' WHERE id = 10")
        run(connection, "DELETE FROM users WHERE id = 10")


WRITING = {
    "insert": "INSERT INTO users VALUES (9, 'nine@example.org')",
    "update": "UPDATE users SET email = 'x@example.org'",
    "delete": "DELETE FROM users",
    "merge": (
        "MERGE INTO users USING (SELECT 1 AS id) s ON users.id = s.id WHEN MATCHED THEN DELETE"
    ),
    "copy": "COPY users FROM STDIN",
    "lock rows": "SELECT * FROM users FOR UPDATE",
    "large object": "SELECT lo_create(0)",
    "notice": "SELECT lo_from_bytea(0, 'x')",
    "write as a writer": "SET ROLE {my_writers}",
}
"""What readers may not."""


@pytest.mark.parametrize("insists", [False, True], ids=["as it comes", "out of read-only mode"])
def test_readers_neither_write_nor_create(neighbours: Neighbours, *, insists: bool) -> None:
    """Not by leaving the read-only mode either, which is only there to be sure."""
    first = "SET default_transaction_read_only = off" if insists else ""
    done = attempts(neighbours, "read-only", WRITING | DDL, first=first)
    # Any role may make large objects of its own, see docs/credentials.md.
    assert done == (["large object", "notice"] if insists else [])


def test_what_others_run_is_not_shown(neighbours: Neighbours) -> None:
    """That there are sessions is; their statements may hold values and are not."""
    with (
        session(neighbours.theirs["owner"]["connectionString"]) as other,
        session(neighbours.mine["owner"]["connectionString"]) as mine,
    ):
        run(other, "SELECT 'their secret'")
        pid = other.info.backend_pid
        ((query,),) = run(mine, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}")
        assert query == "<insufficient privilege>"
        with pytest.raises(errors.InsufficientPrivilege):
            run(mine, f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(errors.InsufficientPrivilege):
            run(mine, f"SELECT pg_cancel_backend({pid})")


def test_passwords_are_not_in_what_everybody_may_read(neighbours: Neighbours) -> None:
    """Roles can be listed on any server, and that is all."""
    with session(neighbours.mine["owner"]["connectionString"]) as mine:
        assert run(mine, "SELECT DISTINCT rolpassword FROM pg_roles") == [("********",)]


@pytest.mark.parametrize("role", ["read-write", "read-only"])
def test_nobody_passes_on_what_they_may(neighbours: Neighbours, role: str) -> None:
    """The server only warns of such an attempt, so what came of it is looked at."""
    acl = "SELECT relacl::text FROM pg_class WHERE relname = 'users'"
    with session(neighbours.mine[role]["connectionString"]) as connection:
        before = run(connection, acl)
        if role == "read-only":
            run(connection, "SET default_transaction_read_only = off")
        run(connection, "GRANT SELECT ON users TO PUBLIC")
        assert run(connection, acl) == before


ALONE = ("DATABASE", "SYSTEM", "SPACE", "SUBSCRIPTION")
"""Words of statements that run in no transaction."""


def attempts(
    neighbours: Neighbours, role: str, statements: Mapping[str, str], *, first: str = ""
) -> list[str]:
    """Try statements as a role, each in a transaction of its own; return what was not refused."""
    done = []
    words = neighbours.words()
    with closing(psycopg2.connect(neighbours.mine[role]["connectionString"])) as connection:
        for name, statement in statements.items():
            with connection.cursor() as cursor:
                if first:
                    cursor.execute(first)
                    connection.commit()
                try:
                    connection.autocommit = any(word in statement for word in ALONE)
                    cursor.execute(statement.format(**words))
                    done.append(name)
                except REFUSALS:
                    pass
                finally:
                    connection.rollback()
                    connection.autocommit = False
    return done
