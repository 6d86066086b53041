"""What client programs complain of becomes a failure of ours, without values."""

from __future__ import annotations

import pytest

from core.databases.errors import LockTimeoutError, ServerUnavailableError, StatementFailedError
from core.engines.postgresql.address import Address
from core.engines.postgresql.children import failure_of, reason_in
from core.engines.postgresql.failures import plain_reason

ADDRESS = Address.of("postgresql://who:secret@there:5433/base")


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        (
            'pg_dump: error: connection to server at "x", port 1 failed: FATAL:  no',
            ServerUnavailableError,
        ),
        ("pg_restore: error: server closed the connection unexpectedly", ServerUnavailableError),
        (
            "pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout",
            LockTimeoutError,
        ),
        (
            "pg_restore: error: could not execute query: ERROR:  permission denied to create x",
            StatementFailedError,
        ),
        ("pg_restore: error: could not read from input file: end of file", type(None)),
    ],
    ids=["refused", "broken", "locked", "forbidden", "damaged"],
)
def test_complaints_are_sorted(complaint: str, expected: type[object]) -> None:
    """None is left for damage."""
    assert isinstance(failure_of(complaint, program="pg_dump", address=ADDRESS), expected)


def test_the_reason_is_the_first_complaint_without_program_and_values() -> None:
    """Rows of a table are nobody's business."""
    said = (
        "pg_restore: while PROCESSING TOC:\n"
        'pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type'
        ' integer: "4111 1111"\n'
        'CONTEXT:  COPY t, line 1, column a: "4111 1111"'
    )
    assert reason_in(said).endswith("invalid input syntax for type integer: …")
    assert "4111" not in reason_in(said)
    assert reason_in("") == "no reason was given"


def test_a_reason_is_one_sentence_without_address_and_severity() -> None:
    """The sentence around it says the address."""
    text = 'connection to server at "127.0.0.1", port 5432 failed: FATAL:  role "x" is gone.\nHint'
    assert plain_reason(text) == 'role "x" is gone'


def test_an_address_shows_no_password() -> None:
    """Neither to people nor to programs."""
    assert "secret" not in repr(ADDRESS) + ADDRESS.shown + ADDRESS.public_dsn("name")
    assert ADDRESS.shown == "there:5433"
    assert ADDRESS.password == "secret"
    assert Address.of("postgresql://there").port == 5432
