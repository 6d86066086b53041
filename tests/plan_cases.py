"""Pairs of definitions with the plan between them: read by people, and run on a real server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.definition.model import (
    Column,
    Definition,
    Enum,
    IdentityKind,
    Index,
    Namespace,
    PrimaryKey,
    ReferentialAction,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from core.dialects.facts import Facts, TableFacts, TableParts
from core.dialects.moves import Options
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import (
    TEXT,
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    literal,
    part,
    table,
    type_of,
)


@dataclass(frozen=True, kw_only=True)
class PlanCase:
    """Two states of a database, and how big its tables are."""

    before: Definition
    """The state before."""
    after: Definition
    """The state after."""
    is_big: bool = False
    """Whether its tables are big."""
    rows: int = 3
    """How many rows there are in each table at most; the second has what may be NULL."""
    sets_aside: bool = True
    """Whether what goes is kept for a while."""
    renamed_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Values of enums that are called otherwise, by enum."""

    @property
    def options(self) -> Options:
        """How the plan is made."""
        return Options(token="abc", sets_aside=self.sets_aside)

    @property
    def plan(self) -> Plan:
        """The plan between them."""
        rows, size_bytes = (1_000_000, 200_000_000) if self.is_big else (10, 8192)
        tables = {
            each.id: TableFacts(
                estimated_rows=rows,
                size_bytes=size_bytes,
                index_size_bytes=0,
                parts=parts_of(each, self.before),
            )
            for each in self.before.tables
        }
        return make_plan(
            self.before,
            self.after,
            options=self.options,
            facts=Facts(server_major=18, tables=tables, rows={}),
            renamed_values=self.renamed_values,
        )


def parts_of(found: Table, whole: Definition) -> TableParts:
    """Return what is on a table on which nothing is that its definition does not know."""
    keys = len(found.uniques) + (found.primary_key is not None)
    foreign_keys = sum(
        found.id in {each.source_table_id, each.target_table_id} for each in whole.foreign_keys
    )
    return TableParts(
        columns=frozenset(each.name for each in found.columns),
        constraints=keys + len(found.checks) + foreign_keys,
        indexes=keys + len(found.indexes),
        beyond=(),
    )


def _type_of_enum(enum_id: str) -> ColumnType:
    return ColumnType(data_type=DataType.ENUM, enum_id=enum_id)


def _users(*extra: object, **others: object) -> Table:
    return table(
        "users",
        column("id", "BIGINT", identity=IdentityKind.BY_DEFAULT),
        column("name", TEXT, nullable=False),
        *extra,  # type: ignore[arg-type]  # columns, or their names
        primary_key="id",
        **others,  # type: ignore[arg-type]  # whatever the builder takes
    )


def _posts(*extra: object, **others: object) -> Table:
    return table(
        "posts",
        column("id", "INT", identity=IdentityKind.ALWAYS),
        column("user_id", "BIGINT"),
        *extra,  # type: ignore[arg-type]  # columns, or their names
        primary_key="id",
        **others,  # type: ignore[arg-type]  # whatever the builder takes
    )


def _named(
    whole: Table, names: Mapping[str, str], *, name: str | None = None, namespace: str = "public"
) -> Table:
    """Rename columns of a table, by their ids, and the table."""
    return replace(
        whole,
        name=name or whole.name,
        namespace=namespace,
        columns=tuple(
            replace(each, name=names.get(each.name, each.name)) for each in whole.columns
        ),
    )


_BLOG = definition(_users(), _posts(), foreign_keys=[foreign_key("posts", "user_id", "users")])
_MOOD = enum("mood", "sad", "ok", "happy")


def _with_mood(values: Enum, **others: object) -> Definition:
    first = literal(values.values[0])
    return definition(
        _users(
            column("mood", _type_of_enum("mood"), nullable=False, default=first),
            column("last_mood", _type_of_enum("mood")),
            checks=["last_mood <> mood"],
            indexes=[index("mood"), index("name", where="last_mood IS NULL")],
            **others,
        ),
        enums=[values],
    )


