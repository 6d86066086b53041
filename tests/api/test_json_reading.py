"""Reading JSON strictly."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.errors import InvalidJsonError
from web.json_reading import MAX_DEPTH, read_json
from web.json_writing import write_json


def test_numbers_keep_every_digit() -> None:
    """A number with a fraction is what was written, digit by digit."""
    assert read_json(b'{"a": 0.10000000000000000000000001}') == {
        "a": Decimal("0.10000000000000000000000001")
    }


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        pytest.param(b"", "line 1, column 1", "empty", id="nothing"),
        pytest.param(b"  \n ", "line 1, column 1", "empty", id="blanks"),
        pytest.param(b'{"a":\n  }', "line 2, column 3", "expecting value", id="value missing"),
        pytest.param(b'{"a": NaN}', "line 1, column 7", "expecting value", id="not a number"),
        pytest.param(b'{"a": Infinity}', "line 1, column 7", "expecting", id="infinity"),
        pytest.param(b'{"a": -Infinity}', "line 1, column 7", "expecting", id="minus infinity"),
        pytest.param(b'{"a": 1} x', "line 1, column 10", "extra", id="something behind"),
        pytest.param(b'{"a": 1, "a": 2}', "a", "twice", id="key twice"),
        pytest.param(b'{"t": [{}, {"c": {"x": 1, "x": 1}}]}', "t[1].c.x", "twice", id="deep twice"),
        pytest.param(b'"\xff"', "byte 2", "UTF-8", id="no UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", "line 1, column 1", "byte order", id="byte order mark"),
        pytest.param(b'{"a": ["\\ud800"]}', "a[0]", "surrogate", id="half a pair"),
        pytest.param(b'{"\\udc00": 1}', "the whole", "surrogate", id="half a pair as key"),
        pytest.param(b'"\\ud800"', "line 1, column 1", "surrogate", id="half a pair alone"),
        pytest.param(b'{"a": 1e999999999}', "line 1, column 7", "number", id="huge exponent"),
        pytest.param(b'{"a": 1e-999999999}', "line 1, column 7", "number", id="tiny exponent"),
        pytest.param(
            b'{"a": "b",\n"n": ' + b"9" * 5000 + b"}", "line 2, column 6", "number", id="long"
        ),
        pytest.param(b"[" * 100_000, f"line 1, column {MAX_DEPTH + 1}", "deeper", id="bottomless"),
        pytest.param(b"[" * 200 + b"]" * 200, "[0][0][0][0][0][0]…", "deeper", id="too deep"),
        pytest.param(b'{"a": "b\nc"}', "line 1, column 9", "control character.", id="raw line end"),
    ],
)
def test_what_is_wrong_has_a_place(body: bytes, place: str, reason: str) -> None:
    """Every refusal says what is wrong and where."""
    with pytest.raises(InvalidJsonError) as caught:
        read_json(body)
    (problem,) = caught.value.problems
    assert problem.field == place
    assert reason in problem.message


def test_a_whole_surrogate_pair_is_one_character() -> None:
    """Escaped characters beyond the basic plane are fine."""
    assert read_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "\N{GRINNING FACE}"}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No bytes lead to anything but a value or a refusal."""
    with suppress(InvalidJsonError):
        read_json(body)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**300), max_value=10**300)
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(_VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    """Writing and reading lose nothing, not a digit."""
    assert read_json(write_json(value).encode()) == value
