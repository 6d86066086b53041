"""Rules about what takes effect together, and what can be taken back."""

from __future__ import annotations

import pytest

from core.dialects.moves import Reversibility
from core.dialects.postgresql import effects
from tests.builders import definition, table
from tests.unit.lint.plans import Case, known, line, no, parameters, step, yes

USERS = definition(table("users", "id", "code", primary_key="id"))
RENAME = step("users.code", effects.RENAME_COLUMN)
FILL = step("users.code", effects.FILL, batched="users")
CONCURRENT = step(
    "users.code", effects.CREATE_INDEX_CONCURRENTLY, concurrent="i", is_transactional=False
)
IN_TRANSACTION = step("users.code", effects.CREATE_INDEX_CONCURRENTLY, concurrent="i")
UNBATCHED = step("users.code", effects.FILL)

CASES = [
    yes(
        "TX_MIXED_LINE",
        "a fill beside a rename",
        USERS,
        USERS,
        "public.users",
        up=(line(RENAME, FILL),),
    ),
    yes(
        "TX_MIXED_LINE",
        "an index beside a rename",
        USERS,
        USERS,
        "public.users",
        up=(line(CONCURRENT, RENAME),),
    ),
    no(
        "TX_MIXED_LINE",
        "lines of their own",
        USERS,
        USERS,
        up=(line(RENAME, RENAME), line(FILL), line(CONCURRENT)),
    ),
    yes(
        "TX_CONCURRENT_IN_TRANSACTION",
        "in a transaction",
        USERS,
        USERS,
        "public.users",
        up=(line(IN_TRANSACTION),),
    ),
    no("TX_CONCURRENT_IN_TRANSACTION", "outside", USERS, USERS, up=(line(CONCURRENT),)),
    yes(
        "TX_UNBATCHED_FILL",
        "a large table",
        USERS,
        USERS,
        "public.users",
        up=(line(UNBATCHED),),
        facts=known(large=["users"]),
    ),
    no(
        "TX_UNBATCHED_FILL",
        "a small table",
        USERS,
        USERS,
        up=(line(UNBATCHED),),
        facts=known(small=["users"]),
    ),
    no(
        "TX_UNBATCHED_FILL",
        "in batches",
        USERS,
        USERS,
        up=(line(FILL),),
        facts=known(large=["users"]),
    ),
    yes("TX_SEVERAL_LINES", "two lines", USERS, USERS, "", up=(line(RENAME), line(RENAME))),
    no("TX_SEVERAL_LINES", "one line", USERS, USERS, up=(line(RENAME, RENAME),)),
    yes(
        "TX_NOT_REVERSIBLE",
        "structure alone",
        USERS,
        USERS,
        "",
        reversibility=Reversibility.STRUCTURE,
    ),
    yes(
        "TX_NOT_REVERSIBLE",
        "no way back",
        USERS,
        USERS,
        "",
        reversibility=Reversibility.IMPOSSIBLE,
    ),
    no("TX_NOT_REVERSIBLE", "an exact way back", USERS, USERS),
]


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_about_transactions(case: Case) -> None:
    """Each rule speaks where it must and is silent where it must."""
    case.try_out()
