"""The one algorithm of the diff: things of a kind before and after, paired, and what changed.

What a kind's things are and how two of them compare is told by its descriptor, see `kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.changes import Change, ObjectKind
from core.definition.model import Definition

_Thing = TypeVar("_Thing")


def _no_twins(_: object) -> tuple[Hashable, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfThing(Generic[_Thing]):
    """What the diff must know of one kind of things."""

    kind: ObjectKind
    """The kind."""
    things: Callable[[Definition, AbstractSet[str]], Iterable[tuple[Hashable, _Thing]]]
    """Lists the things with what identifies them; parts only of the tables with these ids."""
    add: Callable[[_Thing], Change]
    """Makes the change that adds one."""
    drop: Callable[[_Thing], Change]
    """Makes the change that drops one."""
    compare: Callable[[_Thing, _Thing], Iterator[Change]]
    """Tells what changed between two that are the same one before and after."""
    twins: Callable[[_Thing], tuple[Hashable, ...]] = _no_twins
    """Gives what else identifies a thing without values whose id is not on the other side."""

    def changes(
        self, before: Definition, after: Definition, table_ids: AbstractSet[str]
    ) -> Iterator[Change]:
        """Tell what happened to the things of the kind.

        Args:
            before: The settled definition before.
            after: The settled definition after.
            table_ids: The tables whose parts to look at.
        """
        old = dict(self.things(before, table_ids))
        new = dict(self.things(after, table_ids))
        for key, thing in new.items():
            if key in old:
                yield from self.compare(old[key], thing)
        yield from (self.drop(thing) for key, thing in old.items() if key not in new)
        yield from (self.add(thing) for key, thing in new.items() if key not in old)

    def known(
        self, before: Definition, after: Definition, table_ids: AbstractSet[str]
    ) -> dict[Hashable, Hashable]:
        """Return which things of after are which of before although they are identified otherwise.

        Args:
            before: The settled definition before.
            after: The settled definition after.
            table_ids: The tables whose parts to look at.
        """
        return self._twins_of(
            dict(self.things(before, table_ids)), dict(self.things(after, table_ids))
        )

    def _twins_of(
        self, old: Mapping[Hashable, _Thing], new: Mapping[Hashable, _Thing]
    ) -> dict[Hashable, Hashable]:
        """Pair things whose ids are on one side only, by the best likeness first."""
        gone = {key: self.twins(thing) for key, thing in old.items() if key not in new}
        come = {key: self.twins(thing) for key, thing in new.items() if key not in old}
        pairs: dict[Hashable, Hashable] = {}
        likenesses = max((len(each) for each in gone.values()), default=0)
        for rank in range(likenesses):
            free = {twins[rank]: key for key, twins in gone.items()}
            for key, twins in come.items():
                if key not in pairs and twins[rank] in free:
                    pairs[key] = free.pop(twins[rank])
                    del gone[pairs[key]]
        return pairs
