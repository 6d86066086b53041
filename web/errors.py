"""What can be wrong with a request before any use case sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import (
    ConflictError,
    InvalidInputError,
    SchemaBuilderError,
    UnavailableError,
    UnsupportedError,
)

INTERNAL_SENTENCE = "Something went wrong on our side; the log has it under the request id."
"""What is told of failures that nobody foresaw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One thing wrong with one place of a request."""

    field: str
    """The place: a parameter's name, or a path such as `tables[0].name`."""
    code: str
    """Stable code of the problem."""
    message: str
    """What is wrong, in a sentence."""
    hint: str = ""
    """What to do about it, in a sentence; empty where the message says it all."""


class InvalidJsonError(InvalidInputError):
    """A body that is no JSON, or JSON that means different things to different readers."""

    code = "INVALID_JSON"

    def __init__(self, *, reason: str, place: str) -> None:
        super().__init__(f"The body cannot be read as JSON: {reason} ({place}).")
        self.problems = (FieldProblem(field=place, code=self.code, message=f"{reason}."),)


class InvalidParametersError(InvalidInputError):
    """Parameters or headers that cannot be used, every one of them named."""

    code = "VALIDATION_ERROR"

    def __init__(self, *, problems: Sequence[FieldProblem]) -> None:
        named = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        super().__init__(f"The request has parameters that cannot be used: {named}")
        self.problems = tuple(problems)


class RequestUnreadableError(InvalidInputError):
    """A request that is not what HTTP calls one."""

    code = "BAD_REQUEST"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The request cannot be read: {reason}.", hint="Send it as HTTP (RFC 9112) has it."
        )


class AddressTooLongError(InvalidInputError):
    """An address that is longer than any that means something here."""

    code = "URI_TOO_LONG"

    def __init__(self, *, longest: int) -> None:
        super().__init__(
            f"The address has more than {longest:,} characters.", hint="Send a shorter address."
        )


class HeadersTooLargeError(InvalidInputError):
    """More headers, or longer ones, than anybody needs here."""

    code = "HEADERS_TOO_LARGE"

    def __init__(self, *, longest: int, most: int) -> None:
        super().__init__(
            f"A header has more than {longest:,} characters, or there are more than {most}.",
            hint="Send fewer or shorter headers.",
        )


class BodyTooLongError(InvalidInputError):
    """A body that is longer than the settings allow."""

    code = "PAYLOAD_TOO_LARGE"

    def __init__(self, *, longest_bytes: int) -> None:
        super().__init__(
            f"The body has more than {longest_bytes:,} bytes.",
            hint="Send less, or raise MAX_BODY_BYTES.",
        )


class UnsupportedMediaTypeError(UnsupportedError):
    """A body of a type that the route does not take."""

    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self, *, given: str) -> None:
        super().__init__(
            f"The body is {given or 'of no declared type'}.",
            hint="Send JSON with the header Content-Type: application/json.",
        )


class UnsupportedContentEncodingError(UnsupportedError):
    """A body that is compressed."""

    code = "UNSUPPORTED_CONTENT_ENCODING"

    def __init__(self, *, given: str) -> None:
        super().__init__(
            f"The body is encoded as {given}.",
            hint="Send it as it is, without the header Content-Encoding.",
        )


class IdempotencyKeyReusedError(ConflictError):
    """One key for two different requests."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, *, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was used for another request.",
            hint="A repeated request must be the same; take a new key for a new one.",
        )


class OriginRefusedError(SchemaBuilderError):
    """A page of another web origin that wants to change something."""

    code = "FORBIDDEN"

    def __init__(self, *, origin: str) -> None:
        super().__init__(
            f"Pages of {origin} may not change anything here.",
            hint="Name the origin in CORS_ORIGINS if they should.",
        )


class MachineRefusedError(InvalidInputError):
    """A request from another machine to an API that asks nobody who they are."""

    code = "MACHINE_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            "This server answers its own machine alone.",
            hint="Set AUTHENTICATION=required on the server; TRUST_NETWORK=true is for a network "
            "that is trusted as a whole.",
        )


class HostRefusedError(InvalidInputError):
    """A request under a name that is not ours, which a page elsewhere may have led here."""

    code = "HOST_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            "This server does not answer under that name.",
            hint="Use 127.0.0.1 or localhost, or name it in ALLOWED_HOSTS.",
        )


class RateLimitedError(SchemaBuilderError):
    """More requests than there may be within a minute."""

    code = "RATE_LIMITED"
    is_retryable = True

    def __init__(self, *, what: str, limit: int, whose: str, retry_after_seconds: int) -> None:
        super().__init__(
            f"There may be {limit} {what} a minute {whose}.",
            hint=f"Try again in {retry_after_seconds} seconds.",
        )
        self.retry_after_seconds = retry_after_seconds


class RequestTooSlowError(SchemaBuilderError):
    """A part of a request that did not arrive in time."""

    code = "REQUEST_TIMEOUT"

    def __init__(self, *, part: str, seconds: float) -> None:
        super().__init__(
            f"The {part} of the request did not arrive within {seconds:g} seconds.",
            hint="Send it faster, or smaller.",
        )


class TooBusyError(UnavailableError):
    """As many requests wait to be answered as there is room for."""

    code = "TOO_BUSY"

    def __init__(self) -> None:
        super().__init__(
            "Too many requests wait to be answered at present.", hint="Try again in a moment."
        )


class TooManyDownloadsError(UnavailableError):
    """As many files are being downloaded as there is room for."""

    code = "TOO_MANY_DOWNLOADS"

    def __init__(self) -> None:
        super().__init__("Too many files are being downloaded at present.", hint="Try again later.")


class TooManyHeldRequestsError(UnavailableError):
    """As many requests are held open as there is room for."""

    code = "TOO_MANY_STREAMS"

    def __init__(self) -> None:
        super().__init__(
            "Too many streams are open at present.",
            hint="Poll the job instead, or try again later.",
        )
