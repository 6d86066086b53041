"""The first API key of an installation: made on the first start, kept in the data folder."""

from __future__ import annotations

from pathlib import Path

from core.access.errors import UnauthenticatedError
from core.access.keys import Keys
from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, scopes_of
from core.clock import SystemClock
from core.store import StoreFactory, make_engine
from embedded.files import write_private

FILE_NAME = "api.key"
"""File in the data folder, readable by its owner only."""


def first_key(data_dir: Path, database_url: str) -> tuple[str, bool]:
    """Return the key, and whether it was made just now.

    It is made again where the store does not know it any more, such as after a new store or a
    revocation.

    Args:
        data_dir: the data folder.
        database_url: the store, migrated.
    """
    file = data_dir / FILE_NAME
    engine = make_engine(database_url)
    keys = Keys(open_store=StoreFactory(engine, SystemClock()), clock=SystemClock())
    try:
        known = file.read_text().strip() if file.is_file() else ""
        if known and _is_accepted(keys, known):
            return known, False
        _, text = keys.create(
            workspace_id=LOCAL_WORKSPACE,
            name="first key of this data folder",
            scopes=scopes_of(Role.ADMIN),
            created_by="first start",
        )
        write_private(file, f"{text}\n")
    finally:
        engine.dispose()
    return text, True


def _is_accepted(keys: Keys, text: str) -> bool:
    try:
        keys.identify(text)
    except UnauthenticatedError:
        return False
    return True
