"""A definition as an SQL script, to be read by people and run by `psql`."""

from __future__ import annotations

from core.definition.model import Definition
from core.planning.creation import creation_stages

_SETTINGS = ("SET client_encoding = 'UTF8';", "SET standard_conforming_strings = on;")
"""What the rest of the script relies on, whatever the reader's surroundings are."""


def export_sql(definition: Definition, *, title: str = "") -> str:
    """Write the script that makes a definition in an empty database.

    The same definition gives the same text. It runs with `psql -v ON_ERROR_STOP=1 -f`, also
    within one transaction (`-1`).

    Args:
        definition: What to make; it has passed validation.
        title: Shown in the first line, as far as it is printable.

    Raises:
        MissingThingError: a part refers to something that is not there.
        DefaultMismatchError: a default does not fit its column.
    """
    heading = _comment(title)
    groups = [heading] if heading else []
    groups.append("\n".join(_SETTINGS))
    for stage in creation_stages(definition):
        groups.append(_comment(stage.heading))
        # Long statements stand apart from each other, single lines do not.
        texts = [f"{statement.sql};" for statement in stage.statements]
        separator = "\n\n" if any("\n" in text for text in texts) else "\n"
        groups.append(separator.join(texts))
    return "\n\n".join(groups) + "\n"


def _comment(text: str) -> str:
    """Write a text as one comment line, which it cannot leave."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return f"-- {shown}" if shown else ""
