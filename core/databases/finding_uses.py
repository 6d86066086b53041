"""What a change of a table or column would reach, in the design and in the live database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes import ObjectKind
from core.databases.errors import DatabaseAbsentError, DatabaseMissingError
from core.databases.live import LiveDatabases
from core.databases.model import Database
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.facts import Dependent, TableFacts
from core.errors import UnavailableError
from core.planning.dependencies import Thing, Use, find_thing, uses_of
from core.schemas.comparing import definition_of
from core.schemas.errors import SchemaNotFoundError
from core.schemas.reading import living_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What refers to one thing."""

    thing: Thing
    """The thing that was asked about."""
    in_definition: tuple[Use, ...]
    """What refers to it in the newest version."""
    database_status: str
    """`healthy` when the live database was looked into; else `absent` or `unreachable`."""
    in_database: tuple[Dependent, ...]
    """What hangs on it in the live database and stands in no definition."""
    facts: TableFacts | None
    """How big and busy its table is; None for enums, and where the database was not looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindUses:
    """Finds what refers to a table, a column or an enum; changes nothing."""

    live: LiveDatabases
    """The live databases."""

    def __call__(self, schema_id: str, name: str, *, owner: str) -> Uses:
        """Look in the newest version and, where it can be reached, in the live database.

        Args:
            schema_id: The schema.
            name: `table` or `table.column`, with a namespace before it where it is not `public`.
            owner: To whom the schema belongs.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            ObjectUnknownError: the newest version has nothing of that name.
            ObjectNameUnreadableError: the text is no such name.
        """
        with self.live.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            newest = store.versions.get(schema_id, schema.version_number)
        if newest is None:
            raise SchemaNotFoundError(schema_id=schema_id)
        definition = resolve_names(definition_of(newest))
        thing = find_thing(definition, name)
        uses = Uses(
            thing=thing,
            in_definition=uses_of(definition, thing),
            database_status="healthy",
            in_database=(),
            facts=None,
        )
        try:
            database = self.live.record(schema_id, owner=owner)
            return self._with_live(uses, database)
        except (DatabaseAbsentError, DatabaseMissingError):
            return replace(uses, database_status="absent")
        except UnavailableError:
            return replace(uses, database_status="unreachable")

    def _with_live(self, uses: Uses, database: Database) -> Uses:
        """Look into the live database, where the thing may have an older name."""
        table_id = uses.thing.table_id
        table = self._followed(database).table(table_id or "")
        if table_id is None or table is None:
            return uses
        with self.live.session(database) as session:
            facts = session.gather_facts({table.id: (table.namespace, table.name)}, ())
        measured = facts.tables.get(table.id)
        if measured is None:
            return uses
        dependents = measured.dependents
        if uses.thing.kind is ObjectKind.COLUMN:
            column = table.column(uses.thing.id)
            name = None if column is None else column.name
            dependents = tuple(
                each for each in dependents if each.column is None or each.column == name
            )
        return replace(uses, in_database=dependents, facts=measured)

    def _followed(self, database: Database) -> Definition:
        """Return the version that the database follows."""
        with self.live.open_store() as store:
            version = store.versions.get(database.schema_id, database.version_number or 0)
        return Definition(tables=()) if version is None else definition_of(version)
