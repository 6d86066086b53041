"""Spans of work for a tracing system, where one is set up; otherwise nothing happens.

Like logs, spans are told to whatever the process was given at its start. Which system that is, and
how spans reach it, is the adapter's affair.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a piece of work is to the others around it."""

    WITHIN = "internal"
    """A part of the work around it."""
    ANSWER = "server"
    """Answering somebody else's request."""
    REQUEST = "client"
    """Asking another system and waiting for it."""
    MESSAGE = "producer"
    """Telling somebody who begins later."""
    LATER = "consumer"
    """Doing later what somebody asked for."""


class Tracer(Protocol):
    """Where spans are told."""

    def span(
        self, name: str, *, role: Role, parent: str | None, facts: dict[str, str | int]
    ) -> AbstractContextManager[None]:
        """Tell of the work inside; an error that leaves it marks it as failed.

        Args:
            name: What is done, without ids.
            role: What it is to the work around it.
            parent: What `present` returned elsewhere; the present span of this thread if absent.
            facts: Further facts.
        """
        ...

    def note(self, facts: dict[str, str | int], *, name: str | None) -> None:
        """Add facts to the present span, and name it better."""
        ...

    def present(self) -> str | None:
        """Return the present span, so that others can name it as their parent; None without one."""
        ...

    def close(self) -> None:
        """Send what was not sent yet."""
        ...


class _Present:
    """The tracer of this process; none until one is given."""

    tracer: Tracer | None = None


def use_tracer(tracer: Tracer | None) -> None:
    """Tell spans to this tracer from now on; None ends that."""
    _Present.tracer = tracer


def end_traces() -> None:
    """Send what was not sent yet, and tell no more."""
    if _Present.tracer is not None:
        _Present.tracer.close()
    use_tracer(None)


def span(
    name: str, *, role: Role = Role.WITHIN, parent: str | None = None, **facts: str | int
) -> AbstractContextManager[None]:
    """Tell of the work inside.

    Args:
        name: What is done, without ids, so that the same work has the same name.
        role: What it is to the work around it.
        parent: A span elsewhere that this one belongs to; the present one of this thread if absent.
        facts: Further facts, with `__` for dots in their names.
    """
    tracer = _Present.tracer
    if tracer is None:
        return nullcontext()
    return tracer.span(name, role=role, parent=parent, facts=_dotted(facts))


def note(*, name: str | None = None, **facts: str | int) -> None:
    """Add facts to the present span.

    Args:
        name: A better name, where what is done became known meanwhile.
        facts: With `__` for dots in their names.
    """
    tracer = _Present.tracer
    if tracer is not None:
        tracer.note(_dotted(facts), name=name)


def present_span() -> str | None:
    """Return the present span as W3C Trace Context spells it; None where nothing is traced."""
    tracer = _Present.tracer
    return None if tracer is None else tracer.present()


def _dotted(facts: dict[str, str | int]) -> dict[str, str | int]:
    return {name.replace("__", "."): value for name, value in facts.items()}
