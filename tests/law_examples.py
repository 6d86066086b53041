"""How many examples the laws draw: few in a test run, thousands when somebody asks for them.

`LAW_EXAMPLES=2000` lets every law draw that many, and others each time; without it CI draws the
same few every time.
"""

from __future__ import annotations

from hypothesis import settings

from core.settings import given_environment


def examples(usual: int) -> settings:
    """Return settings with a number of examples, or with the number that was asked for."""
    wanted = given_environment().get("LAW_EXAMPLES")
    if wanted is None:
        return settings(max_examples=usual)
    return settings(max_examples=int(wanted), derandomize=False)
