"""Planning a database's change: from what is there and what is wanted to a stored plan.

Whoever asks, an edit, a request for a plan or a job whose plan is out of date, the steps are the
same: read the database, put its rows to the test, plan, look the plan over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.changes import (
    AddColumn,
    AddForeignKey,
    Change,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    DropForeignKey,
    ObjectKind,
)
from core.clock import Clock
from core.databases.engine import Session
from core.databases.losses import found_in_rows, not_allowed
from core.databases.migration import Migration, MigrationState
from core.databases.migration_errors import (
    DatabaseDriftedError,
    PlanRefusedError,
    RowsDoNotFitError,
    ValuesWouldBeLostError,
)
from core.databases.model import Database
from core.databases.normal_forms import NormalForms
from core.databases.provisioning import no_id
from core.databases.server_fit import refuse_misfits
from core.definition.document import read_document
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.dialects.facts import Facts, RowTest, RowTestKind
from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.dialects.postgresql.recipes.enum_arrays import with_enums_of_arrays
from core.dialects.postgresql.row_tests import row_tests
from core.lint import Level, Policy, finding_to_json, lint
from core.planning.codec import plan_from_json, plan_to_json
from core.planning.comparison import differences
from core.planning.diff import diff
from core.planning.impact import impact, impact_to_json
from core.planning.making import make_plan
from core.planning.normal_texts import with_texts_of
from core.planning.plan import Plan
from core.planning.renames import align
from core.planning.unchanged_texts import texts_carry_over
from core.schemas.model import SchemaVersion
from core.schemas.store import OpenStore

_TOKEN_LENGTH = 8
"""Letters and digits of a migration's id that make the names of what it sets aside unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a database is to become."""

    migration_id: str
    """The id of the plan to be made."""
    stored: SchemaVersion
    """The version that the database follows."""
    definition: Definition
    """The definition that it is to follow."""
    to_version: int
    """The number of the version that holds it."""
    document: Mapping[str, Any] | None = None
    """The document to be stored as that version, None when it is stored already."""
    renamed_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By enum id, labels that were renamed: old to new."""
    allowed: tuple[str, ...] = ()
    """What may lose values, by name."""
    author: str
    """Who asks."""
    note: str = ""
    """What they say of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A plan with what is known of it."""

    migration: Migration
    """The record, not stored yet."""
    plan: Plan
    """The plan."""
    before: Definition
    """What the database holds, under the ids of its version."""
    after: Definition
    """What it is to hold, as its server writes it."""
    facts: Facts
    """What is known of it."""
    losses: tuple[dict[str, Any], ...]
    """Rows that would lose values."""
    misfits: tuple[dict[str, Any], ...]
    """Rows with which it would fail."""

    def agrees_with(self, stored: Migration) -> bool:
        """Tell whether a stored plan is what would be planned now, statement by statement.

        Rows, sizes, views and whatever else a plan looks at may have changed since.
        """
        if self.plan.before_fingerprint != stored.before_fingerprint:
            return False
        return _sql(self.plan) == _sql(plan_from_json(stored.plan))

    def refuse(self) -> None:
        """Refuse what must not be applied as things are.

        Raises:
            RowsDoNotFitError: rows are in the way.
            ValuesWouldBeLostError: values would go that nobody allowed to go.
            PlanRefusedError: the schema's policy blocks it.
        """
        shown = told(self.plan)
        if self.misfits:
            raise RowsDoNotFitError(misfits=self.misfits, migration=shown)
        losses = not_allowed(self.losses, self.migration.allowed_losses)
        if losses:
            raise ValuesWouldBeLostError(losses=losses, migration=shown)
        findings = self.migration.findings
        if any(finding["level"] == Level.BLOCK for finding in findings):
            raise PlanRefusedError(findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessor:
    """Makes plans for live databases; changes nothing."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    normal_forms: NormalForms
    """Says how servers write definitions."""
    online_from_bytes: int = ONLINE_FROM_BYTES
    """From this size of a table on, what would hold up its users is done the long way."""
    sets_aside: bool = True
    """Whether values that go are kept for a while."""

    def assess(self, session: Session, database: Database, wish: Wish) -> Assessment:
        """Plan how a database gets to what is wished.

        Raises:
            DatabaseDriftedError: it is not what its version says.
            ExpressionRefusedError: its server does not take an expression of what is wished.
            PlanBlockedError: something outside the definition is in the way.
            ServerTooOldError: its server is older than anything that is tried.
            FeatureMissingError: its server does not know what is wished.
        """
        before = self.present(session, database, wish.stored)
        refuse_misfits(wish.definition, session.target(), present=before)
        after = self._after(database, wish.definition, stored=wish.stored, before=before)
        changes = diff(before, after, renamed_values=wish.renamed_values)
        facts = gather(session, changes, before, after)
        plan = make_plan(
            before,
            after,
            options=self.options(wish.migration_id),
            facts=facts,
            changes=changes,
            renamed_values=wish.renamed_values,
        )
        losses = found_in_rows(facts, before, RowTestKind.LOSES)
        misfits = found_in_rows(facts, before, RowTestKind.DOES_NOT_FIT)
        findings = lint(
            plan,
            before=before,
            after=after,
            facts=facts,
            policy=self._policy(wish.stored.schema_id),
        )
        return Assessment(
            migration=Migration(
                id=wish.migration_id,
                schema_id=wish.stored.schema_id,
                from_version=wish.stored.number,
                to_version=wish.to_version,
                document=wish.document,
                state=MigrationState.PLANNED,
                plan=plan_to_json(plan),
                before_fingerprint=plan.before_fingerprint,
                after_fingerprint=plan.after_fingerprint,
                impact={
                    "items": impact_to_json(impact(plan, before, after, facts)),
                    "losses": list(losses),
                    "misfits": list(misfits),
                },
                findings=tuple(finding_to_json(finding) for finding in findings),
                allowed_losses=wish.allowed,
                set_aside=plan.sets_aside,
                author=wish.author,
                note=wish.note,
                created_at=self.clock.now(),
            ),
            plan=plan,
            before=before,
            after=after,
            facts=facts,
            losses=losses,
            misfits=misfits,
        )

    def present(self, session: Session, database: Database, stored: SchemaVersion) -> Definition:
        """Read a database into a definition that has the ids of the version it follows.

        Raises:
            DatabaseDriftedError: it is not what that version says.
        """
        live = session.introspect().definition
        known = read_document(stored.document, make_id=no_id).definition
        found = structure_fingerprint(live)
        if found != database.live_fingerprint:
            raise DatabaseDriftedError(
                database_name=database.name,
                differences=differences(with_texts_of(known, live), live),
            )
        present = with_texts_of(known, live)
        return present if structure_fingerprint(present) == found else align(live, known).definition

    def normal(self, database: Database, definition: Definition) -> Definition:
        """Return a definition as the server of a database writes it.

        Raises:
            ExpressionRefusedError: the server does not take an expression or a type.
        """
        return self.normal_forms.of(definition, server_id=database.server_id)

    def options(self, migration_id: str) -> Options:
        """Return how a plan is made."""
        return Options(
            token=migration_id.replace("-", "")[:_TOKEN_LENGTH],
            online_from_bytes=self.online_from_bytes,
            sets_aside=self.sets_aside,
        )

    def _after(
        self,
        database: Database,
        definition: Definition,
        *,
        stored: SchemaVersion,
        before: Definition,
    ) -> Definition:
        known = read_document(stored.document, make_id=no_id).definition
        if texts_carry_over(known, definition):
            return with_texts_of(definition, before)
        return self.normal(database, definition)

    def _policy(self, schema_id: str) -> Policy:
        with self.open_store() as store:
            treatments = store.lint_policies.get(schema_id)
        return Policy.read(treatments)