def _retyped(new: str | ColumnType, old: str | ColumnType = "INT") -> tuple[Definition, Definition]:
    """A column with everything on it, of one type and of another."""

    def made(data_type: str | ColumnType) -> Definition:
        return definition(
            table(
                "items",
                column("id", data_type, nullable=False),
                column("size", data_type, default=literal(7), nullable=False),
                column("double", "DECIMAL", generated="size::numeric * 2"),
                primary_key="id",
                uniques=["size"],
                checks=["size::numeric > 0"],
                indexes=[
                    index("size", "id"),
                    index("double"),
                    index(part(expression="abs(size::numeric)")),
                ],
            ),
            table(
                "parts",
                column("item", data_type),
                column("size", data_type),
                indexes=[index("item")],
            ),
            foreign_keys=[
                foreign_key("parts", "item", "items"),
                foreign_key("parts", "size", "items", "size"),
            ],
        )

    return made(old), made(new)


def _groups() -> Table:
    return table("groups", column("id", "BIGINT", nullable=False), primary_key="id")


def _members(*extra: Column, more_indexes: Sequence[Index] = ()) -> Table:
    """A table with everything on it that comes along when it is copied."""
    return table(
        "members",
        column("id", "BIGINT", identity=IdentityKind.ALWAYS),
        column("group_id", "BIGINT"),
        column("leader_id", "BIGINT"),
        replace(column("name", TEXT, nullable=False), description="as it is shown"),
        column("points", "INT", nullable=False, default=literal(7)),
        column("half", "INT", generated="points / 2"),
        *extra,
        primary_key="id",
        uniques=["name"],
        checks=["points > 0"],
        indexes=[index("group_id", "name"), index("points", where="half > 1"), *more_indexes],
        description="Who is in a group",
    )


def _notes() -> Table:
    return table("notes", column("id", "BIGINT"), column("member_id", "BIGINT"))


_KEYS_AROUND_MEMBERS = [
    foreign_key("members", "group_id", "groups", on_delete=ReferentialAction.CASCADE),
    foreign_key("members", "leader_id", "members"),
    foreign_key("notes", "member_id", "members", on_delete=ReferentialAction.SET_NULL),
]

_SWAPPED = definition(
    table("a", column("x"), column("y"), indexes=[index("x", name="ix1"), index("y", name="ix2")]),
    table("b", column("x"), column("z"), primary_key="x"),
)
_SWAPPED_AFTER = definition(
    _named(
        replace(
            _SWAPPED.tables[0],
            indexes=tuple(
                replace(each, name={"ix1": "ix2", "ix2": "ix1"}[each.name or ""])
                for each in _SWAPPED.tables[0].indexes
            ),
        ),
        {"x": "y", "y": "x"},
        name="b",
    ),
    _named(_SWAPPED.tables[1], {"x": "z", "z": "x"}, name="a"),
)

_INT_TO_BIGINT = _retyped("BIGINT")
_INT_TO_TEXT = _retyped("BIGINT", "DECIMAL")

