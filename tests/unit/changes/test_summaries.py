"""What changes say of themselves and of the values they may lose."""

from __future__ import annotations

import pytest

from core.changes import (
    AddColumn,
    Change,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKeyTiming,
    DropColumn,
    RenameEnum,
    RenameTable,
    TableName,
)
from core.definition.model import Column, Default, Enum, ForeignKey, IdentityKind
from core.definition.types import ColumnType, DataType
from tests.builders import column, expression, literal, native, type_of

USERS = TableName(id="t", namespace="public", name="users")


def mail(
    column_type: ColumnType | str = "TEXT",
    *,
    nullable: bool = True,
    default: Default | None = None,
    identity: IdentityKind | None = None,
    generated: str | None = None,
) -> Column:
    """Build the column that changes."""
    return column(
        "mail",
        column_type,
        nullable=nullable,
        default=default,
        identity=identity,
        generated=generated,
    )


def mood(*values: str, name: str = "mood") -> Enum:
    """Build the enum that changes."""
    return Enum(id="e", name=name, values=values)


def key(*, deferrable: bool = False, initially_deferred: bool = False) -> ForeignKey:
    """Build the foreign key that changes."""
    return ForeignKey(
        id="f",
        name="fk",
        source_table_id="t",
        source_column_ids=("a",),
        target_table_id="t",
        target_column_ids=("b",),
        deferrable=deferrable,
        initially_deferred=initially_deferred,
    )


SENTENCES: list[tuple[Change, str, bool]] = [
    (
        AddColumn(table=USERS, column=mail(type_of("VARCHAR", length=9))),
        "Column public.users.mail of type VARCHAR(9) is added.",
        False,
    ),
    (
        DropColumn(table=USERS, column=mail()),
        "Column public.users.mail goes, with its values.",
        True,
    ),
    (
        DropColumn(table=USERS, column=mail(generated="1")),
        "Column public.users.mail goes.",
        False,
    ),
    (
        ChangeColumnType(table=USERS, before=mail(native("inet")), after=mail()),
        "Column public.users.mail changes its type from inet to TEXT.",
        True,
    ),
    (
        ChangeColumnType(
            table=USERS,
            before=mail(ColumnType(data_type=DataType.ENUM, enum_id="mood")),
            after=mail(),
        ),
        "Column public.users.mail changes its type from the enum mood to TEXT.",
        False,
    ),
    (
        ChangeColumnType(
            table=USERS, before=mail(ColumnType(data_type=DataType.NATIVE)), after=mail()
        ),
        "Column public.users.mail changes its type from a native type to TEXT.",
        True,
    ),
    (
        ChangeColumnNullability(table=USERS, before=mail(), after=mail(nullable=False)),
        "Column public.users.mail becomes NOT NULL.",
        False,
    ),
    (
        ChangeColumnNullability(table=USERS, before=mail(nullable=False), after=mail()),
        "Column public.users.mail allows NULL from now on.",
        False,
    ),
    (
        ChangeColumnDefault(table=USERS, before=mail(), after=mail(default=literal("x"))),
        'Column public.users.mail has the default "x" instead of no default.',
        False,
    ),
    (
        ChangeColumnDefault(table=USERS, before=mail(default=expression("f" * 99)), after=mail()),
        f"Column public.users.mail has no default instead of the default {'f' * 59}….",
        False,
    ),
    (
        ChangeColumnIdentity(table=USERS, before=mail(), after=mail(identity=IdentityKind.ALWAYS)),
        "Column public.users.mail always counts up by itself.",
        False,
    ),
    (
        ChangeColumnIdentity(
            table=USERS, before=mail(), after=mail(identity=IdentityKind.BY_DEFAULT)
        ),
        "Column public.users.mail counts up by itself unless a value is given.",
        False,
    ),
    (
        ChangeColumnIdentity(table=USERS, before=mail(identity=IdentityKind.ALWAYS), after=mail()),
        "Column public.users.mail does not count up by itself any more.",
        False,
    ),
    (
        ChangeColumnGenerated(table=USERS, before=mail(), after=mail(generated="1")),
        "Column public.users.mail is generated from now on; its values are replaced.",
        True,
    ),
    (
        ChangeColumnGenerated(table=USERS, before=mail(generated="1"), after=mail(generated="2")),
        "Column public.users.mail is generated in another way.",
        False,
    ),
    (
        ChangeColumnGenerated(table=USERS, before=mail(generated="1"), after=mail()),
        "Column public.users.mail is not generated any more and keeps its values.",
        False,
    ),
    (
        RenameTable(before=USERS, after=TableName(id="t", namespace="public", name="people")),
        "Table public.users is renamed to public.people.",
        False,
    ),
    (
        RenameTable(before=USERS, after=TableName(id="t", namespace="app", name="users")),
        "Table public.users moves to app.users.",
        False,
    ),
    (
        RenameEnum(before=mood("a"), after=mood("a", name="state")),
        "Enum public.mood is called public.state from now on.",
        False,
    ),
    (
        ChangeEnumValues(before=mood("a", "b"), after=mood("b", "a"), renamed=()),
        "Enum public.mood: gets its values in another order.",
        False,
    ),
    (
        ChangeEnumValues(before=mood("a", "b"), after=mood("x", "c"), renamed=(("a", "x"),)),
        "Enum public.mood: 'a' becomes 'x', gains 'c', loses 'b'.",
        True,
    ),
    (
        ChangeForeignKeyTiming(table=USERS, before=key(), after=key(deferrable=True)),
        "Foreign key public.users.fk is checked at once, unless a transaction defers it.",
        False,
    ),
    (
        ChangeForeignKeyTiming(
            table=USERS, before=key(), after=key(deferrable=True, initially_deferred=True)
        ),
        "Foreign key public.users.fk is checked at the end of a transaction.",
        False,
    ),
    (
        ChangeForeignKeyTiming(table=USERS, before=key(deferrable=True), after=key()),
        "Foreign key public.users.fk is checked at once.",
        False,
    ),
]


@pytest.mark.parametrize(("change", "sentence", "loses"), SENTENCES)
def test_a_change_says_what_it_does_and_whether_values_may_go(
    change: Change, sentence: str, *, loses: bool
) -> None:
    """People read one sentence, and a loss is never hidden."""
    assert (change.summary(), change.data_loss) == (sentence, loses)
