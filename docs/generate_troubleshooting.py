"""Write the tables of `docs/troubleshooting.md`: every code that can be met, with its remedy.

What stands above the mark in that page is written by hand; what is below comes from the classes of
errors and from the rules. Called by `make rules`; with `--print` the page goes to standard output.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import core  # noqa: E402 - the path has to be there first
import embedded  # noqa: E402 - the same
import web  # noqa: E402 - the same
import worker  # noqa: E402 - the same
from core.errors import SchemaBuilderError  # noqa: E402 - the same
from core.lint import RULES as PLAN_RULES  # noqa: E402 - the same
from core.validation import RULES, Rule  # noqa: E402 - the same
from core.validation.rule import Remark  # noqa: E402 - the same
from web.problems import error_codes  # noqa: E402 - the same

PAGE = ROOT / "docs" / "troubleshooting.md"
MARK = "<!-- What follows is written by `make rules`; a test fails when it differs. -->\n"
NOT_IMPORTED = {"worker.main", "web.wsgi", "web.gunicorn_settings"}
"""Modules that make an application when they are imported; they define nothing else."""

FAMILIES = ("core.errors",)
"""Where the families stand, whose own codes are met only through their members."""

REMEDIES = {
    "QUOTA_EXCEEDED": "Remove what is not needed, or have the quota raised; see `GET /quotas`.",
    "SERVER_UNFIT": "Do what the message says, or register another server.",
    "STATEMENT_TIMEOUT": "Give statements longer: REQUEST_STATEMENT_SECONDS for those of requests,"
    " STATEMENT_TIMEOUT_SECONDS for those of jobs.",
    "ANNOUNCEMENT_FAILED": "Nothing: the schedule announces the job again. Look after Redis.",
    "BROKER_UNAVAILABLE": "Look after Redis at REDIS_URL; jobs are accepted meanwhile.",
    "CANCEL_REQUESTED": "Nothing: somebody asked to stop the job.",
    "CHANGE_DOES_NOT_APPLY": "Plan again: the design is another by now.",
    "CHANGE_UNREADABLE": "A plan in the store is of other code; discard it and plan again.",
    "DEMONSTRATION_FAILED": "Read the logs that the message names.",
    "INVALID_JSON": "Correct the body at the place that is named.",
    "JOB_ENDED": "Nothing: the job has ended, so there is nothing to stop.",
    "JOB_NOT_FOUND": "Ended jobs are forgotten after 30 days; GET /jobs lists those there are.",
    "JOB_NOT_RETRYABLE": "Wait for its end; a job that succeeded needs no retry.",
    "KEY_NOT_FOUND": "GET /keys lists the keys of the workspace.",
    "LEASE_LOST": "Nothing: another worker took the job over.",
    "MEMBER_NOT_FOUND": "GET /members lists the members of the workspace.",
    "METHOD_NOT_ALLOWED": "Use a method that the header Allow names.",
    "MIGRATION_STATE": "Read the migration: its state says what can be done with it.",
    "MISSING_THING": "Report it: a plan named what its definition lacks.",
    "MOVES_IN_A_CIRCLE": "Report it, with both definitions; change less at a time meanwhile.",
    "NOTHING_DRIFTED": "Nothing: the database is as its version says.",
    "NOTHING_TO_MIGRATE": "Nothing: the database is there already.",
    "NOT_FOUND": "Look the address up in /docs.",
    "PROCESS_ENDED": "Read the last lines of the process, which are printed with it.",
    "PROGRAM_NOT_FOUND": "Install the package that the message names, or set POSTGRESQL_BIN_DIRS.",
    "RANGE_NOT_SATISFIABLE": "Ask for a range within the size that Content-Range names.",
    "REVERT_REFUSED": "The message says why; restore a backup, or plan a change that leads back.",
    "STOPPED": "Nothing, if somebody stopped it; else look who ends sessions on the server.",
    "STORE_NOT_OPEN": "Report it: work was done outside a transaction.",
    "TOO_MANY_REQUESTS": "Wait as long as Retry-After says.",
    "UNAVAILABLE": "Try again after the seconds of Retry-After; /health/ready says what is away.",
    "UNKNOWN_STEP": "Report it: a runner named a step that its kind does not have.",
    "VERSION_MISSING": "Restore the store: a version that must be there is gone.",
    "VERSION_NOT_FOUND": "GET …/versions lists the versions.",
    "WEBHOOK_HOST_UNKNOWN": "Correct the name in the webhook's address, or your resolver.",
    "WEBHOOK_NOT_FOUND": "GET /webhooks lists those there are.",
    "WORKSPACE_NOT_FOUND": "Name a workspace that you are a member of.",
}
"""Remedies for what has no hint of its own: mostly, there is nothing to say to the client."""

OF_DOCUMENTS = {
    "CONFLICTING_FIELDS": "Leave one of the fields that the message names.",
    "DUPLICATE_ID": "Give each thing an id of its own, or none.",
    "ID_EMPTY": "Give an id, or leave the field out.",
    "INVALID_IDEMPOTENCY_KEY": "Send 1 to 255 printable characters.",
    "INVALID_PARAMETER": "The message at the parameter says what it takes.",
    "INVALID_TIME": "Give a time as RFC 3339 has it, with its offset.",
    "MISSING_REQUIRED_FIELD": "Give the field.",
    "NAME_EMPTY": "Give a name.",
    "NUMBER_OUT_OF_RANGE": "The message says the range.",
    "OUT_OF_RANGE": "The message says the range.",
    "PRIMARY_KEY_NULLABLE": "Say `nullable: false`, or leave it out.",
    "REPEATED_PARAMETER": "Give the parameter once.",
    "SCOPES_OR_ROLE": "Give one of both.",
    "TOO_LONG": "The message says the longest length.",
    "TOO_MANY": "The message says how many there may be.",
    "TOO_MANY_PROBLEMS": "Correct those that are listed first.",
    "UNKNOWN_KEY": "Remove the key, or correct its name: it would be ignored in silence.",
    "UNKNOWN_PARAMETER": "Remove the parameter, or correct its name.",
    "UNKNOWN_VALUE": "The message lists what can stand there.",
    "UNSUPPORTED_DATA_TYPE": "Use a type of the list, or `nativeType`.",
    "WRONG_TYPE": "The message says which JSON type belongs there.",
}
"""Codes of places in documents and parameters, and what to do about them."""


def tables() -> str:
    """Return what stands below the mark."""
    load_all()
    lines = ["", "## Codes of errors", ""]
    lines += [
        "`status` is that of an answer over HTTP; codes of jobs stand in `error` of the job.",
        "",
        "| code | status | what happened | what to do |",
        "|---|---|---|---|",
    ]
    statuses = {entry["code"]: entry for entry in error_codes()}
    remedies = remedies_of_errors()
    for code in sorted(statuses):
        entry = statuses[code]
        row = (f"`{code}`", str(entry["status"]), entry["meaning"], " ".join(remedies[code]))
        lines.append(_row(row))
    lines += [
        "",
        "## Codes of places in a request",
        "",
        "Each stands in `data.errors` beside the `field` that it is about.",
        "",
        "| code | what to do |",
        "|---|---|",
    ]
    lines += [
        _row((f"`{code}`", OF_DOCUMENTS[code]))
        for code in sorted(codes_of_places() | OF_DOCUMENTS.keys())
    ]
    lines += [
        "",
        "## Codes of designs",
        "",
        "A finding of level `error` refuses the design; the others advise.",
        "",
        "| code | level | what is wanted | what to do |",
        "|---|---|---|---|",
    ]
    for rule in sorted(RULES, key=lambda rule: rule.code):
        hints = " ".join(dict.fromkeys(hints_of_rule(rule)))
        link = f"[`{rule.code}`](rules.md#{rule.code.lower()})"
        todo = hints or "Do as the rule wants; its message says where."
        lines.append(_row((link, rule.level, rule.summary, todo)))
    lines += [
        "",
        "## Codes of plans",
        "",
        "What a plan is warned of or refused for; each remedy is in the finding.",
        "",
        "| code | what was found |",
        "|---|---|",
    ]
    for found in sorted(PLAN_RULES, key=lambda each: each.code):
        lines.append(_row((f"[`{found.code}`](lint.md#{found.code.lower()})", found.summary)))
    return "\n".join([*lines, ""])


def page() -> str:
    """Return the whole page: what was written by hand, and the tables."""
    by_hand, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return by_hand + mark + tables()


def load_all() -> tuple[ModuleType, ...]:
    """Import every module of the product, so that all its classes are there."""
    return tuple(
        importlib.import_module(found.name)
        for package in (core, web, worker, embedded)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if found.name not in NOT_IMPORTED and not found.name.endswith(".__main__")
    )


def remedies_of_errors() -> dict[str, list[str]]:
    """Return the remedies of every code: the hints of its classes, else what stands above."""
    found: dict[str, list[str]] = {}
    for error in _errors(SchemaBuilderError):
        hints = found.setdefault(error.code, [])
        hints += [hint for hint in _hints_of_class(error) if hint not in hints]
    strangers = {error.code for error in _subclasses(SchemaBuilderError) if _is_of_tests(error)}
    for entry in error_codes():
        if entry["code"] not in strangers - set(found):
            found.setdefault(entry["code"], [])
    return {code: hints or [REMEDIES[code]] for code, hints in found.items()}


def codes_of_places() -> set[str]:
    """Return every code that a place in a document or a parameter can be refused with."""
    found: set[str] = set()
    for module in load_all():
        if not module.__name__.startswith(("core.definition", "web.")):
            continue
        for call in _calls(ast.parse(inspect.getsource(module))):
            name = _name_of(call)
            if name in {"refuse", "add"}:
                found.update(text for each in call.args[1:2] for text in _texts(each, {}))
            if name in {"FieldProblem", "DocumentProblem"}:
                codes = (each.value for each in call.keywords if each.arg == "code")
                found.update(text for each in codes for text in _texts(each, {}))
    return {code for code in found if code.isupper() and "_" in code}


def hints_of_rule(rule: Rule) -> Iterator[str]:
    """Yield what a rule's remarks tell to do, as far as its own function says it."""
    around: dict[str, Any] = vars(inspect.getmodule(rule.find))
    for call in _calls(ast.parse(textwrap.dedent(inspect.getsource(rule.find)))):
        makes = around.get(_name_of(call))
        if makes is None or "hint" not in _parameters(makes):
            continue
        place = [*_parameters(makes)].index("hint")
        given = [each.value for each in call.keywords if each.arg == "hint"]
        for each in given or call.args[place : place + 1]:
            yield from (text for text in _texts(each, around) if text)


