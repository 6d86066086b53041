"""What the tests of rules share: a case, and how it is tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from _pytest.mark import ParameterSet

from core.definition.model import Definition
from core.validation import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A definition and where one rule must speak about it."""

    code: str
    """The rule."""
    claim: str
    """What the definition shows, in words."""
    definition: Definition
    """The definition."""
    paths: tuple[str, ...] = ()
    """Places the rule names, in order; none when it must keep silent."""

    def try_out(self) -> None:
        """Assert that the rule speaks in just those places."""
        found = [item for item in validate(self.definition) if item.code == self.code]
        assert tuple(item.path for item in found) == self.paths
        for item in found:
            assert item.message.endswith(".")
            assert not item.hint or item.hint.endswith(".")


def yes(code: str, claim: str, definition: Definition, *paths: str) -> Case:
    """Make a case in which the rule speaks."""
    assert paths
    return Case(code=code, claim=claim, definition=definition, paths=paths)


def no(code: str, claim: str, definition: Definition) -> Case:
    """Make a case in which the rule keeps silent."""
    return Case(code=code, claim=claim, definition=definition)


def parameters(cases: Iterable[Case]) -> list[ParameterSet]:
    """Make parameters whose ids read as words."""
    return [
        pytest.param(
            case, id=f"{case.code.lower()}-{'says' if case.paths else 'allows'}-{case.claim}"
        )
        for case in cases
    ]
