"""A scene with everything found quickly: what recipes ask again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from typing_extensions import override

from core.definition.canonical import qualified
from core.definition.literals import json_text, json_value
from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    ForeignKey,
    Index,
    LiteralDefault,
    Table,
    Unique,
)
from core.definition.names import object_name
from core.definition.types import ColumnType
from core.dialects.errors import MissingThingError
from core.dialects.facts import RowTestKind, TableFacts
from core.dialects.moves import Scene
from core.dialects.postgresql.automatic_names import AutomaticNames
from core.dialects.postgresql.casts import keeps_every_value
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.enum_arrays import with_enums_of_arrays
from core.dialects.postgresql.renamed_texts import NewNames, QualifiedName, renamed_expression
from core.dialects.postgresql.speller import PostgresqlSpeller
from core.dialects.postgresql.types import spell_type
from core.dialects.statement import Statement

_NOTHING = TableFacts(estimated_rows=0, size_bytes=0, index_size_bytes=0)


class _ColumnsById(Mapping[str, tuple[Table, Column]]):
    """Columns with their tables: pairs that are made when asked for, as few of many are."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = {column.id: table for table in tables for column in table.columns}

    @override
    def __getitem__(self, column_id: str) -> tuple[Table, Column]:
        table = self._tables[column_id]
        return table, next(each for each in table.columns if each.id == column_id)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    @override
    def __len__(self) -> int:
        return len(self._tables)


