"""Reading the bodies of requests about quotas, strictly."""

from __future__ import annotations

from dataclasses import dataclass

from core.definition.fields import Fields
from core.definition.problems import Problems
from core.quotas.model import Quota
from core.quotas.setting import LARGEST

_QUOTAS = {quota.value: quota for quota in Quota}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaBody:
    """What a workspace is to be held to."""

    quota: Quota
    """Of what."""
    limit: int | None
    """How much; None for what the installation gives."""


def read_quota_body(raw: object) -> QuotaBody:
    """Read a request to hold a workspace to less.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"name", "limit"}, problems=problems)
    quota = fields.choice("name", _QUOTAS, code="UNKNOWN_VALUE")
    if isinstance(raw, dict):
        if not fields.has("name"):
            fields.refuse("name", "MISSING_REQUIRED_FIELD", "This is needed.")
        if "limit" not in raw:
            fields.refuse("limit", "MISSING_REQUIRED_FIELD", "This is needed; null for none.")
    number = fields.number("limit") if fields.has("limit") else None
    problems.raise_if_any()
    if number is not None and (number != int(number) or not 1 <= number <= LARGEST):
        fields.refuse(
            "limit", "NUMBER_OUT_OF_RANGE", f"A whole number from 1 to {LARGEST:,} is wanted."
        )
    problems.raise_if_any()
    return QuotaBody(quota=quota or Quota.DATABASES, limit=None if number is None else int(number))
