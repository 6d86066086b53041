"""Encrypting anew, against somebody who stores secrets with an old key all the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from typing_extensions import override

from core.access.reencrypting import (
    SecretKeys,
    SecretsRemainError,
    StoredSecret,
    StoredSecretRepository,
)
from core.secrets import SecretBox
from tests.fakes.jobs import FakeJobRepository, Memory


class StubbornStore(StoredSecretRepository):
    """A store with one secret, which somebody replaces whenever we are about to."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    @property
    def stored_secrets(self) -> Self:
        """Return the secrets."""
        return self

    @property
    def jobs(self) -> FakeJobRepository:
        """Return no jobs."""
        return FakeJobRepository(Memory())

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""

    def commit(self) -> None:
        """Do nothing."""

    @override
    def places(self) -> Sequence[str]:
        """Return the only place."""
        return ("table.column",)

    @override
    def list_after(
        self, place: str, id_: str | None, *, except_version: str, limit: int
    ) -> Sequence[StoredSecret]:
        """Return the only secret, once."""
        assert limit > 0
        is_left = id_ is None and not self.secret.startswith(f"{except_version}:")
        return [StoredSecret(place=place, id="1", secret=self.secret)] * is_left

    @override
    def replace(self, stored: StoredSecret, secret: str) -> bool:
        """Refuse: somebody was quicker."""
        assert stored.secret != secret
        return False

    @override
    def count_by_version(self) -> Mapping[str, int]:
        """Return the version of the only secret."""
        return {self.secret.partition(":")[0]: 1}


def test_somebody_who_goes_on_with_the_old_key_is_noticed(tmp_path: Path) -> None:
    """As a process with another copy of the file: nobody is told that all is done."""
    file = tmp_path / "secret.key"
    box = SecretBox(file)
    store = StubbornStore(box.encrypt("x"))
    keys = SecretKeys(
        open_store=lambda: store,
        secrets=box,
        key_file=file,
        archived_by_version=dict,
        copy_turn=lambda: nullcontext(enter_result=True),
    )
    with pytest.raises(SecretsRemainError, match="1 stored secret"):
        keys.rotate()
    assert box.decrypt(store.secret) == "x"
