"""Values that are made quickly are values like any others."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, replace
from operator import attrgetter

import pytest

from core.definition.quickly_made import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place with a name."""

    name: str
    x: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepSpot(Spot):
    """A place with a depth."""

    depth: int


def test_a_value_has_what_it_was_given_and_defaults_for_the_rest() -> None:
    """Fields are filled as a dataclass fills them."""
    spot = Spot(name="here", tags=("a",))

    assert type(spot) is Spot
    assert attrgetter("name", "x", "tags")(spot) == ("here", 0, ("a",))
    assert repr(spot) == "Spot(name='here', x=0, tags=('a',))"


def test_a_value_cannot_be_changed() -> None:
    """It is frozen as soon as it is made."""
    spot = Spot(name="here")

    with pytest.raises(FrozenInstanceError):
        spot.x = 1  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        del spot.x


def test_values_are_equal_and_hashed_by_their_fields() -> None:
    """Equality is by meaning."""
    assert Spot(name="here", x=1) == Spot(name="here", x=1)
    assert len({Spot(name="here"), Spot(name="here"), Spot(name="there")}) == 2


def test_values_are_copied_as_they_are() -> None:
    """Whatever copies a dataclass copies this one."""
    spot = Spot(name="here", x=1)

    assert replace(spot, x=2) == Spot(name="here", x=2)
    assert copy.deepcopy(spot) == spot
    assert pickle.loads(pickle.dumps(spot)) == spot


def test_what_is_missing_or_unknown_is_refused_by_name() -> None:
    """Mistakes are told as a dataclass tells them."""
    with pytest.raises(TypeError, match=r"Spot\.__init__\(\) missing .* 'name'"):
        Spot()  # type: ignore[call-arg]  # that is the point
    with pytest.raises(TypeError, match=r"Spot\.__init__\(\) got an unexpected .* 'y'"):
        Spot(name="here", y=1)  # type: ignore[call-arg]  # likewise


def test_the_signature_stays() -> None:
    """Tools that look at types of parameters find them."""
    parameters = inspect.signature(Spot).parameters

    assert list(parameters) == ["name", "x", "tags"]
    assert parameters["x"].default == 0
    assert parameters["x"].annotation == "int"


def test_a_derived_dataclass_makes_its_own_values() -> None:
    """The class of a value is the one that was asked for."""
    deep = DeepSpot(name="here", depth=3)

    assert type(deep) is DeepSpot
    assert (deep.name, deep.depth) == ("here", 3)
