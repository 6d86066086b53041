"""Pairs of definitions that plans rarely meet: each has something that the usual ones lack."""

from __future__ import annotations

from dataclasses import replace

from core.definition.model import Definition, Enum, IdentityKind, Namespace, Table, Unique
from core.definition.types import ColumnType, DataType
from tests.builders import (
    TEXT,
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    literal,
    native,
    part,
    table,
    type_of,
)
from tests.plan_cases import PlanCase

_MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
_VALUES = enum("mood", "sad", "ok", "happy")
_BY_DEFAULT, _ALWAYS = IdentityKind.BY_DEFAULT, IdentityKind.ALWAYS


def _one(*columns: object, **others: object) -> Table:
    return table("t", column("id", nullable=False), *columns, primary_key="id", **others)  # type: ignore[arg-type] # whatever the builder takes


def _with(whole: Table, *enums: Enum) -> Definition:
    return definition(whole, enums=enums)


def _named(whole: Table, name: str, **columns: str) -> Table:
    """Rename a table, and columns of it by their names."""
    found = (replace(each, name=columns.get(each.name, each.name)) for each in whole.columns)
    return replace(whole, name=name, columns=tuple(found))


_FEELING = _one(column("feels", _MOOD, default=literal("sad")))
_ARRAYS = _one(
    column("many", native("mood[]")),
    column("numbers", native("integer[]")),
    column("net", native("inet")),
)
_COUNTED = _one(
    column(
        "code",
        "INT",
        identity=_ALWAYS,
        description="Counts.",
    ),
    uniques=["code"],
    indexes=[index("id", include=["code"])],
)
_COUNTED_WIDER = replace(
    _COUNTED,
    columns=(_COUNTED.columns[0], replace(_COUNTED.columns[1], type=type_of("BIGINT"))),
)

