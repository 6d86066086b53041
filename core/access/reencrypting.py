"""Encrypting what is stored anew with the newest key, while everything runs.

Each secret is replaced only if it is still the one that was read, so nobody's change is undone; a
run that was broken off is repeated, and finds what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import InternalError
from core.jobs.kinds import ARCHIVING_KINDS
from core.jobs.repository import JobStore
from core.key_file import (
    KeyInUseError,
    KeyVersionUnknownError,
    add_key,
    forget_key,
    start_key_file,
    use_key,
)
from core.secrets import SecretBox, SecretUnreadableError
from core.unit_of_work import UnitOfWork

BATCH = 200
"""Secrets that are encrypted anew in one transaction."""

MOST_ROUNDS = 10
"""Rounds after which somebody must be storing secrets with an old key all the time."""


SAMPLES = 100
"""Secrets of each place that are tried when it is asked whether they can be read."""

_MAY_NEED_IT = "may be writing into the archive with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSecret:
    """One secret in the store."""

    place: str
    """Where it is: table and column."""
    id: str
    """Which row it is in."""
    secret: str
    """The secret, encrypted."""


class StoredSecretRepository(Protocol):
    """All secrets of the store, wherever they are."""

    def places(self) -> Sequence[str]:
        """Return the places where there are secrets."""
        ...

    def list_after(
        self, place: str, id_: str | None, *, except_version: str, limit: int
    ) -> Sequence[StoredSecret]:
        """Return secrets of one place with another key than this, by id, from after an id on."""
        ...

    def replace(self, stored: StoredSecret, secret: str) -> bool:
        """Replace a secret if it is still the one that was read; tell whether it was."""
        ...

    def count_by_version(self) -> Mapping[str, int]:
        """Return how many secrets there are by the version of their key."""
        ...


class SecretStore(UnitOfWork, Protocol):
    """One transaction over the stored secrets."""

    @property
    def stored_secrets(self) -> StoredSecretRepository:
        """The secrets."""
        ...


class SecretAndJobStore(SecretStore, JobStore, Protocol):
    """One that has the jobs in it as well, which write into the archive."""


class SecretsRemainError(InternalError):
    """Secrets with an old key come faster than they can be encrypted anew."""

    code = "SECRETS_REMAIN"

    def __init__(self, *, count: int, version: str) -> None:
        super().__init__(
            f"{count} stored secret(s) are still not encrypted with the key {version}.",
            hint="Does a process run with another secret key file, or an older release of the"
            " product, which does not read the file again? Restart it and try again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reencryption:
    """What a run did."""

    version: str
    """The key that everything is encrypted with now."""
    replaced: int
    """Secrets that were encrypted anew."""
    unreadable: tuple[str, ...]
    """Secrets that no key here opens, as place and id; they are left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """What one key is needed for."""

    version: str
    """Its version."""
    is_in_use: bool
    """Whether new secrets are encrypted with it."""
    is_here: bool
    """Whether the key file has it."""
    stored: int
    """Secrets in the store that need it."""
    archived: int
    """Files in the archive that need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKeys:
    """Replaces the keys that encrypt what is stored."""

    open_store: Callable[[], SecretAndJobStore]
    """Begins a unit of work."""
    secrets: SecretBox
    """The keys."""
    key_file: Path
    """Their file."""
    archived_by_version: Callable[[], Mapping[str, int]]
    """Counts the files of the archive by the version of their key; takes a look at each."""
    copy_turn: Callable[[], AbstractContextManager[bool]]
    """Keeps the store from being copied into the archive; says whether nobody is at it."""

    def start_afresh(self) -> str:
        """Make a key file where it was lost for good; return the version of its key.

        The version is of no key that was lost, so that what needs one of those goes on saying so.

        Raises:
            KeyFilePresentError: it is there.
        """
        with self.open_store() as store:
            stored = store.stored_secrets.count_by_version()
        return start_key_file(self.key_file, known={*stored, *self.archived_by_version()})

    def list_unreadable(self) -> Sequence[str]:
        """Return the places of the store where some of the first secrets open with no key here."""
        with self.open_store() as store:
            secrets = store.stored_secrets
            samples = [
                stored
                for place in secrets.places()
                for stored in secrets.list_after(place, None, except_version="", limit=SAMPLES)
            ]
        return sorted({each.place for each in samples if not self._opens(each)})

    def add(self) -> str:
        """Add a new key that is only read with for now; return its version.

        Raises:
            SecretKeyLostError: the key file was lost.
        """
        self.secrets.newest  # noqa: B018 - has the file made where there was none yet
        return add_key(self.key_file)

    def use(self, version: str) -> None:
        """Encrypt with this key from now on.

        Raises:
            KeyVersionUnknownError: there is no such key.
        """
        use_key(self.key_file, version)

    def rotate(self) -> Reencryption:
        """Add a key, use it, and encrypt everything in the store anew."""
        self.use(self.add())
        return self.reencrypt()

    def reencrypt(self) -> Reencryption:
        """Encrypt everything in the store with the key in use, as far as it is not yet.

        Raises:
            SecretsRemainError: others go on to store secrets with an old key.
        """
        version = self.secrets.newest
        replaced = 0
        for _ in range(MOST_ROUNDS):
            changed, unreadable = self._round(version)
            replaced += changed
            with self.open_store() as store:
                counts = store.stored_secrets.count_by_version()
            remaining = sum(count for key, count in counts.items() if key != version)
            if remaining <= len(unreadable):
                return Reencryption(
                    version=version, replaced=replaced, unreadable=tuple(unreadable)
                )
        raise SecretsRemainError(count=remaining, version=version)

    def list_uses(self, *, with_archive: bool) -> Sequence[KeyUse]:
        """Return what each key is needed for, the one in use last."""
        with self.open_store() as store:
            stored = store.stored_secrets.count_by_version()
        archived = self.archived_by_version() if with_archive else {}
        here = self.secrets.versions
        gone = sorted({*stored, *archived} - {*here})
        return [
            KeyUse(
                version=version,
                is_in_use=version == here[-1],
                is_here=version in here,
                stored=stored.get(version, 0),
                archived=archived.get(version, 0),
            )
            for version in (*gone, *here)
        ]

    def forget(self, version: str) -> None:
        """Remove a key that nothing needs any more.

        A file keeps the key with which it was begun, and is in the archive only when it is
        complete: so nobody may be writing one. Whoever begins later takes the key in use.

        Raises:
            KeyVersionUnknownError: there is no such key.
            KeyInUseError: something needs it, or may need it before long.
        """
        with self.copy_turn() as is_ours:
            if not is_ours:
                raise KeyInUseError(version=version, reason=f"a copy of the store {_MAY_NEED_IT}")
            self._refuse_while_jobs_write(version)
            self._forget(version)

    def _refuse_while_jobs_write(self, version: str) -> None:
        with self.open_store() as store:
            jobs = [job.id for job in store.jobs.running() if job.kind in ARCHIVING_KINDS]
        if jobs:
            others = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
            reason = f"the job {jobs[0]}{others} {_MAY_NEED_IT}"
            raise KeyInUseError(version=version, reason=reason)

    def _forget(self, version: str) -> None:
        uses = {each.version: each for each in self.list_uses(with_archive=True)}
        use = uses.get(version)
        if use is None or not use.is_here:
            raise KeyVersionUnknownError(version=version)
        if use.stored or use.archived:
            reason = f"{use.stored} stored secret(s) and {use.archived} file(s) of the archive"
            raise KeyInUseError(version=version, reason=f"{reason} were encrypted with it")
        forget_key(self.key_file, version)

    def _opens(self, stored: StoredSecret) -> bool:
        try:
            self.secrets.decrypt(stored.secret)
        except SecretUnreadableError:
            return False
        return True

    def _round(self, version: str) -> tuple[int, list[str]]:
        replaced = 0
        unreadable: list[str] = []
        with self.open_store() as store:
            places = store.stored_secrets.places()
        for place in places:
            last: str | None = None
            while True:
                with self.open_store() as store:
                    batch = store.stored_secrets.list_after(
                        place, last, except_version=version, limit=BATCH
                    )
                    for stored in batch:
                        try:
                            secret = self.secrets.encrypt(self.secrets.decrypt(stored.secret))
                        except SecretUnreadableError:
                            unreadable.append(f"{stored.place} {stored.id}")
                            continue
                        replaced += store.stored_secrets.replace(stored, secret)
                    store.commit()
                if not batch:
                    break
                last = batch[-1].id
        return replaced, unreadable
