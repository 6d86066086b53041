"""Pages of schemas at a cost that does not grow with the page number.

A page number names no place in an index, so somebody must count up to it. That is done once, in a
*survey*: one pass that counts all matching rows and remembers the key of every hundredth. From
then on a page is read by key from the nearest remembered one, and the total is known. A survey
holds as long as no schema of its owner was changed by a transaction that it did not see; the rows
tell, as each bears the number of the transaction that wrote it last. A counter fed from a sequence
was rejected: numbers are not committed in their order, so a late one would go unnoticed.

Source: PostgreSQL manual, 9.27.10 Transaction ID and Snapshot Information Functions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from core.schemas.model import SchemaStatus
from core.schemas.repository import SchemaSort
from core.store import tables
from core.store.identifiers import is_storable
from core.store.tables import TransactionNumber, TransactionSnapshot

STRIDE = 100
"""How many rows apart the remembered keys are."""

REMEMBERED_SURVEYS = 64
"""How many surveys one process remembers."""

_SORT_COLUMNS: dict[SchemaSort, tuple[Column[Any], bool]] = {
    SchemaSort.NEWEST: (tables.schemas.c.created_at, True),
    SchemaSort.OLDEST: (tables.schemas.c.created_at, False),
    SchemaSort.LATELY_UPDATED: (tables.schemas.c.updated_at, True),
    SchemaSort.LONG_UNCHANGED: (tables.schemas.c.updated_at, False),
    SchemaSort.NAME: (tables.schemas.c.name, False),
    SchemaSort.NAME_REVERSED: (tables.schemas.c.name, True),
}
"""The column of each order, and whether it runs downwards."""

Key = tuple[Any, str]
"""The place of a row in a listing: its sort column and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which schemas are listed, and in which order."""

    owner: str
    """Whose schemas."""
    search: str | None
    """Text found anywhere in name or description, case aside."""
    status: SchemaStatus | None
    """Only those with it."""
    sort: SchemaSort
    """The order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass over a listing found."""

    snapshot: str
    """Which transactions it saw, as `pg_snapshot` writes it."""
    total: int
    """How many rows there were."""
    keys: tuple[Key, ...]
    """The keys of rows 0, 100, 200 …"""


class Surveys:
    """The surveys that this process remembers; safe to share between threads."""

    def __init__(self) -> None:
        self._surveys: OrderedDict[Listing, Survey] = OrderedDict()
        self._lock = Lock()

    def get(self, listing: Listing) -> Survey | None:
        """Return the last survey of the listing, or None."""
        with self._lock:
            survey = self._surveys.get(listing)
            if survey is not None:
                self._surveys.move_to_end(listing)
            return survey

    def put(self, listing: Listing, survey: Survey) -> None:
        """Remember a survey, and forget the one that was least lately asked for if need be."""
        with self._lock:
            self._surveys[listing] = survey
            self._surveys.move_to_end(listing)
            while len(self._surveys) > REMEMBERED_SURVEYS:
                self._surveys.popitem(last=False)


def read_page(
    connection: Connection,
    surveys: Surveys,
    listing: Listing,
    columns: Sequence[Column[Any]],
    *,
    page: int,
    limit: int,
) -> tuple[Sequence[RowMapping], int]:
    """Return the rows of one page and the number of all that match."""
    if listing.search is not None and not is_storable(listing.search):
        return [], 0
    survey = surveys.get(listing)
    if survey is None or not _holds(connection, listing, survey):
        survey, is_for_all = _survey(connection, listing)
        if is_for_all:
            surveys.put(listing, survey)
    offset = (page - 1) * limit
    if offset >= survey.total:
        return [], survey.total
    anchor, skipped = divmod(offset, STRIDE)
    statement = page_statement(
        listing, columns, start=survey.keys[anchor], skipped=skipped, limit=limit
    )
    return connection.execute(statement).mappings().all(), survey.total


def page_statement(
    listing: Listing,
    columns: Sequence[Column[Any]],
    *,
    start: Key,
    skipped: int,
    limit: int,
) -> Select[Any]:
    """Return the query for a page that begins `skipped` rows behind the row with the key."""
    column, is_downwards = _SORT_COLUMNS[listing.sort]
    place, first = tuple_(column, tables.schemas.c.id), tuple_(*start)
    return (
        select(*columns)
        .where(_matches(listing), place <= first if is_downwards else place >= first)
        .order_by(*_order(listing.sort))
        .offset(skipped)
        .limit(limit)
    )


def _survey(connection: Connection, listing: Listing) -> tuple[Survey, bool]:
    """Pass over the listing once; say whether others see the same, as we have written nothing."""
    # The snapshot is taken first: what is committed between the two makes the survey out of date
    # at worst, never wrongly valid.
    snapshot, is_for_all = connection.execute(
        select(
            cast(func.pg_current_snapshot(), Text),
            func.pg_current_xact_id_if_assigned().is_(None),
        )
    ).one()
    column, _ = _SORT_COLUMNS[listing.sort]
    numbered = (
        select(
            column.label("value"),
            tables.schemas.c.id.label("id"),
            func.row_number().over(order_by=_order(listing.sort)).label("number"),
            func.count().over().label("total"),
        )
        .where(_matches(listing))
        .subquery()
    )
    rows = connection.execute(
        select(numbered).where((numbered.c.number - 1) % STRIDE == 0).order_by(numbered.c.number)
    ).all()
    total: int = rows[0].total if rows else 0
    keys = tuple((row.value, row.id) for row in rows)
    return Survey(snapshot=snapshot, total=total, keys=keys), is_for_all


def _holds(connection: Connection, listing: Listing, survey: Survey) -> bool:
    """Tell whether no schema of the owner was changed behind the survey's back."""
    changed_by = tables.schemas.c.changed_by
    seen_whole = cast(survey.snapshot.partition(":")[0], TransactionNumber)
    was_seen = func.pg_visible_in_snapshot(changed_by, cast(survey.snapshot, TransactionSnapshot))
    changed = exists().where(
        tables.schemas.c.owner == listing.owner, changed_by >= seen_whole, ~was_seen
    )
    return not connection.execute(select(changed)).scalar_one()


def _order(sort: SchemaSort) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the order of a listing; the id decides between equals."""
    column, is_downwards = _SORT_COLUMNS[sort]
    row_id = tables.schemas.c.id
    return (column.desc(), row_id.desc()) if is_downwards else (column.asc(), row_id.asc())


def _matches(listing: Listing) -> ColumnElement[bool]:
    """Return the condition that a listing's rows fulfil."""
    table = tables.schemas
    conditions = [table.c.owner == listing.owner, table.c.deleted_at.is_(None)]
    if listing.status is not None:
        conditions.append(table.c.status == listing.status)
    if listing.search:
        pattern = f"%{_escape(listing.search)}%"
        conditions.append(
            or_(
                table.c.name.ilike(pattern, escape="\\"),
                table.c.description.ilike(pattern, escape="\\"),
            )
        )
    return and_(*conditions)


def _escape(searched: str) -> str:
    """Return the text with the signs that mean something in a pattern made harmless."""
    return searched.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
