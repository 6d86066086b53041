"""What can go wrong with webhooks."""

from __future__ import annotations

from core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError


class WebhookNotFoundError(NotFoundError):
    """There is no such webhook, or it is another owner's."""

    code = "WEBHOOK_NOT_FOUND"

    def __init__(self, *, webhook_id: str) -> None:
        super().__init__(f"There is no webhook {webhook_id}.")


class TooManyWebhooksError(ConflictError):
    """An owner has as many webhooks as it can."""

    code = "TOO_MANY_WEBHOOKS"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            f"There are {most} webhooks already, which is the most.",
            hint="Delete one that is not needed any more.",
        )


class WebhookDisabledError(ConflictError):
    """A webhook that was disabled is told of nothing."""

    code = "WEBHOOK_DISABLED"

    def __init__(self, *, webhook_id: str) -> None:
        super().__init__(f"The webhook {webhook_id} is disabled.", hint="Enable it first.")


class WebhookAddressError(InvalidInputError):
    """An address to which nothing is sent."""

    code = "WEBHOOK_ADDRESS_REFUSED"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"Nothing can be sent to this address: {reason}.",
            hint="Give an https:// address that can be reached from the internet.",
        )


class WebhookHostUnknownError(UnavailableError):
    """The name of a webhook's host leads nowhere at present."""

    code = "WEBHOOK_HOST_UNKNOWN"

    def __init__(self, *, host: str) -> None:
        super().__init__(f"The name {host} leads to no address at present.")
