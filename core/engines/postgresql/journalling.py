"""The journal: what a database's comment says of the line that was done last.

While a line runs stretch by stretch, the comment also says how far it is; nobody else sees that.
"""

from __future__ import annotations

import json

from core.dialects.postgresql import quote, quote_literal
from core.engines.postgresql.connecting import Link

STRETCH = "stretch"
"""The key under which a comment that is a JSON object keeps how far a line is."""

_COMMENT = """
SELECT coalesce(shobj_description(d.oid, 'pg_database'), '')
  FROM pg_database d WHERE d.datname = current_database()"""


def read_journal(link: Link) -> str:
    """Return what was noted last, without how far an unfinished line is."""
    comment = _comment(link)
    said = _object(comment)
    if said is None or STRETCH not in said:
        return comment
    return json.dumps({key: value for key, value in said.items() if key != STRETCH})


def write_journal(link: Link, text: str) -> None:
    """Note something in the place of what was there, in the transaction that is open if any.

    Source: PostgreSQL manual, SQL Commands, COMMENT: the owner of a database may.
    """
    link.execute(
        f"COMMENT ON DATABASE {quote(link.address.database_name)} IS {quote_literal(text)}",
        shown="COMMENT ON DATABASE",
    )


def read_stretch(link: Link, key: str) -> int:
    """Return the page that an unfinished line goes on from; 0 when nothing is noted under a key."""
    said = (_object(_comment(link)) or {}).get(STRETCH)
    if isinstance(said, dict) and said.get("of") == key and isinstance(said.get("page"), int):
        return int(said["page"])
    return 0


def write_stretch(link: Link, key: str, page: int) -> None:
    """Note how far an unfinished line is; a comment that is no JSON object stays as it is."""
    said = _object(_comment(link))
    if said is not None:
        write_journal(link, json.dumps({**said, STRETCH: {"of": key, "page": page}}))


def _comment(link: Link) -> str:
    return str(link.query(_COMMENT)[0][0])


def _object(text: str) -> dict[str, object] | None:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
