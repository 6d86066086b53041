"""What is limited where nobody says anything, and where somebody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from core.limits import NETWORK_LIMITS, Limits, QuotaLimits, RateLimits
from core.settings import InvalidSettingsError, Settings

ROOT = Path(__file__).resolve().parents[3]

NAMES = (
    *(f"RATE_LIMIT_{field.name.upper()}" for field in fields(RateLimits)),
    *(f"QUOTA_{field.name.upper()}" for field in fields(QuotaLimits)),
    "MAX_QUEUED_JOBS",
)
"""The settings, by the fields that they fill."""


def test_on_loopback_without_authentication_nothing_is_limited() -> None:
    """There is nobody to protect from anybody."""
    assert Settings.from_environment({}).limits == Limits()


@pytest.mark.parametrize(
    "environ",
    [
        {"AUTHENTICATION": "required"},
        {"TRUST_NETWORK": "true"},
        {"HOST": "0.0.0.0", "AUTHENTICATION": "required"},
    ],
    ids=["everybody is asked", "a network is trusted", "others can reach it"],
)
def test_elsewhere_there_are_limits_by_default(environ: Mapping[str, str]) -> None:
    """As many as the documentation says."""
    assert Settings.from_environment(environ).limits == NETWORK_LIMITS
    rates = NETWORK_LIMITS.rates
    assert (rates.writes, rates.reads, rates.validations) == (10, 100, 50)


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_is_a_setting_and_zero_means_none(name: str) -> None:
    """What is set holds anywhere, loopback included."""
    for text in ("7", "0"):
        for outside in ({}, {"AUTHENTICATION": "required"}):
            limits = Settings.from_environment({name: text, **outside}).limits
            found = {
                "MAX_QUEUED_JOBS": limits.most_queued_jobs,
                **{
                    f"RATE_LIMIT_{f.name.upper()}": getattr(limits.rates, f.name)
                    for f in fields(limits.rates)
                },
                **{
                    f"QUOTA_{f.name.upper()}": getattr(limits.quotas, f.name)
                    for f in fields(limits.quotas)
                },
            }
            assert found[name] == int(text)


def test_a_limit_that_is_no_number_is_named() -> None:
    """The sentence names the variable."""
    with pytest.raises(InvalidSettingsError, match="QUOTA_BACKUPS"):
        Settings.from_environment({"QUOTA_BACKUPS": "many"})


@pytest.mark.parametrize(
    "name", [*NAMES, "LIMITS_REDIS_URL", "REQUEST_SECONDS", "REQUEST_STATEMENT_SECONDS"]
)
def test_the_example_and_the_guide_name_every_setting(name: str) -> None:
    """Nobody has to read code to find one."""
    for file in (".env.example", "docs/limits.md"):
        assert name in (ROOT / file).read_text(), file
