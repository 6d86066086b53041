"""Server-Sent Events of a job. Source: HTML standard, section 9.2.

Each event's id is its sequence, so a client that lost the connection resumes where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import UnavailableError
from core.jobs.model import JobEvent, JobId, JobState
from web.holding import Holding, Patience
from web.json_writing import write_json
from web.representing import event_json

EVENT_STREAM = "text/event-stream"
EVENT_SHAPE = {
    "type": "object",
    "description": "One event; `id` is what `Last-Event-ID` names.",
    "properties": {
        "id": {"type": "string"},
        "event": {
            "type": "string",
            "examples": ["queued", "started", "step_started", "progress", "succeeded"],
        },
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["id", "event", "data"],
}
"""JSON Schema of an event, field by field as the stream spells it."""
_LAST = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
_COME_BACK_MILLISECONDS = 2000


def event_lines(event: JobEvent) -> bytes:
    """Return an event as the stream spells it."""
    body = write_json(event_json(event))
    text = f"id: {event.sequence}\nevent: {event.name}\ndata: {body}\n\n"
    return text.encode("utf-8", "backslashreplace")


def is_last(event: JobEvent) -> bool:
    """Whether nothing comes after it."""
    return event.name in _LAST


def stream_events(
    job_id: JobId,
    *,
    after: int,
    read: Callable[[JobId, int], Sequence[JobEvent]],
    is_allowed: Callable[[], bool],
    patience: Patience,
    holding: Holding,
) -> Iterator[bytes]:
    """Yield a job's events as they happen, until its end or until the stream has lived its life.

    Args:
        job_id: The job.
        after: The last event that the client has, 0 for none.
        read: Returns the events after a sequence.
        is_allowed: Says whether the client still may know; once it may not, the stream ends.
        patience: How often to look, how long to live.
        holding: Says when the process must go; the client comes back to the one that follows.
    """
    yield f"retry: {_COME_BACK_MILLISECONDS}\n\n".encode()
    began = spoke = asked = time.monotonic()
    while True:
        try:
            if time.monotonic() - asked >= patience.proof_seconds:
                if not is_allowed():
                    return
                asked = time.monotonic()
            events = read(job_id, after)
        except UnavailableError:  # the client comes back, and finds us or not
            return
        for event in events:
            yield event_lines(event)
            after = event.sequence
            if is_last(event):
                return
        now = time.monotonic()
        if events:
            spoke = now
        elif now - spoke >= patience.heartbeat_seconds:
            yield b": alive\n\n"
            spoke = now
        if now - began >= patience.stream_seconds or holding.is_leaving:
            return
        time.sleep(patience.longest_look_seconds)
