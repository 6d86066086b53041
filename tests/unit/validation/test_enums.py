"""Rules about enums."""

from __future__ import annotations

import pytest

from tests.builders import column, definition, enum, native, table, type_of
from tests.unit.validation.case import Case, no, parameters, yes

CASES = (
    yes("ENUM_WITHOUT_VALUES", "none", definition(enums=[enum("e")]), "enums[0].values"),
    no("ENUM_WITHOUT_VALUES", "one", definition(enums=[enum("e", "a")])),
    yes(
        "ENUM_VALUE_REPEATED",
        "twice",
        definition(enums=[enum("e", "a", "a")]),
        "enums[0].values[1]",
    ),
    no("ENUM_VALUE_REPEATED", "case counts", definition(enums=[enum("e", "a", "A")])),
    yes(
        "ENUM_VALUE_TOO_LONG",
        "64 bytes",
        definition(enums=[enum("e", "é" * 32)]),
        "enums[0].values[0]",
    ),
    no("ENUM_VALUE_TOO_LONG", "63 bytes", definition(enums=[enum("e", "x" * 63)])),
    yes("ENUM_UNUSED", "no column", definition(enums=[enum("e", "a")]), "enums[0]"),
    no(
        "ENUM_UNUSED",
        "a column, and an array",
        definition(
            table("t", column("a", type_of("ENUM", enum_id="e")), column("b", native("f[]"))),
            enums=[enum("e", "a"), enum("f", "a")],
        ),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_enums(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
