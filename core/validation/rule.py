"""What a rule is: a function that looks at a design, with its code, level and catalogue id."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.validation.design import Design
from core.validation.diagnostic import Diagnostic, Level
from core.validation.views import ColumnView, TableView


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a rule's function says; the rule adds who says it and how grave it is."""

    path: str
    """Where in the document."""
    message: str
    """What is so, as a sentence."""
    hint: str = ""
    """What to do about it."""
    table_id: str | None = None
    """The table it is about, if any."""
    column_id: str | None = None
    """The column it is about, if any."""


Finder = Callable[[Design], Iterator[Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is checked. Its function's docstring is its documentation."""

    code: str
    """Stable code of its diagnostics, upper snake case."""
    level: Level
    """Level of its diagnostics."""
    catalogue: str
    """Id in the catalogue of rules."""
    find: Finder
    """The function that looks."""

    def check(self, design: Design) -> Iterator[Diagnostic]:
        """Say what the rule finds in a design."""
        for remark in self.find(design):
            yield Diagnostic(
                code=self.code,
                level=self.level,
                path=remark.path,
                message=remark.message,
                hint=remark.hint,
                rule=self.catalogue,
                table_id=remark.table_id,
                column_id=remark.column_id,
            )

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self._documentation[0]

    @property
    def explanation(self) -> str:
        """The rest of the documentation; empty where the summary is enough."""
        return "\n".join(self._documentation[1:]).strip()

    @property
    def _documentation(self) -> list[str]:
        return (inspect.getdoc(self.find) or "").splitlines() or [""]


def rule(*, code: str, level: Level, catalogue: str) -> Callable[[Finder], Rule]:
    """Make a rule of the function below.

    Args:
        code: Stable code, upper snake case, unique among all rules.
        level: How grave every finding is.
        catalogue: Id in the catalogue of rules; several rules may share one.
    """

    def make(find: Finder) -> Rule:
        return Rule(code=code, level=level, catalogue=catalogue, find=find)

    return make


def on_table(view: TableView, message: str, hint: str = "", *, part: str = "") -> Remark:
    """Remark on a table, or on a part of it like `columns`."""
    path = f"{view.path}.{part}" if part else view.path
    return Remark(path=path, message=message, hint=hint, table_id=view.table.id)


def on_column(view: ColumnView, message: str, hint: str = "", *, part: str = "") -> Remark:
    """Remark on a column, or on a part of it like `dataType`."""
    return Remark(
        path=f"{view.path}.{part}" if part else view.path,
        message=message,
        hint=hint,
        table_id=view.table_id,
        column_id=view.column.id,
    )
