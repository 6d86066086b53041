"""What can go wrong with who may do what."""

from __future__ import annotations

from core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SchemaBuilderError,
    UnavailableError,
)


class UnauthenticatedError(SchemaBuilderError):
    """A request that does not prove whose it is."""

    code = "UNAUTHORIZED"

    def __init__(self, *, reason: str, private: str = "") -> None:
        super().__init__(
            f"The request does not prove whose it is: {reason}.",
            hint="Send `Authorization: Bearer` with an API key or a token.",
            private=private,
        )


class ScopeMissingError(SchemaBuilderError):
    """A request for something that its sender is not permitted."""

    code = "SCOPE_MISSING"

    def __init__(self, *, scopes: tuple[str, ...]) -> None:
        super().__init__(
            f"This needs the scope {' and '.join(scopes)}, which you have not been given.",
            hint="An admin of the workspace can give a role or a key that has it.",
        )
        self.scopes = scopes


class NotAMemberError(SchemaBuilderError):
    """A request of somebody who belongs to no workspace, or not to the one that is named."""

    code = "NOT_A_MEMBER"

    def __init__(self) -> None:
        super().__init__(
            "You are not a member of any such workspace.",
            hint="An admin of a workspace can make you one, by the `sub` of your token.",
        )


class WorkspaceAmbiguousError(InvalidInputError):
    """A request of a member of several workspaces that does not say which one is meant."""

    code = "WORKSPACE_AMBIGUOUS"

    def __init__(self) -> None:
        super().__init__(
            "You are a member of several workspaces.",
            hint="Name one in the header X-Workspace; GET /workspaces lists them.",
        )


class WorkspaceNotFoundError(NotFoundError):
    """There is no such workspace."""

    code = "WORKSPACE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such workspace.")


class MemberNotFoundError(NotFoundError):
    """Nobody of that name is a member of the workspace."""

    code = "MEMBER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such member in this workspace.")


class KeyNotFoundError(NotFoundError):
    """There is no such API key in the workspace."""

    code = "KEY_NOT_FOUND"

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"There is no API key {key_id}.")


class KeyExpiryError(InvalidInputError):
    """An API key that would have expired before it is made."""

    code = "KEY_EXPIRY_PAST"

    def __init__(self) -> None:
        super().__init__("The time at which the key expires is past.", hint="Name a later one.")


class TooManyKeysError(ConflictError):
    """A workspace has as many API keys as it can."""

    code = "TOO_MANY_KEYS"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            f"There are {most} living API keys already, which is the most.",
            hint="Revoke one that is not needed any more.",
        )


class ProviderUnavailableError(UnavailableError):
    """The provider of tokens cannot be asked for its keys, and we have them not."""

    code = "IDENTITY_PROVIDER_UNAVAILABLE"

    def __init__(self, *, private: str) -> None:
        super().__init__(
            "The provider of tokens does not answer at present, so none can be verified.",
            hint="Try again in a moment.",
            private=private,
        )
