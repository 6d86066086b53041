"""What is fixed about each kind of job: its steps, whether it excludes others, its limits.

The runners stand with the use cases; `bootstrap` joins them to these facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.jobs.model import JobKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What holds for every job of one kind."""

    steps: tuple[str, ...]
    """Names of its parts in order; a runner may skip some but begins no other."""
    is_exclusive: bool
    """Whether it may only run while no earlier exclusive job of its schema is unfinished."""
    harmless_steps: frozenset[str] = frozenset()
    """Steps that leave nothing behind wherever they end, so that there is nothing to clean up."""
    max_attempts: int = 3
    """How many attempts it gets."""
    time_limit_seconds: int = 3600
    """How long one attempt may take; generous, as it only guards against the immortal."""


KINDS: Mapping[JobKind, KindFacts] = MappingProxyType(
    {
        JobKind.CREATE: KindFacts(
            steps=("prepare", "create_database", "apply_ddl", "verify_database", "publish"),
            is_exclusive=True,
            harmless_steps=frozenset({"prepare"}),
        ),
        JobKind.REGENERATE: KindFacts(
            steps=(
                "prepare",
                "create_database",
                "apply_ddl",
                "verify_database",
                "back_up",
                "publish",
                "remove_old",
            ),
            is_exclusive=True,
            harmless_steps=frozenset({"prepare"}),
            time_limit_seconds=4 * 3600,
        ),
        JobKind.MIGRATE: KindFacts(
            steps=("check_state", "rehearse", "back_up", "apply", "verify_database", "record"),
            is_exclusive=True,
            harmless_steps=frozenset({"check_state"}),
            time_limit_seconds=12 * 3600,
        ),
        JobKind.REVERT: KindFacts(
            steps=("check_state", "back_up", "revert", "verify_database", "record"),
            is_exclusive=True,
            harmless_steps=frozenset({"check_state"}),
            time_limit_seconds=12 * 3600,
        ),
        JobKind.TIDY: KindFacts(steps=("remove_set_aside", "record"), is_exclusive=True),
        JobKind.ROTATE: KindFacts(
            steps=("prepare", "make_login", "expire_old"), is_exclusive=True, time_limit_seconds=600
        ),
        JobKind.RETIRE: KindFacts(
            steps=("disable", "remove", "renew_owner"), is_exclusive=True, time_limit_seconds=600
        ),
        JobKind.DROP: KindFacts(
            steps=("back_up", "drop_database", "drop_role"),
            is_exclusive=True,
            time_limit_seconds=4 * 3600,
        ),
        JobKind.BACKUP: KindFacts(
            steps=("dump", "record"),
            is_exclusive=True,
            time_limit_seconds=4 * 3600,
        ),
        JobKind.RESTORE: KindFacts(
            steps=(
                "check_archive",
                "prepare",
                "create_database",
                "load",
                "verify_database",
                "back_up",
                "publish",
                "remove_old",
            ),
            is_exclusive=True,
            harmless_steps=frozenset({"check_archive", "prepare"}),
            time_limit_seconds=8 * 3600,
        ),
        JobKind.VERIFY: KindFacts(
            steps=("check_archive", "create_scratch", "load", "compare", "remove_scratch"),
            is_exclusive=False,
            harmless_steps=frozenset({"check_archive"}),
            time_limit_seconds=8 * 3600,
        ),
    }
)
"""The facts of every kind."""

ARCHIVING_KINDS: frozenset[JobKind] = frozenset(
    kind for kind, facts in KINDS.items() if {"dump", "back_up"} & {*facts.steps}
)
"""The kinds that may write into the archive."""

EXCLUSIVE_KINDS: frozenset[JobKind] = frozenset(
    kind for kind, facts in KINDS.items() if facts.is_exclusive
)
"""The kinds of which one schema has at most one running job."""

LONGEST_TIME_LIMIT_SECONDS: int = max(facts.time_limit_seconds for facts in KINDS.values())
"""No attempt takes longer; a broker must not hand out a message again before."""
