"""How a process that lives long looks for garbage.

Definitions are large trees of values without cycles. While one is read or planned, the default
thresholds let the interpreter walk all that has been loaded, and half of the tree, dozens of times.
"""

from __future__ import annotations

import gc

_ALLOCATIONS_BETWEEN_LOOKS = 20_000
"""Objects that came and stayed before the youngest are looked through; 700 is the default."""


def look_for_garbage_rarely() -> None:
    """Keep what is loaded by now out of every later look, and look more rarely.

    To be called once, when everything is imported, in a parent before it forks: pages that are not
    walked stay shared with its children.

    Source: Python manual, module `gc`, on `freeze` and `set_threshold`.
    """
    gc.collect()
    gc.freeze()
    _, of_middle_age, of_old_age = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_LOOKS, of_middle_age, of_old_age)