def _errors(root: type[SchemaBuilderError]) -> Iterator[type[SchemaBuilderError]]:
    for each in _subclasses(root):
        if each.__module__ not in FAMILIES and not _is_of_tests(each):
            yield each


def _subclasses(root: type[SchemaBuilderError]) -> Iterator[type[SchemaBuilderError]]:
    for each in root.__subclasses__():
        yield each
        yield from _subclasses(each)


def _is_of_tests(error: type[SchemaBuilderError]) -> bool:
    return error.__module__.partition(".")[0] == "tests"


def _hints_of_class(error: type[SchemaBuilderError]) -> Iterator[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(error)))
    around: dict[str, Any] = dict(vars(inspect.getmodule(error) or core))
    for each in ast.walk(tree):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            around[each.targets[0].id] = each.value
    for call in _calls(tree):
        for keyword in call.keywords:
            if keyword.arg == "hint":
                yield from (text for text in _texts(keyword.value, around) if text)


def _parameters(function: Any) -> list[str]:  # noqa: ANN401 - whatever a name stands for
    if not (inspect.isfunction(function) or function is Remark):
        return []
    return list(inspect.signature(function).parameters)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.Call))


def _name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _texts(node: ast.expr | object, around: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that an expression can be, with `…` for what only a failure knows."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case str(text):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else "…" for each in values
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, around)
            yield from _texts(orelse, around)
        case ast.Name(id=name) if name in around:
            yield from _texts(around[name], {})


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
