"""The examples in docstrings run."""

from __future__ import annotations

import doctest
from types import ModuleType


def test_the_examples_in_docstrings_come_out_as_they_say(modules: tuple[ModuleType, ...]) -> None:
    """An example that is wrong is worse than none."""
    results = [doctest.testmod(module) for module in modules]
    assert sum(result.attempted for result in results) > 5
    assert sum(result.failed for result in results) == 0