def gather(
    session: Session,
    changes: Sequence[Change],
    before: Definition,
    after: Definition,
    *,
    asks: Callable[[RowTest], bool] = lambda _test: True,
) -> Facts:
    """Measure the tables that changes touch, and put them to the test.

    Args:
        session: The database.
        changes: What is to change.
        before: What the database holds.
        after: What it is to hold.
        asks: Tells which tests are of interest.
    """
    touched = _touched(changes, before)
    tables = {
        table.id: (table.namespace, table.name) for table in before.tables if table.id in touched
    }
    tests = [test for test in row_tests(changes, before, after) if asks(test)]
    ids = {change.subject.id for change in changes if change.subject.kind is ObjectKind.ENUM}
    enums = {enum.id: (enum.namespace, enum.name) for enum in before.enums if enum.id in ids}
    return session.gather_facts(
        tables, tests, taken_apart=_taken_apart(changes, touched), enums=enums
    )


def told(plan: Plan) -> dict[str, Any]:
    """Return a plan as an error tells of it."""
    return {
        "changes": [change.summary() for change in plan.changes],
        "sql": [f"{statement.sql};" for line in plan.up for statement in line.statements],
    }


def _sql(plan: Plan) -> list[list[list[str]]]:
    return [
        [[statement.sql for statement in line.statements] for line in lines]
        for lines in (plan.up, plan.down)
    ]


def _taken_apart(changes: Iterable[Change], touched: set[str]) -> set[str]:
    """Return the tables that are copied, or whose columns are made anew, if they are large."""
    found: set[str] = set()
    for change in changes:
        match change:
            case AddColumn() if change.column.generated is not None:
                found.add(change.table.id)
            case ChangeColumnType():
                found.add(change.table.id)
            case ChangeEnumValues():
                return touched
            case _:
                pass
    return found


def _touched(changes: Iterable[Change], before: Definition) -> set[str]:
    touched: set[str] = set()
    enums: set[str] = set()
    for change in changes:
        subject = change.subject
        if subject.table_id is not None:
            touched.add(subject.table_id)
        if subject.kind is ObjectKind.TABLE:
            touched.add(subject.id)
        if subject.kind is ObjectKind.ENUM:
            enums.add(subject.id)
        if isinstance(change, AddForeignKey | DropForeignKey | ChangeForeignKey):
            touched.add(change.target.id)
    touched |= {
        table.id
        for table in with_enums_of_arrays(before).tables
        if enums and any(column.type.enum_id in enums for column in table.columns)
    }
    return touched
