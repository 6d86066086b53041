"""What the major versions of PostgreSQL differ in, as far as we act otherwise for it.

The one place for such facts about servers: whoever asks for a version asks here. What a definition
may say on which version is the affair of `core.validation.known_since`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OLDEST = 13
"""The oldest major version that is tested; older ones are refused."""

NEWEST = 18
"""The newest major version that is tested; newer ones are used with a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something that servers do from a major version on."""

    since: int
    """The first major version."""
    what: str
    """What they do, as a sentence."""
    before: str
    """What we do with servers before it, as a sentence."""
    source: str
    """Where the manual or the release notes say so."""

    def is_of(self, major: int) -> bool:
        """Whether servers of a major version do it."""
        return major >= self.since


IDLE_SESSION_TIMEOUT = Trait(
    since=14,
    what="Idle sessions can be ended by `idle_session_timeout`.",
    before="The setting is not touched.",
    source="Release notes of 14, E.23.3.1.8, Server Configuration",
)
TID_RANGES = Trait(
    since=14,
    what="Rows are read by ranges of their places.",
    before="A table is cut into few stretches, as each of them reads all of it.",
    source="Release notes of 14, E.23.3.1.4, General Performance",
)
COMPRESSION = Trait(
    since=14,
    what="Columns can have a compression of their own, which is listed as unknown.",
    before="There is none to be listed.",
    source="Manual, SQL Commands, CREATE TABLE; release notes of 14",
)
OWNED_PUBLIC = Trait(
    since=15,
    what="The owner of a database owns its namespace `public`.",
    before="The owner is given it by an account that is a superuser; otherwise descriptions of"
    " `public` are refused.",
    source="Release notes of 15, Migration",
)
NULLS_NOT_DISTINCT = Trait(
    since=15,
    what="`NULLS NOT DISTINCT`, and lists of columns for `SET NULL`, which are listed as unknown.",
    before="There are none to be listed.",
    source="Release notes of 15, Utility Commands",
)
SHARED_STATISTICS = Trait(
    since=15,
    what="Statistics stand in shared memory, so that what a session wrote shows at its end.",
    before="Statistics are waited for until they are newer than the question.",
    source="Release notes of 15, Monitoring; manual, 27.2 The Cumulative Statistics System",
)
GRANT_OPTIONS = Trait(
    since=16,
    what="A grant says what membership is good for; `CREATEROLE` alone administers only roles of"
    " one's own.",
    before="The account is made a member without saying more.",
    source="Manual, SQL Commands, GRANT; release notes of 16, Privileges",
)
BUILTIN_LOCALES = Trait(
    since=17,
    what="`C.UTF-8` needs no locale of the system.",
    before="The embedded server is made with the locale `C`.",
    source="Manual, 23.1.4 Locale Providers; release notes of 17",
)
TRANSACTION_TIMEOUT = Trait(
    since=17,
    what="Transactions can be ended by `transaction_timeout`, which client programs set.",
    before="Restoring with newer programs leaves the setting out.",
    source="Release notes of 17, E.11.3.1.7, Server Configuration",
)
NAMED_NOT_NULLS = Trait(
    since=18,
    what="`NOT NULL` is a constraint with a name.",
    before="Renames have no names of `NOT NULL` to bring along.",
    source="Release notes of 18, E.7.3.4.2, Constraints",
)
NOT_ENFORCED = Trait(
    since=18,
    what="`NOT ENFORCED`, keys over periods and virtual columns, which are listed as unknown.",
    before="There are none to be listed.",
    source="Release notes of 18, E.7.3.4.2, Constraints",
)

TRAITS = (
    IDLE_SESSION_TIMEOUT,
    TID_RANGES,
    COMPRESSION,
    OWNED_PUBLIC,
    NULLS_NOT_DISTINCT,
    SHARED_STATISTICS,
    GRANT_OPTIONS,
    BUILTIN_LOCALES,
    TRANSACTION_TIMEOUT,
    NAMED_NOT_NULLS,
    NOT_ENFORCED,
)
"""All of them, in order of versions."""

_LEADING_NUMBER = re.compile(r"\d+")


def major_of(version: str) -> int:
    """Return the major version out of a server's, such as 18 out of `18.6`; 0 where none is."""
    found = _LEADING_NUMBER.match(version.strip())
    return int(found[0]) if found else 0
