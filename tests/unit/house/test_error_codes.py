"""A code names one failure, wherever it shows: in an answer, in a log, in a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from core.errors import SchemaBuilderError

FAMILY_CODES = {
    "VALIDATION_ERROR": "one code for everything wrong with what was sent; each place has its own",
    "INTERNAL_ERROR": "clients learn no more of our own faults; the log names the class",
}
"""Codes that classes of a family share on purpose, and why."""

SHARED_CODES = {
    "BACKUP_DAMAGED": "a file is damaged, whether its checksum or the tool that reads it says so",
    "DATA_WOULD_BE_LOST": "values would go, whether with a new build or with a change in place",
    "SCHEMA_NOT_FOUND": "a schema is gone, whether before a request or while its job ran",
    "SERVER_UNAVAILABLE": "a server is not there, whether it does not answer or nobody knows it",
}
"""Codes that classes of several places share on purpose, and what they say in all of them."""


def errors(root: type[SchemaBuilderError]) -> Iterator[type[SchemaBuilderError]]:
    """Yield every class of error of the product."""
    for each in root.__subclasses__():
        if each.__module__.partition(".")[0] != "tests":
            yield each
        yield from errors(each)


def test_every_code_names_one_failure(modules: tuple[ModuleType, ...]) -> None:
    """Whoever shares a code does so on purpose."""
    assert modules
    names: defaultdict[str, set[str]] = defaultdict(set)
    for error in errors(SchemaBuilderError):
        names[error.code].add(error.__qualname__)
    shared = {code: sorted(found) for code, found in names.items() if len(found) > 1}
    assert not {
        code: shared[code] for code in shared.keys() - FAMILY_CODES.keys() - SHARED_CODES.keys()
    }


def test_no_sharing_is_allowed_in_vain(modules: tuple[ModuleType, ...]) -> None:
    """An exception that nobody needs any more goes."""
    assert modules
    codes = [error.code for error in errors(SchemaBuilderError)]
    assert [code for code in SHARED_CODES if codes.count(code) < 2] == []


def test_every_error_says_in_its_name_what_it_is(modules: tuple[ModuleType, ...]) -> None:
    """Classes of errors end in `Error`, and their first line is the code's meaning."""
    assert modules
    for error in errors(SchemaBuilderError):
        assert error.__name__.endswith("Error")
        assert (error.__doc__ or "").strip()
