"""The errors of Schema Builder: one root and six families that say how the shell must react.

Each failure is a class of its own in the package that raises it; here stand only the families.
"""

from __future__ import annotations

from typing import ClassVar


class SchemaBuilderError(Exception):
    """A failure that Schema Builder foresaw.

    Subclasses take the facts as keyword arguments, write their own sentence and set a stable code.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    """Stable identifier of the failure, the same in answers, logs and documentation."""

    is_retryable: bool = False
    """Whether trying the same thing again later can succeed without anybody changing anything."""

    def __init__(self, message: str, *, hint: str | None = None, private: str = "") -> None:
        """Say what happened.

        Args:
            message: A sentence for everybody, clients included.
            hint: The remedy, as a sentence.
            private: What only the log may say, such as addresses of servers.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.private = private

    @property
    def sentence(self) -> str:
        """The message, with the remedy behind it where one is known."""
        return self.message if self.hint is None else f"{self.message} {self.hint}"

    @property
    def log_text(self) -> str:
        """The message with what only the log may say."""
        return f"{self.message} ({self.private})" if self.private else self.message


class InvalidInputError(SchemaBuilderError):
    """What was sent cannot be used as it is."""

    code = "VALIDATION_ERROR"


class NotFoundError(SchemaBuilderError):
    """What was asked for does not exist, or not for this owner."""

    code = "NOT_FOUND"


class ConflictError(SchemaBuilderError):
    """The request is fine, but not in the present state of things."""

    code = "CONFLICT"


class UnsupportedError(SchemaBuilderError):
    """A thing that this product, engine or version cannot do."""

    code = "UNSUPPORTED"


class UnavailableError(SchemaBuilderError):
    """A thing we depend on is away for now; trying again later can help."""

    code = "UNAVAILABLE"
    is_retryable = True


class InternalError(SchemaBuilderError):
    """Our own promise is broken; somebody must look."""

    code = "INTERNAL_ERROR"
