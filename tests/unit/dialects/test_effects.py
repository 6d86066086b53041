"""Every declared effect says where it is written and does not contradict itself."""

from __future__ import annotations

import pytest

from core.dialects.postgresql import effects
from core.dialects.statement import Blocks, Effect

EFFECTS = {name: each for name, each in vars(effects).items() if isinstance(each, Effect)}


@pytest.mark.parametrize("name", sorted(EFFECTS), ids=str)
def test_every_effect_cites_the_manual(name: str) -> None:
    """A lock level without a source is a guess."""
    assert EFFECTS[name].source.startswith("PostgreSQL manual, ")


@pytest.mark.parametrize("name", sorted(EFFECTS), ids=str)
def test_what_locks_no_table_blocks_nobody(name: str) -> None:
    """Nobody waits for a lock that is not taken."""
    effect = EFFECTS[name]
    assert effect.lock is not None or effect.blocks is Blocks.NOTHING