CASES: dict[str, PlanCase] = {
    "new_tables": PlanCase(before=definition(), after=_BLOG),
    "dropped_tables": PlanCase(before=_BLOG, after=definition(table("other", "id"))),
    "dropped_table_for_good": PlanCase(before=_BLOG, after=definition(_users()), sets_aside=False),
    "renamed_tables_and_columns": PlanCase(
        before=_BLOG,
        after=replace(
            _BLOG,
            tables=(
                _named(_BLOG.tables[0], {"name": "full_name"}, name="people"),
                _named(_BLOG.tables[1], {"user_id": "author_id"}),
            ),
        ),
    ),
    "renamed_within_expressions": PlanCase(
        before=definition(
            table("t", column("a"), column("made", "INT", generated="a + 1"), checks=["a > 0"])
        ),
        after=definition(
            replace(
                table("t", column("b"), column("made", "INT", generated="b + 1"), checks=["b > 0"]),
                columns=(
                    column("b", column_id="t.a"),
                    column("made", "INT", column_id="t.made", generated="b + 1"),
                ),
            )
        ),
    ),
    "replaced_under_expressions": PlanCase(
        before=definition(
            table(
                "t",
                column("a", column_id="old"),
                column("b"),
                column("made", "INT", generated="a + 1"),
                checks=["a > 0"],
                indexes=[index("b", where="a > 5")],
            )
        ),
        after=definition(
            table(
                "t",
                column("a", column_id="new", default=literal(1)),
                column("b"),
                column("made", "INT", generated="a + 1"),
                checks=["a > 0"],
                indexes=[index("b", where="a > 5")],
            )
        ),
    ),
    "swapped_names": PlanCase(before=_SWAPPED, after=_SWAPPED_AFTER),
    "moved_to_a_namespace": PlanCase(
        before=replace(_BLOG, namespaces=(Namespace(name="old"),)),
        after=replace(
            _BLOG,
            namespaces=(Namespace(name="app", description="what is ours"),),
            tables=(_named(_BLOG.tables[0], {}, namespace="app"), _BLOG.tables[1]),
        ),
    ),
    "columns_come_and_go": PlanCase(
        before=definition(_users(column("age"), column("city", TEXT, nullable=False))),
        after=definition(
            _users(
                column("email", TEXT),
                column("level", default=literal(3), nullable=False),
                column("upper_name", TEXT, generated="upper(name)"),
                uniques=["email"],
            )
        ),
    ),
    "columns_for_big_tables": PlanCase(
        is_big=True,
        before=definition(_posts()),
        after=definition(
            table(
                "posts",
                column("id", "INT", identity=IdentityKind.ALWAYS),
                column("user_id", "BIGINT"),
                column("token", "UUID", default=expression("gen_random_uuid()"), nullable=False),
                column("number", "BIGINT", identity=IdentityKind.BY_DEFAULT),
                column("twice", "BIGINT", generated="user_id * 2"),
                primary_key="id",
            )
        ),
    ),
    "generated_columns_for_a_big_table": PlanCase(
        is_big=True,
        before=definition(_groups(), _members(), _notes(), foreign_keys=_KEYS_AROUND_MEMBERS),
        after=definition(
            _groups(),
            _members(
                column("twice", "BIGINT", generated="points * 2", nullable=False),
                column("shown", TEXT, generated="upper(name)"),
                more_indexes=[index("twice")],
            ),
            _notes(),
            foreign_keys=_KEYS_AROUND_MEMBERS,
        ),
    ),
    "not_null": PlanCase(
        rows=1,
        before=definition(_users(column("age"))),
        after=definition(_users(column("age", nullable=False))),
    ),
    "not_null_on_a_big_table": PlanCase(
        rows=1,
        is_big=True,
        before=definition(_users(column("age"))),
        after=definition(_users(column("age", nullable=False))),
    ),
    "null_allowed_on_a_big_table": PlanCase(
        is_big=True,
        before=definition(_users(column("nick", TEXT, nullable=False))),
        after=definition(_users(column("nick", TEXT))),
    ),
    "constraints_on_a_big_table": PlanCase(
        is_big=True,
        before=definition(
            _users(column("age"), column("code", TEXT), checks=["age > 0"]), _posts()
        ),
        after=definition(
            _users(
                column("age"),
                column("code", TEXT),
                uniques=["code"],
                checks=["age >= 0"],
                indexes=[index("age"), index("name", unique=True)],
            ),
            _posts(),
            foreign_keys=[
                foreign_key("posts", "user_id", "users", on_delete=ReferentialAction.CASCADE)
            ],
        ),
    ),
    "changed_constraints_on_a_big_table": PlanCase(
        is_big=True,
        before=definition(
            _users(
                column("code", TEXT),
                uniques=[Unique(id="u", column_ids=("users.code",))],
                indexes=[index("name", name="ix")],
            ),
            _posts(column("n", nullable=False)),
            foreign_keys=[foreign_key("posts", "user_id", "users")],
        ),
        after=definition(
            _users(
                column("code", TEXT),
                uniques=[Unique(id="u", column_ids=("users.code", "users.name"))],
                indexes=[index("name", "code", name="ix_new")],
            ),
            replace(
                _posts(column("n", nullable=False)),
                primary_key=PrimaryKey(column_ids=("posts.n", "posts.id")),
            ),
            foreign_keys=[
                foreign_key("posts", "user_id", "users", on_delete=ReferentialAction.CASCADE)
            ],
        ),
    ),
    "types_with_everything_on_them": PlanCase(before=_INT_TO_BIGINT[0], after=_INT_TO_BIGINT[1]),
    "types_with_everything_on_them_big": PlanCase(
        is_big=True, before=_INT_TO_BIGINT[0], after=_INT_TO_BIGINT[1]
    ),
    "types_that_lose": PlanCase(before=_INT_TO_TEXT[0], after=_INT_TO_TEXT[1]),
    "types_that_lose_big": PlanCase(is_big=True, before=_INT_TO_TEXT[0], after=_INT_TO_TEXT[1]),
    "types_without_a_rewrite": PlanCase(
        is_big=True,
        before=definition(_users(column("code", type_of("VARCHAR", length=10)))),
        after=definition(_users(column("code", type_of("VARCHAR", length=20)))),
    ),
    "types_that_nothing_converts": PlanCase(
        before=definition(_users(column("code", "INT"))),
        after=definition(_users(column("code", "UUID"))),
    ),
    "enum_values_added": PlanCase(
        before=_with_mood(_MOOD),
        after=_with_mood(enum("mood", "sad", "so so", "ok", "happy", "glad")),
    ),
    "enum_values_renamed": PlanCase(
        before=_with_mood(_MOOD),
        after=_with_mood(enum("mood", "ok", "sad", "glad")),
        renamed_values={"mood": {"sad": "ok", "ok": "sad", "happy": "glad"}},
    ),
    "enum_values_removed": PlanCase(
        before=_with_mood(_MOOD),
        after=_with_mood(enum("mood", "fine", "sad")),
        renamed_values={"mood": {"ok": "fine"}},
    ),
    "enum_values_removed_from_a_big_table": PlanCase(
        is_big=True,
        before=_with_mood(_MOOD),
        after=_with_mood(enum("mood", "fine", "sad")),
        renamed_values={"mood": {"ok": "fine"}},
    ),
    "enum_values_added_on_a_big_table": PlanCase(
        is_big=True,
        before=_with_mood(_MOOD),
        after=_with_mood(enum("mood", "sad", "so so", "ok", "happy", "glad")),
    ),
    "enum_to_text_and_gone": PlanCase(
        before=_with_mood(_MOOD),
        after=definition(
            _users(
                column("mood", TEXT, nullable=False, default=literal("sad")),
                column("last_mood", TEXT),
                checks=["last_mood <> mood"],
                indexes=[index("mood"), index("name", where="last_mood IS NULL")],
            )
        ),
    ),
    "identity_comes_and_goes": PlanCase(
        before=definition(
            table("a", column("id", identity=IdentityKind.ALWAYS), column("n", nullable=False))
        ),
        after=definition(table("a", column("id"), column("n", identity=IdentityKind.BY_DEFAULT))),
    ),
    "generated_comes_and_goes": PlanCase(
        before=definition(
            table(
                "a",
                column("x"),
                column("plain", "INT"),
                column("made", "INT", generated="x + 1"),
                column("other", "INT", generated="x + 2"),
                indexes=[index("made"), index("other"), index("plain")],
            )
        ),
        after=definition(
            table(
                "a",
                column("x"),
                column("plain", "INT", generated="x * 3"),
                column("made", "INT"),
                column("other", "INT", generated="x + 3"),
                indexes=[index("made"), index("other"), index("plain")],
            )
        ),
    ),
    "keys_under_foreign_keys": PlanCase(
        before=definition(
            table(
                "t", column("id", nullable=False), column("org", nullable=False), primary_key="id"
            ),
            table("c", column("t_id")),
            foreign_keys=[foreign_key("c", "t_id", "t")],
        ),
        after=definition(
            table(
                "t",
                column("id", nullable=False),
                column("org", nullable=False),
                primary_key=["org", "id"],
                uniques=["id"],
            ),
            table("c", column("t_id")),
            foreign_keys=[foreign_key("c", "t_id", "t")],
        ),
    ),
    "timing_and_comments": PlanCase(
        before=_BLOG,
        after=replace(
            _BLOG,
            tables=(replace(_BLOG.tables[0], description="who writes"), _BLOG.tables[1]),
            foreign_keys=(
                replace(_BLOG.foreign_keys[0], deferrable=True, initially_deferred=True),
            ),
        ),
    ),
    "an_enum_by_the_name_of_one_that_goes": PlanCase(
        before=_with_mood(_MOOD),
        after=definition(
            _users(column("feeling", _type_of_enum("new"))),
            enums=[replace(enum("new", "up", "down"), name="mood")],
        ),
    ),
}
"""By a name that says what it shows."""
