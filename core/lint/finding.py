"""What looking over a plan says: a finding per thing found, with its weight and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.changes import ObjectKind, Subject


class Level(StrEnum):
    """How much a finding matters."""

    BLOCK = "block"
    """The plan is not to be applied as it is."""
    WARN = "warn"
    """It can be applied, and somebody should have read this first."""
    NOTICE = "notice"
    """Worth knowing."""


LEVELS = (Level.BLOCK, Level.WARN, Level.NOTICE)
"""All levels, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found in a plan."""

    code: str
    """Stable identifier of the sort of finding, one per rule."""
    level: Level
    """How much it matters, under the policy it was asked with."""
    message: str
    """What is so, as a sentence."""
    remedy: str
    """What to do about it, as a sentence."""
    subject: Subject | None = None
    """The thing it is about; None when it is the plan as a whole."""
    statement_index: int | None = None
    """Place among all statements up, counted from 0 through all lines; None when it is no one's."""

    @property
    def is_blocking(self) -> bool:
        """Whether it forbids applying the plan."""
        return self.level is Level.BLOCK


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Write a finding as JSON."""
    subject = finding.subject
    return {
        "code": finding.code,
        "level": str(finding.level),
        "message": finding.message,
        "remedy": finding.remedy,
        "subject": subject
        and {
            "kind": str(subject.kind),
            "id": subject.id,
            "label": subject.label,
            "tableId": subject.table_id,
        },
        "statementIndex": finding.statement_index,
    }


def finding_from_json(written: Mapping[str, Any]) -> Finding:
    """Read what `finding_to_json` wrote."""
    subject = written["subject"]
    return Finding(
        code=written["code"],
        level=Level(written["level"]),
        message=written["message"],
        remedy=written["remedy"],
        subject=subject
        and Subject(
            kind=ObjectKind(subject["kind"]),
            id=subject["id"],
            label=subject["label"],
            table_id=subject["tableId"],
        ),
        statement_index=written["statementIndex"],
    )
