"""How generated columns are added to a large table: a copy that has them takes its place.

Which tables are copied is `copyable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.changes import ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, ForeignKey, Table
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_columns import drop_column
from core.dialects.postgresql.altering_constraints import (
    add_foreign_key,
    add_key_using_index,
    drop_constraint,
    rename_constraint,
    validate_foreign_key,
)
from core.dialects.postgresql.altering_copies import (
    Copying,
    analyze,
    copy_rows,
    count_in_copy,
    create_copy,
    drop_copied,
    drop_copy,
    lock_unchanged,
    prove_copy,
    remember_table,
    take_over_sequence,
    vacuum_again,
)
from core.dialects.postgresql.altering_copy_triggers import (
    drop_function,
    keep_copy_in_step,
    stop_keeping_copy,
)
from core.dialects.postgresql.altering_indexes import (
    create_index,
    create_unique_index,
    rename_index,
)
from core.dialects.postgresql.altering_tables import (
    comment_on_column,
    comment_on_table,
    rename_table,
)
from core.dialects.postgresql.clauses import column_clause
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import keys, line
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement


def added_columns(table: Table, scenery: Scenery) -> tuple[Column, ...]:
    """Return the columns of a table of after that it does not have yet, in their order."""
    return tuple(each for each in table.columns if not scenery.persists(each.id))


def add_by_copying(
    table: Table, added: Sequence[Column], scenery: Scenery, *, needs: frozenset[str]
) -> Move:
    """Copy a table beside itself with more columns, and exchange the two by name in one line.

    The way back drops the columns, and whatever was made ready.

    Args:
        table: The table after.
        added: The generated columns that it gets, at least one.
        scenery: Both ends.
        needs: Keys of what has to be there.
    """
    found = _Exchange.of(table, added, scenery)
    copying = found.copying
    dropped = (drop_column(copying.table, each.name, each.id, if_exists=True) for each in added)
    validated = [
        line(
            validate_foreign_key(
                scenery.after.place(each.source_table_id), each.name or "", each.id
            )
        )
        for each in found.foreign_keys
    ]
    subjects = ", ".join(qualified(table.namespace, table.name, each.name) for each in added)
    return Move(
        stage=Stage.BUILD,
        up=(
            found.begun(),
            line(copy_rows(copying)),
            *(line(each) for each in found.built()),
            line(analyze(copying.copy, copying.cause)),
            line(prove_copy(copying)),
            found.exchanged(),
            *validated,
        ),
        down=(
            *validated,
            line(*stop_keeping_copy(copying), drop_copy(copying), *dropped),
        ),
        provides=keys(ObjectKind.COLUMN, (each.id for each in added)),
        needs=needs,
        reason=(
            f"{subjects}: generated and stored, so that a copy of the table is filled in batches"
            " and takes its place, because the table is big"
            f" ({scenery.size_words(table.id)})."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """A table, its copy, and what is on both."""

    table: Table
    """The table of after."""
    before: Table
    """The table of before, which has the same name."""
    added: tuple[Column, ...]
    """What the copy has beyond it."""
    copying: Copying
    """Where both are."""
    key_name: str
    """The name of the copy's primary key until the exchange."""
    index_names: dict[str, str]
    """Names of the copy's other indexes until then, by id of unique constraint or index."""
    foreign_keys: tuple[ForeignKey, ...]
    """Those on the table and those that refer to it, as long as they stay."""
    scenery: Scenery
    """Both ends."""

    @classmethod
    def of(cls, table: Table, added: Iterable[Column], scenery: Scenery) -> _Exchange:
        before = scenery.before.table(table.id)
        assert before.primary_key is not None  # noqa: S101 `copyable` looked
        place, added = Place.of(table), tuple(added)
        copying = Copying(
            table=place,
            copy=Place(place.namespace, scenery.temporary()),
            function=Place(place.namespace, scenery.temporary()),
            key=tuple(scenery.before.names(before.primary_key.column_ids)),
            columns=tuple(each.name for each in before.columns if each.generated is None),
            cause=added[0].id,
        )
        return cls(
            table=table,
            before=before,
            added=added,
            copying=copying,
            key_name=scenery.temporary(),
            index_names={
                **{each.id: scenery.temporary() for each in before.uniques},
                **{each.id: scenery.temporary() for each in before.indexes},
            },
            foreign_keys=tuple(
                each
                for each in scenery.before.definition.foreign_keys
                if table.id in {each.source_table_id, each.target_table_id}
            ),
            scenery=scenery,
        )

    def begun(self) -> Line:
        """Make the copy, and let it have from now on whatever is written."""
        side, copy = self.scenery.after, self.copying.copy
        columns = [
            column_clause(
                each, side.speller.type(each.type), not_null_name=side.not_null_name(each.id)
            )
            for each in self.added
        ]
        comments = [
            comment_on_column(copy, each.name, each.description, each.id)
            for each in self.added
            if each.description
        ]
        if self.before.description:
            comments.append(comment_on_table(copy, self.before.description, self.table.id))
        return line(
            create_copy(self.copying, columns, self.key_name),
            *(
                count_in_copy(self.copying, each.name, each.identity, each.id)
                for each in self.before.columns
                if each.identity is not None
            ),
            *comments,
            *keep_copy_in_step(self.copying),
            remember_table(self.copying),
        )

    def built(self) -> Iterator[Statement]:
        """Build the other indexes of the copy, under names of their own."""
        copy, side = self.copying.copy, self.scenery.before
        for unique in self.before.uniques:
            columns = side.names(unique.column_ids)
            yield create_unique_index(copy, self.index_names[unique.id], columns, unique.id)
        for index in self.before.indexes:
            name = self.index_names[index.id]
            yield create_index(copy, index, side.column_name, name=name, concurrently=True)

    def exchanged(self) -> Line:
        """Put the copy in the place of the table, with all names."""
        copying, key = self.copying, self.before.primary_key
        place, copy, cause = copying.table, copying.copy, copying.cause
        counting = [each for each in self.before.columns if each.identity is not None]
        incoming = [each for each in self.foreign_keys if each.source_table_id != self.table.id]
        near = dict.fromkeys(
            self.scenery.after.place(end)
            for each in self.foreign_keys
            for end in (each.source_table_id, each.target_table_id)
            if end != self.table.id
        )
        return line(
            *lock_unchanged(copying, near),
            *(
                take_over_sequence(copying, each.name, self.scenery.temporary(), each.id)
                for each in counting
            ),
            *(drop_constraint(self._source(each), each.name or "", each.id) for each in incoming),
            drop_copied(copying),
            drop_function(copying),
            rename_table(copy, place.name, cause),
            vacuum_again(copying),
            rename_constraint(place, self.key_name, (key and key.name) or "", self.table.id),
            *(
                add_key_using_index(place, each.name or "", self.index_names[each.id], each.id)
                for each in self.before.uniques
            ),
            *(
                rename_index(
                    Place(place.namespace, self.index_names[each.id]), each.name or "", each.id
                )
                for each in self.before.indexes
            ),
            *(self._made_again(each) for each in self.foreign_keys),
        )

    def _source(self, foreign_key: ForeignKey) -> Place:
        return self.scenery.after.place(foreign_key.source_table_id)

    def _made_again(self, foreign_key: ForeignKey) -> Statement:
        side = self.scenery.after
        return add_foreign_key(
            self._source(foreign_key),
            foreign_key,
            name=foreign_key.name or "",
            columns=side.names(foreign_key.source_column_ids),
            target=side.place(foreign_key.target_table_id),
            target_columns=side.names(foreign_key.target_column_ids),
            is_valid=False,
        )