ODD_CASES: dict[str, PlanCase] = {
    "descriptions_of_everything": PlanCase(
        before=replace(
            _with(_one("a"), replace(_VALUES, description="How one feels.")),
            namespaces=(Namespace(name="app"), Namespace(name="public", description="Mine.")),
        ),
        after=replace(
            _with(
                replace(_one(column("a", description="The first.")), description="What there is."),
                replace(_VALUES, description="How it goes."),
            ),
            namespaces=(Namespace(name="app", description="Ours."), Namespace(name="public")),
        ),
    ),
    "described_things_come": PlanCase(
        before=_with(_one()),
        after=replace(
            _with(
                _one(
                    column("a", description="The first."),
                    column("made", generated="id + 1", description="Computed."),
                    column("feels", _MOOD, description="How one feels."),
                ),
                replace(_VALUES, description="How one feels."),
            ),
            namespaces=(Namespace(name="public", description="Mine."),),
        ),
    ),
    "big_column_with_a_description": PlanCase(
        before=_with(_one()),
        after=_with(
            _one(
                column("at", "TIMESTAMPTZ", default=expression("clock_timestamp()")),
                column("n", identity=_ALWAYS, description="Counts."),
            )
        ),
    ),
    "generated_with_a_description_becomes_plain": PlanCase(
        before=_with(_one(column("made", generated="id + 1", description="Computed."))),
        after=_with(_one(column("made", description="Computed."))),
    ),
    "defaults_come_and_go": PlanCase(
        before=_with(_one(column("a", default=literal(1)), "b", column("c", default=literal(1)))),
        after=_with(_one("a", column("b", default=literal(2)), column("c", default=literal(3)))),
    ),
    "identity_of_another_kind": PlanCase(
        before=_with(_one(column("n", identity=_ALWAYS))),
        after=_with(_one(column("n", identity=_BY_DEFAULT))),
    ),
    "column_that_needs_a_value_goes": PlanCase(
        before=_with(_one(column("must", nullable=False), column("n", identity=_ALWAYS))),
        after=_with(_one()),
    ),
    "enum_renamed": PlanCase(
        before=_with(_FEELING, _VALUES), after=_with(_FEELING, replace(_VALUES, name="tone"))
    ),
    "enum_described_anew_and_renamed": PlanCase(
        before=_with(_FEELING, replace(_VALUES, description="Old.")),
        after=_with(_FEELING, replace(_VALUES, name="tone", values=("ok", "sad"))),
    ),
    "enum_gets_its_first_values": PlanCase(
        before=_with(_FEELING, _VALUES),
        after=_with(_FEELING, enum("mood", "new", "sad", "ok", "happy", "last", "very last")),
    ),
    "enum_value_by_the_old_text_of_another": PlanCase(
        before=_with(_FEELING, _VALUES),
        after=_with(
            replace(
                _FEELING,
                columns=(
                    _FEELING.columns[0],
                    replace(_FEELING.columns[1], default=literal("blue")),
                ),
            ),
            enum("mood", "blue", "sad", "ok", "happy"),
        ),
        renamed_values={"mood": {"sad": "blue"}},
    ),
    "enum_of_arrays_made_anew": PlanCase(
        before=_with(_ARRAYS, _VALUES),
        after=_with(_ARRAYS, enum("mood", "fine", "sad")),
        renamed_values={"mood": {"ok": "fine"}},
    ),
    "enum_of_arrays_loses_values": PlanCase(
        before=_with(_ARRAYS, _VALUES), after=_with(_ARRAYS, enum("mood", "sad"))
    ),
    "enum_made_anew_under_a_column_that_goes": PlanCase(
        before=_with(table("t", *_FEELING.columns, column("was", _MOOD)), _VALUES),
        after=_with(table("t", *_FEELING.columns), enum("mood", "sad", "ok")),
    ),
    "enum_goes_with_its_column": PlanCase(
        before=_with(_FEELING, replace(_VALUES, description="How one feels.")),
        after=_with(_one()),
    ),
    "enum_goes_with_its_table": PlanCase(before=_with(_FEELING, _VALUES), after=definition()),
    "enum_that_nothing_uses_goes": PlanCase(before=_with(_one(), _VALUES), after=_with(_one())),
    "enum_that_was_left_goes": PlanCase(
        before=_with(_FEELING, _VALUES), after=_with(_one(column("feels", TEXT)))
    ),
    "names_of_sequences_are_taken": PlanCase(
        before=definition(
            table("t", column("id", identity=_ALWAYS), primary_key="id"),
            table("t_id_seq", "a"),
        ),
        after=definition(
            table(
                "t",
                column("id", identity=_ALWAYS),
                column("n", identity=_ALWAYS),
                primary_key="id",
            ),
            table("t_n_seq", "a"),
            table("t_id_seq", "a"),
        ),
    ),
    "names_of_not_nulls_are_taken": PlanCase(
        before=definition(table("t", column("a", nullable=False))),
        after=definition(
            _named(
                table(
                    "t",
                    column("a", nullable=False),
                    uniques=[Unique(id="u", name="s_a_not_null", column_ids=("t.a",))],
                ),
                "s",
            )
        ),
    ),
    "renamed_and_wider": PlanCase(
        before=_with(
            _one(
                column("a", type_of("VARCHAR", length=5), nullable=False),
                column("b", type_of("INT"), nullable=False),
                column("code", "INT", nullable=False),
            )
        ),
        after=_with(
            _named(
                _one(
                    column("a", type_of("VARCHAR", length=9), nullable=False),
                    column("b", type_of("BIGINT"), nullable=False),
                    column("code", "UUID", nullable=False),
                ),
                "s",
                a="x",
                b="y",
                code="z",
            )
        ),
    ),
    "counted_and_wider": PlanCase(before=_with(_COUNTED), after=_with(_COUNTED_WIDER)),
    "counted_and_wider_with_names_taken": PlanCase(
        before=definition(_COUNTED, table("t_code_seq", "a")),
        after=definition(_COUNTED_WIDER, table("t_code_seq", "a")),
    ),
    "texts_without_a_limit": PlanCase(
        before=_with(_one(column("a", TEXT))), after=_with(_one(column("a", "VARCHAR")))
    ),
    "text_becomes_an_enum_that_is_made_anew": PlanCase(
        before=_with(table("t", *_FEELING.columns, column("was", TEXT)), _VALUES),
        after=_with(table("t", *_FEELING.columns, column("was", _MOOD)), enum("mood", "sad")),
    ),
    "narrower_with_a_default": PlanCase(
        before=_with(_one(column("a", "BIGINT", default=literal(1), description="Many."))),
        after=_with(_one(column("a", "INT", default=literal(1), description="Many."))),
    ),
    "nothing_converts_what_has_everything_on_it": PlanCase(
        before=definition(
            table(
                "t",
                column("id", "INT", nullable=False),
                column("code", "INT", nullable=False, default=literal(3)),
                column("other", "INT"),
                primary_key="id",
                uniques=["code"],
                checks=["code > 0"],
                indexes=[
                    index("other", include=["code"]),
                    index("other", "code", unique=True),
                    index(part(expression="abs(code)")),
                ],
            ),
            table("c", column("code", "INT"), column("t_id", "INT")),
            foreign_keys=[
                foreign_key("c", "code", "t", "code"),
                foreign_key("c", "t_id", "t"),
            ],
        ),
        after=definition(
            table(
                "t",
                column("id", "UUID", nullable=False),
                column("code", "UUID", nullable=False),
                column("other", "INT"),
                primary_key="id",
                uniques=["code"],
                checks=["code IS NOT NULL"],
                indexes=[
                    index("other", include=["code"]),
                    index("other", "code", unique=True),
                    index(part(expression="code::text")),
                ],
            ),
            table("c", column("code", "UUID"), column("t_id", "UUID")),
            foreign_keys=[
                foreign_key("c", "code", "t", "code"),
                foreign_key("c", "t_id", "t"),
            ],
        ),
    ),
    "unique_indexes_under_references": PlanCase(
        before=definition(
            table(
                "t",
                column("a"),
                column("b"),
                column("d"),
                indexes=[
                    index("a", unique=True, name="ia"),
                    index("b", unique=True, name="ib"),
                    index("d", name="id"),
                ],
            ),
            table("c", column("a"), column("b")),
            foreign_keys=[foreign_key("c", "a", "t", "a"), foreign_key("c", "b", "t", "b")],
        ),
        after=definition(
            table(
                "t",
                column("a"),
                column("b"),
                column("d"),
                uniques=["a", "b"],
                indexes=[index("d", name="id"), index("b", "d", unique=True, name="ib")],
            ),
            table("c", column("a"), column("b")),
            foreign_keys=[foreign_key("c", "a", "t", "a"), foreign_key("c", "b", "t", "b")],
        ),
    ),
    "unique_that_references_stand_on_goes": PlanCase(
        before=definition(
            table("t", "a", "b", uniques=["a"]),
            table("c", "a"),
            foreign_keys=[foreign_key("c", "a", "t", "a")],
        ),
        after=definition(table("t", "a", "b"), table("c", "a")),
    ),
    "keys_of_new_columns": PlanCase(
        before=_with(_one("a", "b", checks=["a > 1"])),
        after=_with(
            table(
                "t",
                column("id", nullable=False),
                column("c", default=literal(1), nullable=False),
                "b",
                primary_key=["id", "c"],
                checks=["c > 1"],
            )
        ),
    ),
}
"""By a name that says what is odd."""