class Side:
    """One end of a plan: its definition, with its parts by their ids."""

    def __init__(self, definition: Definition) -> None:
        """Take a definition whose constraints and indexes are named."""
        definition = with_enums_of_arrays(definition)
        self.definition = definition
        self.tables = {table.id: table for table in definition.tables}
        self.enums = {enum.id: enum for enum in definition.enums}

    @cached_property
    def foreign_keys(self) -> dict[str, ForeignKey]:
        """Foreign keys by id."""
        return {key.id: key for key in self.definition.foreign_keys}

    @cached_property
    def columns(self) -> Mapping[str, tuple[Table, Column]]:
        """Columns with their tables, by id."""
        return _ColumnsById(self.definition.tables)

    @cached_property
    def uniques(self) -> dict[str, tuple[Table, Unique]]:
        """Unique constraints with their tables, by id."""
        return {each.id: (t, each) for t in self.definition.tables for each in t.uniques}

    @cached_property
    def checks(self) -> dict[str, tuple[Table, Check]]:
        """Checks with their tables, by id."""
        return {each.id: (t, each) for t in self.definition.tables for each in t.checks}

    @cached_property
    def indexes(self) -> dict[str, tuple[Table, Index]]:
        """Indexes with their tables, by id."""
        return {each.id: (t, each) for t in self.definition.tables for each in t.indexes}

    @cached_property
    def speller(self) -> PostgresqlSpeller:
        """Writes the parts of the definition."""
        return PostgresqlSpeller(self.definition)

    @cached_property
    def _automatic(self) -> AutomaticNames:
        return AutomaticNames.of(self.definition)

    def table(self, table_id: str) -> Table:
        """Return a table that must be there.

        Raises:
            MissingThingError: it is not.
        """
        table = self.tables.get(table_id)
        if table is None:
            raise MissingThingError(thing="table", missing_id=table_id, wanted_by="a change")
        return table

    def column(self, column_id: str) -> Column:
        """Return a column that must be there.

        Raises:
            MissingThingError: it is not.
        """
        if column_id not in self.columns:
            raise MissingThingError(thing="column", missing_id=column_id, wanted_by="a change")
        return self.columns[column_id][1]

    def place(self, table_id: str) -> Place:
        """Return where a table is."""
        return Place.of(self.table(table_id))

    def column_name(self, column_id: str) -> str:
        """Return the name of a column."""
        return self.column(column_id).name

    def names(self, column_ids: Iterable[str]) -> list[str]:
        """Return the names of columns."""
        return [self.column_name(each) for each in column_ids]

    def sequence(self, column_id: str) -> Place:
        """Return where the sequence of an identity column is, as the server names it."""
        given = self._automatic.sequence_by_column.get(column_id)
        if given is not None:
            return Place(*given)
        table, column = self.columns[column_id]
        return Place(table.namespace, object_name(table.name, column.name, "seq"))

    def given_sequence(self, column_id: str) -> tuple[str, str] | None:
        """Return the name to give to the sequence of an identity column, if the usual is taken."""
        return self._automatic.sequence_by_column.get(column_id)

    def not_null_name(self, column_id: str) -> str:
        """Return what servers since 18 call the NOT NULL of a column."""
        given = self._automatic.not_null_by_column.get(column_id)
        if given is not None:
            return given
        table, column = self.columns[column_id]
        return object_name(table.name, column.name, "not_null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What goes before and comes after the one line of a change."""

    before: tuple[Statement, ...] = ()
    """Takes dependents down."""
    after: tuple[Statement, ...] = ()
    """Makes them again."""


class Scenery:
    """Both ends of a plan, with the questions that recipes ask of them and of the facts."""

    def __init__(self, scene: Scene) -> None:
        """Take a scene; names that are made up are counted from here."""
        self.scene = scene
        self.before = Side(scene.before)
        self.after = Side(scene.after)
        self.token = scene.options.token
        self.server_major = scene.facts.server_major
        self.enum_places: dict[str, Place] = {}
        """Where enums that go are while things are built, when it is not where they were."""
        self.remade: set[str] = set()
        """Columns that go and are added anew."""
        self.hidden_columns: set[str] = set()
        """Columns that are put out of sight."""
        self.renamed_labels: dict[str, dict[str, str]] = {}
        """Old and new texts of values, by enum, where they are renamed in place."""
        self.cleared: set[tuple[str, str]] = set()
        """Kinds and names of dependents that are out of the way from the beginning to the end."""
        self.around: dict[str, Around] = {}
        """By the cause of a change, dependents that its one line takes down and makes again."""
        self.rebuilt_enums: set[str] = set()
        """Enums that are made anew, as values go or stand in another order."""
        self.circling: frozenset[str] = frozenset()
        """Columns that are texts on their way from one such enum to another."""
        self.dropped: set[str] = set()
        """Keys of all that goes before things are built."""
        self.copied: set[str] = set()
        """Tables that are copied beside themselves, as generated columns are added to them."""
        self.uncopied: dict[str, str] = {}
        """Why other large ones to which such columns are added are not, by table."""
        self.burdened: dict[str, str] = {}
        """What would go with columns if others were made beside them, by column; in words."""
        self._temporary = count(1)
        self._aside = count(1)

    def with_dependents(self, cause: str, statements: Iterable[Statement]) -> list[Statement]:
        """Put what takes dependents down and makes them again around the one line of a change."""
        around = self.around.get(cause, Around())
        return [*around.before, *statements, *around.after]

    def facts_of(self, table_id: str) -> TableFacts:
        """Return what is known of a table of before."""
        return self.scene.facts.tables.get(table_id, _NOTHING)

    def is_online(self, table_id: str) -> bool:
        """Tell whether a table is there and so big that its users must not be held up."""
        size = self.facts_of(table_id).size_bytes
        return (
            table_id in self.before.tables
            and table_id in self.after.tables
            and size >= self.scene.options.online_from_bytes
        )

    def is_beside(self, table_id: str, column_id: str) -> bool:
        """Tell whether a column that has to be written anew is made beside the old one."""
        return self.is_online(table_id) and column_id not in self.burdened

    def in_place_words(self, column_id: str) -> str:
        """Say why a column of a large table is converted where it stands; nothing if it is not."""
        table, column = self.after.columns[column_id]
        if column_id not in self.burdened or not self.is_online(table.id):
            return ""
        subject = qualified(table.namespace, table.name, column.name)
        return (
            f"Column {subject} is converted where it stands and everybody waits"
            f" ({self.size_words(table.id)}), because what the design does not know would go with"
            f" the column: {self.burdened[column_id]}."
        )

    def size_words(self, table_id: str) -> str:
        """Say how big a table is."""
        facts = self.facts_of(table_id)
        return f"{facts.estimated_rows:,} rows, {facts.size_bytes:,} bytes"

    def lost_values(self, cause: str) -> int | None:
        """Return how many rows would lose something with a thing; None when nobody knows."""
        counts = [
            result.count
            for test, result in self.scene.facts.rows.items()
            if test.cause == cause and test.kind is RowTestKind.LOSES
        ]
        return sum(counts) if counts else None

    @property
    def sets_aside(self) -> bool:
        """Whether what goes is kept out of sight for a while.

        Also what had no values when it was looked at: somebody may write one before it goes.
        """
        return self.scene.options.sets_aside

    def temporary(self) -> str:
        """Make up a name for something that lives no longer than the plan runs."""
        return f"sb_tmp_{self.token}_{next(self._temporary)}"

    def keeps_old_values(self, before: Column, after: Column) -> bool:
        """Tell whether the values of a column that gets another type stay out of sight."""
        is_safe = keeps_every_value(before.type, after.type) or self.lost_values(after.id) == 0
        return self.sets_aside and not is_safe

    def aside_number(self) -> int:
        """Count one thing that is set aside."""
        return next(self._aside)

    def persists(self, column_id: str) -> bool:
        """Tell whether a column is in the same table at both ends."""
        before, after = self.before.columns.get(column_id), self.after.columns.get(column_id)
        return before is not None and after is not None and before[0].id == after[0].id

    def built_enums(self) -> dict[str, Enum]:
        """Return all enums of both ends where they are while things are built."""
        going = {
            enum_id: _moved(enum, self.enum_places.get(enum_id))
            for enum_id, enum in self.before.enums.items()
        }
        return {**going, **self.after.enums}

    def built_default(self, column: Column) -> Column:
        """Return a column of before with its default as it is written while things are built."""
        if isinstance(column.default, ExpressionDefault):
            return self._renamed_default(column, self._names_while_building)
        labels_of_type = self.renamed_labels.get(column.type.enum_id or "")
        if not labels_of_type or not isinstance(column.default, LiteralDefault):
            return column
        value = json_value(column.default.json)
        if not isinstance(value, str) or value not in labels_of_type:
            return column
        return replace(column, default=LiteralDefault(json=json_text(labels_of_type[value])))

    def default_of_old_labels(self, column: Column) -> Column:
        """Return a column of before with its default over enums as they are called while building.

        For a type that has its labels of before again, though not its name.
        """
        return self._renamed_default(column, NewNames(enums=self.new_enums))

    @property
    def new_enums(self) -> dict[QualifiedName, QualifiedName]:
        """What enums of before are called while things are built, if otherwise."""
        built = self.built_enums()
        return {
            (enum.namespace, enum.name): (built[enum_id].namespace, built[enum_id].name)
            for enum_id, enum in self.before.enums.items()
            if (built[enum_id].namespace, built[enum_id].name) != (enum.namespace, enum.name)
        }

    def mentions_new_enums(self, expression: str) -> bool:
        """Tell whether a text of before is written otherwise because of renamed enums or labels."""
        return renamed_expression(expression, self._names_while_building) is not None

    @property
    def _names_while_building(self) -> NewNames:
        labels = {
            (enum.namespace, enum.name): self.renamed_labels[enum_id]
            for enum_id, enum in self.before.enums.items()
            if enum_id in self.renamed_labels
        }
        return NewNames(enums=self.new_enums, labels=labels)

    @staticmethod
    def _renamed_default(column: Column, names: NewNames) -> Column:
        if not isinstance(column.default, ExpressionDefault) or not names:
            return column
        renamed = renamed_expression(column.default.sql, names)
        return (
            column if renamed is None else replace(column, default=ExpressionDefault(sql=renamed))
        )

    @property
    def building_speller(self) -> PostgresqlSpeller:
        """Writes columns whose enums are of either end, as they are called while building."""
        enums = tuple(self.built_enums().values())
        return PostgresqlSpeller(Definition(tables=(), enums=enums))

    def built_type(self, column_type: ColumnType) -> str:
        """Spell a type, of before or after, as it is called while things are built."""
        return spell_type(column_type, self.built_enums())


def _moved(enum: Enum, place: Place | None) -> Enum:
    if place is None:
        return enum
    return Enum(id=enum.id, name=place.name, values=enum.values, namespace=place.namespace)
