"""Reading the bodies of requests about quotas, strictly."""

from __future__ import annotations

from core.definition.fields import Fields
from core.definition.problems import Problems
from core.quotas.setting import LARGEST


def read_quota_body(raw: object) -> int | None:
    """Read how much a workspace wants to be held to; None for what the installation gives.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"limit"}, problems=problems)
    limit = fields.number("limit") if fields.has("limit") else None
    if isinstance(raw, dict) and "limit" not in raw:
        fields.refuse("limit", "MISSING_REQUIRED_FIELD", "This is needed; null for none.")
    problems.raise_if_any()
    if limit is not None and (limit != int(limit) or not 1 <= limit <= LARGEST):
        fields.refuse(
            "limit", "NUMBER_OUT_OF_RANGE", f"A whole number from 1 to {LARGEST:,} is wanted."
        )
    problems.raise_if_any()
    return None if limit is None else int(limit)
