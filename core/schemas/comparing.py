"""Comparing two states of a schema: versions, documents that were sent, and the live database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.changes import (
    Change,
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnType,
    ChangeIndex,
)
from core.databases.engine import UnknownObject
from core.databases.live import LiveDatabases
from core.databases.normal_forms import NormalForms
from core.databases.provisioning import no_id
from core.definition.canonical import qualified
from core.definition.document import read_document
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.moves import Options
from core.errors import InvalidInputError, UnavailableError
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.normal_texts import Spelled, in_the_words_of
from core.planning.renames import RenameSuggestion, align, align_with
from core.schemas.adoption import adopt_ids
from core.schemas.checking import check_document
from core.schemas.creating import make_id
from core.schemas.editing import READ_ONLY_KEYS
from core.schemas.model import Schema, SchemaVersion
from core.schemas.reading import living_schema
from core.schemas.reading_versions import ReadVersions
from core.schemas.version_labels import number_of_text

LIVE = "live"
"""What the live database is called among states."""

_IN_NAMES = "diff"
"""Part of names of things that a plan sets aside; a comparison sets none aside."""

_OF_TEXTS = (
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnType,
    ChangeIndex,
)
"""Changes that may be nothing but another spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Which state is meant."""

    text: str | None = None
    """A version's number or label, or `live`."""
    document: object = None
    """A document that was sent along; heeded when there is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A rename that somebody confirmed."""

    kind: str
    """The kind of thing, such as `table`."""
    before: str
    """Its qualified name in the stored version."""
    after: str
    """Its qualified name in the live database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One of the two states that are compared."""

    label: str
    """`live`, `document`, or the label of a version."""
    version_number: int | None
    """The version, if it is one."""
    definition: Definition
    """What it says."""

    @property
    def is_live(self) -> bool:
        """Whether it was read from the live database."""
        return self.label == LIVE

    @property
    def fingerprint(self) -> str:
        """The digest of its structure."""
        return structure_fingerprint(self.definition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What leads from one state to the other."""

    before: State
    """The state compared from."""
    after: State
    """The state compared to, in the words of the first where both mean the same."""
    changes: tuple[Change, ...]
    """What changes, in an order in which it can be applied."""
    sql: tuple[str, ...]
    """The statements that change an empty database so."""
    suggestions: tuple[RenameSuggestion, ...]
    """Renames that the live database may have seen; they count once they are confirmed."""
    unknown: tuple[UnknownObject, ...]
    """What the live database holds and no definition can."""
    is_normalised: bool
    """Whether expressions were compared as a server writes them."""


class RenameNotSuggestedError(InvalidInputError):
    """A rename was confirmed that nobody suggested."""

    code = "RENAME_NOT_SUGGESTED"

    def __init__(self, *, rename: Rename) -> None:
        super().__init__(
            f"Nothing suggests that the {rename.kind} {rename.before} became {rename.after}.",
            hint="Compare without renames to see what is suggested.",
        )


class EnumUnknownError(InvalidInputError):
    """Renamed values were given for an enum that is not there."""

    code = "ENUM_UNKNOWN"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"There is no enum {name}.", hint="Name it by its id or by its qualified name."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareStates:
    """Says what differs between two states of a schema; changes nothing."""

    versions: ReadVersions
    """The stored versions."""
    live: LiveDatabases
    """The live databases."""
    normal_forms: NormalForms
    """How servers write expressions."""

    def __call__(
        self,
        schema_id: str,
        *,
        owner: str,
        before: Reference,
        after: Reference,
        renames: Sequence[Rename] = (),
        renamed_values: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Comparison:
        """Compare two states.

        Args:
            schema_id: The schema.
            owner: To whom it belongs.
            before: The state to compare from.
            after: The state to compare to.
            renames: Suggested renames of the live database that are confirmed.
            renamed_values: Labels of enums that were renamed, by the enum's id or name.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            VersionNotFoundError: a version is not there.
            InvalidDocumentError: a document has not the form of one.
            InvalidDefinitionError: a document breaks rules.
            DatabaseAbsentError: the live database is asked for, and there is none.
            ServerUnavailableError: the live database is asked for, and cannot be reached.
            ExpressionRefusedError: the server does not take an expression of a document.
            RenameNotSuggestedError: a rename was confirmed that nobody suggested.
        """
        with self.live.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            database = store.databases.get(schema_id)
        newest = self.versions.get(schema_id, schema.version_number, owner=owner)
        states = [self._state(schema, newest, wanted) for wanted in (before, after)]
        suggestions: tuple[RenameSuggestion, ...] = ()
        unknown: tuple[UnknownObject, ...] = ()
        if any(state.is_live for state in states):
            record = self.live.record(schema_id, owner=owner)
            found = self.live.introspect(record)
            followed = self._version(schema, record.version_number or schema.version_number)
            aligned, suggestions = aligned_with(found.definition, followed, renames)
            unknown = found.unknown
            states = [
                replace(state, definition=aligned) if state.is_live else state for state in states
            ]
        elif renames:
            raise RenameNotSuggestedError(rename=renames[0])
        labels = _by_enum_id(states, renamed_values or {})
        server_id = None if database is None else database.server_id
        first, second, is_normalised = self._spelled(states[0], states[1], server_id)
        changes = diff(first.definition, second.definition, renamed_values=labels)
        plan = make_plan(
            first.definition,
            second.definition,
            options=Options(token=_IN_NAMES, sets_aside=False),
            changes=changes,
            renamed_values=labels,
        )
        return Comparison(
            before=first,
            after=second,
            changes=tuple(changes),
            sql=tuple(each.sql for line in plan.up for each in line.statements),
            suggestions=suggestions,
            unknown=unknown,
            is_normalised=is_normalised,
        )

    def _state(self, schema: Schema, newest: SchemaVersion, wanted: Reference) -> State:
        if wanted.text is None:
            raw = wanted.document
            if isinstance(raw, dict):
                raw = {key: part for key, part in raw.items() if key not in READ_ONLY_KEYS}
            document = check_document(adopt_ids(raw, newest.document), make_id=make_id).document
            return State(
                label="document",
                version_number=None,
                definition=resolve_names(document.definition),
            )
        if wanted.text == LIVE:
            return State(label=LIVE, version_number=None, definition=Definition(tables=()))
        with self.live.open_store() as store:
            number = number_of_text(store, schema.id, wanted.text)
        version = self.versions.get(schema.id, number, owner=schema.owner)
        return State(
            label=version.label,
            version_number=version.number,
            definition=resolve_names(definition_of(version)),
        )

    def _version(self, schema: Schema, number: int) -> Definition:
        version = self.versions.get(schema.id, number, owner=schema.owner)
        return resolve_names(definition_of(version))

    def _spelled(
        self, before: State, after: State, server_id: str | None
    ) -> tuple[State, State, bool]:
        """Let both states use the same texts where they mean the same.

        Between two that are not live, servers are asked only when texts differ, and when none is
        there, the texts themselves are compared.
        """
        if not before.is_live and not after.is_live:
            changes = diff(before.definition, after.definition)
            if not any(isinstance(change, _OF_TEXTS) for change in changes):
                return before, after, True
            try:
                return (*self._in_same_words(before, after, server_id), True)
            except UnavailableError:
                return before, after, False
        return (*self._in_same_words(before, after, server_id), True)

    def _in_same_words(
        self, before: State, after: State, server_id: str | None
    ) -> tuple[State, State]:
        server_id = server_id or self.live.servers.any_server()
        first, second = self._normal(before, server_id), self._normal(after, server_id)
        if before.is_live:
            return replace(before, definition=in_the_words_of(second, first)), after
        return before, replace(after, definition=in_the_words_of(first, second))

    def _normal(self, state: State, server_id: str) -> Spelled:
        if state.is_live:
            return Spelled(written=state.definition, normal=state.definition)
        return Spelled(
            written=state.definition,
            normal=self.normal_forms.of(state.definition, server_id=server_id),
        )


def definition_of(version: SchemaVersion) -> Definition:
    """Return what a stored version says."""
    return read_document(version.document, make_id=no_id).definition


def aligned_with(
    found: Definition, known: Definition, renames: Sequence[Rename]
) -> tuple[Definition, tuple[RenameSuggestion, ...]]:
    """Give the things of a live database the ids that a version knows them by.

    Returns:
        The definition with the confirmed renames, and what is suggested beyond these.

    Raises:
        RenameNotSuggestedError: a rename was confirmed that nobody suggested.
    """
    alignment = align(found, known)
    confirmed: list[RenameSuggestion] = []
    left = list(renames)
    while left:
        # Parts of a table that got its name back are suggested only then, so the order is free.
        matched = {
            rename: next((each for each in alignment.suggestions if _is_same(each, rename)), None)
            for rename in left
        }
        if not any(matched.values()):
            raise RenameNotSuggestedError(rename=left[0])
        confirmed.extend(each for each in matched.values() if each is not None)
        left = [rename for rename in left if matched[rename] is None]
        alignment = align_with(alignment, confirmed)
    return alignment.definition, alignment.suggestions


def _is_same(suggestion: RenameSuggestion, rename: Rename) -> bool:
    return (str(suggestion.kind), suggestion.before, suggestion.after) == (
        rename.kind,
        rename.before,
        rename.after,
    )


def _by_enum_id(
    states: Sequence[State], given: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    ids = {
        name: enum.id
        for state in states
        for enum in state.definition.enums
        for name in (enum.id, qualified(enum.namespace, enum.name), enum.name)
    }
    unknown = next((name for name in given if name not in ids), None)
    if unknown is not None:
        raise EnumUnknownError(name=unknown)
    return {ids[name]: labels for name, labels in given.items()}
