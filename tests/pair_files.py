"""Pairs of databases as other people write them: read from the files in `tests/pairs`.

A pair is a file of sections, each begun by a line such as `-- before`: the SQL of both states, the
rows of the one before, and lists of what else is expected. A history is a folder of scripts that
run one after another; each leads from one version to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.changes import ObjectKind

FOLDER = Path(__file__).parent / "pairs"
"""Where the files are."""

_SECTION = re.compile(r"-- (before|after|rows)\n")
_RENAMED = re.compile(r"-- renamed (table|column|enum): (\S+) -> (\S+)")
_RENAMED_VALUE = re.compile(r"-- renamed value: (\S+) (.+) -> (.+)")
_LOUD = re.compile(r"-- loud: (.+)")
_ONLY = re.compile(r"-- only: (.+)")
_SINCE = re.compile(r"-- since: (\d+)")
_REFUSED = re.compile(r"-- refused( back)?: (\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A thing that is called otherwise, confirmed by the user."""

    kind: ObjectKind
    """Table, column or enum."""
    before: str
    """Its qualified name before."""
    after: str
    """Its qualified name after."""

    def turned(self) -> Rename:
        """Return the rename the other way round."""
        return Rename(kind=self.kind, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two states of a database."""

    name: str
    """What the pair is called."""
    before: str
    """SQL that makes the state before."""
    after: str
    """SQL that makes the state after."""
    rows: str
    """SQL that puts rows into the state before; some are made up when it is empty."""
    renames: tuple[Rename, ...]
    """What is called otherwise after."""
    renamed_values: tuple[tuple[str, str, str], ...]
    """Enum as it is called before, label before, label after."""
    loud: frozenset[str]
    """Kind and name of all that definitions cannot hold, in either state."""
    only: frozenset[str]
    """The kinds of changes that there are, where a pair says it."""
    since: int
    """First major version of servers that understand its SQL."""
    refused: str | None
    """Code of the error with which the way forward is refused."""
    refused_back: str | None
    """Code of the error with which the pair the other way round is refused."""

    @property
    def is_step(self) -> bool:
        """Whether it is a step of a history, where things were renamed by hand."""
        return "/" in self.name

    def turned(self) -> Pair:
        """Return the pair the other way round, without rows of its own."""
        enums = {each.before: each.after for each in self.renames}
        return Pair(
            name=self.name,
            before=self.after,
            after=self.before,
            rows="",
            renames=tuple(each.turned() for each in self.renames),
            renamed_values=tuple(
                (enums.get(enum, enum), new, old) for enum, old, new in self.renamed_values
            ),
            loud=self.loud,
            only=frozenset(),
            since=self.since,
            refused=self.refused_back,
            refused_back=self.refused,
        )


def read_pairs() -> dict[str, Pair]:
    """Read all pairs, those of histories too, by their names."""
    pairs = [_pair(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.sql"))]
    for folder in sorted((FOLDER / "histories").iterdir()):
        pairs.extend(_steps(folder))
    return {pair.name: pair for pair in pairs}


def _pair(name: str, text: str) -> Pair:
    _, *parts = _SECTION.split(text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return _made(name, sections["before"], sections["after"], sections.get("rows", ""), text)


def _steps(folder: Path) -> Iterator[Pair]:
    scripts = [(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]
    for place in range(1, len(scripts)):
        name, text = scripts[place]
        before = "\n".join(script for _, script in scripts[:place])
        understood = "\n".join(f"-- since: {since}" for since in _SINCE.findall(before))
        yield _made(f"{folder.name}/{name}", before, before + text, "", f"{text}\n{understood}")


def _made(name: str, before: str, after: str, rows: str, remarks: str) -> Pair:
    refused = dict(_REFUSED.findall(remarks))
    return Pair(
        name=name,
        before=before,
        after=after,
        rows=rows,
        renames=tuple(
            Rename(kind=ObjectKind(kind), before=old, after=new)
            for kind, old, new in _RENAMED.findall(remarks)
        ),
        renamed_values=tuple(_RENAMED_VALUE.findall(remarks)),
        loud=frozenset(_LOUD.findall(remarks)),
        only=frozenset(word for words in _ONLY.findall(remarks) for word in words.split()),
        since=max((int(since) for since in _SINCE.findall(remarks)), default=0),
        refused=refused.get(""),
        refused_back=refused.get(" back"),
    )
