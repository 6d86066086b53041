"""Where things wait that were put out of sight instead of dropped, and what they are called."""

from __future__ import annotations

NAMESPACE = "sb_set_aside"
"""The namespace that tables and enums move into."""

COLUMN_PREFIX = "sb_aside_"
"""What the names of columns begin with that stay in their table out of sight."""


def column_name(token: str, number: int) -> str:
    """Return the name of a column set aside.

    Args:
        token: A few letters and digits that make the plan's names unique.
        number: The thing's number within the plan.

    Example:
        >>> column_name("k3x9", 2)
        'sb_aside_k3x9_2'
    """
    return f"{COLUMN_PREFIX}{token}_{number}"


def thing_name(token: str, number: int) -> str:
    """Return the name of a table or enum set aside, within its own namespace.

    Args:
        token: A few letters and digits that make the plan's names unique.
        number: The thing's number within the plan.

    Example:
        >>> thing_name("k3x9", 1)
        'aside_k3x9_1'
    """
    return f"aside_{token}_{number}"
