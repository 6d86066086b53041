"""What the doctor says of servers that are too old, too new, or just right."""

from __future__ import annotations

import pytest

from core.observation.checks import CheckState
from core.observation.doctor import check_version


@pytest.mark.parametrize("version", ["13.23", "15.18", "18.4", "18beta2"])
def test_versions_that_are_tested_are_well(version: str) -> None:
    """From the oldest to the newest."""
    check = check_version("server:x", version)
    assert (check.state, check.remedy) == (CheckState.OK, None)
    assert version in check.found


def test_a_server_that_is_too_old_is_no_use() -> None:
    """Nothing would be made on it."""
    check = check_version("server:x", "12.22")
    assert check.state is CheckState.FAILED
    assert "PostgreSQL 12.22" in check.found
    assert check.remedy == "Upgrade it to 13 or newer."


@pytest.mark.parametrize("version", ["19.0", "19devel", "20beta1"])
def test_a_server_that_is_newer_than_what_is_tested_is_warned_of(version: str) -> None:
    """It is used all the same."""
    check = check_version("server:x", version)
    assert check.state is CheckState.WARNING
    assert "newer than what is tested" in check.found
