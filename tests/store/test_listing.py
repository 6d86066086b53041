"""Pages of schemas are right whatever happens between them, and cost the same wherever they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.dialects import postgresql

from core.clock import SystemClock
from core.schemas.model import Schema, SchemaStatus
from core.schemas.repository import SchemaSort
from core.store import SqlStore, StoreFactory, tables
from core.store.listing import REMEMBERED_SURVEYS, Listing, Survey, Surveys, page_statement
from tests.store.builders import later, make_schema

pytestmark = pytest.mark.servers

NAMES = ["alpha", "beta", "gamma", "delta", "epsilon"]


def fill(open_store: StoreFactory, schemas: list[Schema]) -> None:
    """Record the schemas for good."""
    with open_store() as store:
        for schema in schemas:
            store.schemas.add(schema)
        store.commit()


def listed(open_store: StoreFactory, **wanted: Any) -> tuple[list[str], int]:  # noqa: ANN401  # as given
    """Return the names on one page and the total."""
    asked: dict[str, Any] = {"search": None, "status": None, "sort": SchemaSort.NEWEST}
    asked |= {"page": 1, "limit": 10}
    with open_store() as store:
        found, total = store.schemas.list_page("local", **(asked | wanted))
    return [schema.name for schema in found], total


@pytest.fixture
def five(open_store: StoreFactory) -> list[Schema]:
    """Five schemas, one second apart, last changed in the opposite order."""
    schemas = [
        replace(make_schema(name, at=later(number)), updated_at=later(100 - number))
        for number, name in enumerate(NAMES)
    ]
    fill(open_store, schemas)
    return schemas


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (SchemaSort.NEWEST, NAMES[::-1]),
        (SchemaSort.OLDEST, NAMES),
        (SchemaSort.LATELY_UPDATED, NAMES),
        (SchemaSort.LONG_UNCHANGED, NAMES[::-1]),
        (SchemaSort.NAME, sorted(NAMES)),
        (SchemaSort.NAME_REVERSED, sorted(NAMES, reverse=True)),
    ],
    ids=[sort.name.lower() for sort in SchemaSort],
)
def test_each_order_is_kept_over_pages(
    open_store: StoreFactory, sort: SchemaSort, order: list[str]
) -> None:
    """Pages put together are the whole list in order."""
    pages = [listed(open_store, sort=sort, page=page, limit=2) for page in (1, 2, 3, 4)]
    assert [names for names, _ in pages] == [order[:2], order[2:4], order[4:], []]
    assert {total for _, total in pages} == {5}


@pytest.mark.usefixtures("five")
def test_an_owner_sees_only_their_own(open_store: StoreFactory) -> None:
    """Schemas of others count nowhere."""
    with open_store() as store:
        found = store.schemas.list_page(
            "stranger", search=None, status=None, sort=SchemaSort.NEWEST, page=1, limit=10
        )
    assert found == ([], 0)


def test_the_status_narrows_the_list(open_store: StoreFactory, five: list[Schema]) -> None:
    """Only those with the status are listed and counted."""
    with open_store() as store:
        store.schemas.set_status(five[2].id, SchemaStatus.ERROR, later(9))
        store.commit()
    assert listed(open_store, status=SchemaStatus.ERROR) == (["gamma"], 1)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("BLOG", ["my blog"]),
        ("o", ["my blog", "shop_100%", "other"]),
        ("100%", ["shop_100%"]),
        ("p_1", ["shop_100%"]),
        ("%", ["shop_100%"]),
        ("_", ["shop_100%"]),
        ("back\\slash", ["other"]),
        ("ÄRGER", ["other"]),
        ("nowhere", []),
        ("", ["my blog", "shop_100%", "other"]),
        ("\0", []),
        ("\ud800", []),
        ("'; DROP TABLE schemas; --", []),
    ],
    ids=lambda value: None if isinstance(value, list) else ascii(value).strip("'\"") or "empty",
)
def test_search_finds_text_in_name_and_description(
    open_store: StoreFactory, search: str, found: list[str]
) -> None:
    """Case aside, and with every sign meaning itself."""
    fill(
        open_store,
        [
            make_schema("other", description="a back\\slash without Ärger", at=later(1)),
            make_schema("shop_100%", at=later(2)),
            make_schema("my blog", description="posts", at=later(3)),
        ],
    )
    assert listed(open_store, search=search) == (found, len(found))


def test_a_change_is_seen_on_the_next_page_asked_for(
    open_store: StoreFactory, five: list[Schema]
) -> None:
    """Remembered places do not outlive an addition, a renaming or a deletion."""
    assert listed(open_store, sort=SchemaSort.NAME)[1] == 5
    fill(open_store, [make_schema("aaa")])
    assert listed(open_store, sort=SchemaSort.NAME, limit=1) == (["aaa"], 6)
    with open_store() as store:
        store.schemas.save(replace(five[0], name="zeta"))
        store.commit()
    assert listed(open_store, sort=SchemaSort.NAME_REVERSED, limit=1) == (["zeta"], 6)
    with open_store() as store:
        store.schemas.save(replace(five[1], deleted_at=later(50)))
        store.commit()
    assert listed(open_store, sort=SchemaSort.NAME, limit=2) == (["aaa", "delta"], 5)


@pytest.mark.usefixtures("five")
def test_a_change_that_is_committed_late_is_seen(open_store: StoreFactory) -> None:
    """A transaction that began before others and ends after them does not go unnoticed."""
    with open_store() as slow:
        slow.schemas.add(make_schema("aaa"))
        fill(open_store, [make_schema("aab")])
        assert listed(open_store, sort=SchemaSort.NAME, limit=2) == (["aab", "alpha"], 6)
        slow.commit()
    assert listed(open_store, sort=SchemaSort.NAME, limit=2) == (["aaa", "aab"], 7)


@pytest.mark.usefixtures("five")
def test_changes_of_another_process_are_seen(
    open_store: StoreFactory, store_engine: Engine
) -> None:
    """What one process remembers does not outlive what another one writes."""
    another = StoreFactory(store_engine, SystemClock())
    assert listed(open_store)[1] == 5
    fill(another, [make_schema("aaa")])
    assert listed(open_store)[1] == 6


@pytest.mark.usefixtures("five")
def test_an_uncommitted_change_is_seen_by_its_own_transaction(open_store: StoreFactory) -> None:
    """A unit of work lists what it has written itself."""
    with open_store() as store:
        assert _page(store, page=1, limit=3)[1] == 5
        store.schemas.add(make_schema("mine"))
        assert _page(store, page=1, limit=3)[1] == 6
    assert listed(open_store)[1] == 5


def test_only_so_many_surveys_are_remembered() -> None:
    """The one that was least lately asked for goes first."""
    surveys = Surveys()
    listings = [
        Listing(owner="local", search=str(number), status=None, sort=SchemaSort.NAME)
        for number in range(REMEMBERED_SURVEYS + 1)
    ]
    survey = Survey(snapshot="1:1:", total=0, keys=())
    for listing in listings[:-1]:
        surveys.put(listing, survey)
    assert surveys.get(listings[0]) is survey
    surveys.put(listings[-1], survey)
    assert surveys.get(listings[0]) is survey
    assert surveys.get(listings[1]) is None


class TestManySchemas:
    """What holds among thousands."""

    @pytest.fixture
    def many(self, store_engine: Engine) -> Engine:
        """Five thousand schemas, many of them made in the same second."""
        rows = [
            _row(make_schema(f"schema {number:05}", at=later(number // 7)))
            for number in range(5000)
        ]
        with store_engine.begin() as connection:
            connection.execute(insert(tables.schemas), rows)
        with store_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE schemas"))
        return store_engine

    @pytest.mark.usefixtures("many")
    def test_any_page_is_the_same_slice_of_the_whole(self, open_store: StoreFactory) -> None:
        """Keys and offsets agree on every border of remembered places, equals included."""
        with open_store() as store:
            whole: list[str] = []
            for page in range(1, 51):
                found, _ = _page(store, page=page, limit=100)
                whole += [schema.name for schema in found]
            assert len(set(whole)) == 5000
            for page, limit in ((1, 7), (15, 7), (143, 7), (34, 33), (200, 25), (5000, 1)):
                found, total = _page(store, page=page, limit=limit)
                first = (page - 1) * limit
                assert [schema.name for schema in found] == whole[first : first + limit]
                assert total == 5000

    def test_a_late_page_reads_no_more_than_an_early_one(
        self, many: Engine, open_store: StoreFactory
    ) -> None:
        """Once the places are known, page 499 costs what page 1 costs."""
        with open_store() as store:
            _page(store, page=1, limit=10)
        with statements(many) as run:
            for page in (1, 499):
                with open_store() as store:
                    _page(store, page=page, limit=10)
        plans = [_rows_read(many, statement) for statement in run if "LIMIT" in statement]
        assert len(plans) == 2
        assert max(plans) < 250
        assert len(run) == 4

    def test_a_page_is_read_through_the_index(self, many: Engine) -> None:
        """The place of a key is found by the index of the order."""
        listing = Listing(owner="local", search=None, status=None, sort=SchemaSort.NEWEST)
        statement = page_statement(
            listing, [tables.schemas.c.name], start=(later(500), str(uuid4())), skipped=50, limit=10
        )
        assert "ix_schemas_created_at" in _plan(many, _literal(statement))

    def test_search_uses_its_index(self, many: Engine) -> None:
        """A rare text is found without reading every schema."""
        listing = Listing(owner="local", search="a 04321", status=None, sort=SchemaSort.NEWEST)
        statement = page_statement(
            listing,
            [tables.schemas.c.name],
            start=(later(10_000), str(uuid4())),
            skipped=0,
            limit=10,
        )
        assert "ix_schemas_search" in _plan(many, _literal(statement))


def _row(schema: Schema) -> dict[str, Any]:
    """Return the row of a schema."""
    return {
        column.name: getattr(schema, column.name)
        for column in tables.schemas.c
        if column.name not in {"changed_by", "lint_policy"}
    }


def _page(store: SqlStore, *, page: int, limit: int) -> tuple[list[Schema], int]:
    """Return one page, newest first."""
    found, total = store.schemas.list_page(
        "local", search=None, status=None, sort=SchemaSort.NEWEST, page=page, limit=limit
    )
    return list(found), total


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile, with their values in place."""
    run: list[str] = []

    def remember(_connection: object, cursor: Any, *_more: object) -> None:  # noqa: ANN401  # psycopg2
        run.append(cursor.query.decode())

    event.listen(engine, "after_cursor_execute", remember)
    yield run
    event.remove(engine, "after_cursor_execute", remember)


def _literal(statement: Any) -> str:  # noqa: ANN401  # any statement
    """Return the statement with its values in place."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _plan(engine: Engine, statement: str) -> str:
    """Return how the server would run the statement."""
    return "\n".join(row[0] for row in _explain(engine, f"EXPLAIN {statement}"))


def _rows_read(engine: Engine, statement: str) -> int:
    """Return how many rows the busiest part of a statement really handed on."""
    ((plan,),) = _explain(engine, f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
    return max(_actual_rows(plan[0]["Plan"]))


def _actual_rows(node: dict[str, Any]) -> list[int]:
    """Return the rows that a part of a plan and all parts below it handed on."""
    below = [rows for child in node.get("Plans", []) for rows in _actual_rows(child)]
    return [*below, int(node["Actual Rows"])]


def _explain(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement that has its values in place already."""
    connection = psycopg2.connect(
        engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()
