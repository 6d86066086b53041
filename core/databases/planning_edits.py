"""Planning what an edit of a schema does to its database, before the edit is stored."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from core.databases.assessing import Assessor, Wish
from core.databases.errors import (
    DatabaseClosedError,
    DatabaseMissingError,
    ServerUnavailableError,
    ServerUnknownError,
)
from core.databases.live import LiveDatabases
from core.databases.migration import Migration
from core.databases.migration_errors import DatabaseDriftedError
from core.databases.model import Database, DatabaseState
from core.databases.provisioning import no_id
from core.definition.document import read_document
from core.definition.model import Definition
from core.dialects.postgresql.row_tests import row_tests
from core.planning.diff import diff
from core.schemas.model import SchemaVersion
from core.schemas.store import OpenStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdit:
    """Plans for the database that is there now, as far as there is one that answers."""

    open_store: OpenStore
    """Begins a unit of work."""
    live: LiveDatabases
    """Opens sessions in databases."""
    assessor: Assessor
    """Makes plans."""

    def __call__(
        self,
        database: Database,
        definition: Definition,
        *,
        version: SchemaVersion,
        allowed: tuple[str, ...],
    ) -> Migration | None:
        """Return the plan that leads a database to a version that is about to be stored.

        None leaves the planning to the job: there is no database yet, or another job is changing
        it, or it does not answer and nothing in the change depends on its rows.

        Raises:
            ValuesWouldBeLostError: values would go, and nobody allowed that.
            RowsDoNotFitError: rows are in the way.
            DatabaseDriftedError: the database is not what its version says.
            PlanRefusedError: the schema's policy blocks the plan.
            PlanBlockedError: something outside the definition is in the way.
            ServerUnavailableError: the server does not answer, and the rows would have to.
        """
        if database.state is not DatabaseState.READY or database.version_number is None:
            return None
        with self.open_store() as store:
            stored = store.versions.get(database.schema_id, database.version_number)
        if stored is None:
            return None
        wish = Wish(
            migration_id=str(uuid4()),
            stored=stored,
            definition=definition,
            to_version=version.number,
            allowed=allowed,
            author=version.author,
            note=version.message,
        )
        try:
            return self._plan(database, wish)
        except DatabaseMissingError:
            return None
        except DatabaseDriftedError:
            if self.live.is_changing(database):
                return None
            raise
        except (ServerUnavailableError, ServerUnknownError, DatabaseClosedError):
            if depends_on_rows(stored, definition):
                raise
            return None

    def _plan(self, database: Database, wish: Wish) -> Migration | None:
        with self.live.session(database) as session:
            assessment = self.assessor.assess(session, database, wish)
        assessment.refuse()
        return assessment.migration


def depends_on_rows(stored: SchemaVersion, wanted: Definition) -> bool:
    """Tell whether only the rows can say if a change loses something or fails."""
    known = read_document(stored.document, make_id=no_id).definition
    changes = diff(known, wanted)
    return any(change.data_loss for change in changes) or bool(row_tests(changes, known, wanted))
