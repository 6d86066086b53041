"""Commands as words, however a file spells them, so that files can be compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from embedded.supervision import read_procfile

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
SHELL = ("sh", "-c")
DEFAULTS = {"<FLOWER_PORT>": "5555"}
"""Variables that containers need not have, as each has ports of its own."""


def words_of(command: Sequence[str]) -> list[str]:
    """Return the words that are carried out, without the shell in front; variables as `<NAME>`."""
    if tuple(command[:2]) == SHELL:
        return _split(command[2].removeprefix("exec "))
    return [_plain(word) for word in command]


def words_of_procfile(name: str) -> list[str]:
    """Return the words of a process of the Procfile."""
    return _split(read_procfile(PROCFILE)[name])


def _split(text: str) -> list[str]:
    return [_plain(word) for word in shlex.split(text)]


def _plain(word: str) -> str:
    word = re.sub(r"\$+\{(\w+):-[^}]*\}|\$+(\w+)", lambda found: f"<{found[1] or found[2]}>", word)
    for variable, value in DEFAULTS.items():
        word = word.replace(variable, value)
    return word
