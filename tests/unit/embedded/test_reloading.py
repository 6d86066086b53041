"""`make dev` restarts on a change and outlives source that does not run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console as RichConsole
from typing_extensions import override

from core.errors import SchemaBuilderError
from embedded.console import Console
from embedded.errors import ProcessEndedError
from embedded.reloading import Reloader, SourceWatch


class FakeStack:
    """Counts its restarts; its processes end where the source is broken."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self.restarts = 0
        self.checks = 0

    def check(self) -> None:
        """Raise if the source is broken."""
        self.checks += 1
        if "broken" in self._source.read_text():
            raise ProcessEndedError(sentence="web ended", last_lines=("SyntaxError",))

    def restart_processes(self) -> None:
        """Count."""
        self.restarts += 1


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of ours that runs."""
    (tmp_path / "core").mkdir()
    file = tmp_path / "core" / "a.py"
    file.write_text("1")
    return file


def test_changes_of_the_source_are_seen_once(source: Path, tmp_path: Path) -> None:
    """One change is one restart."""
    watch = SourceWatch(tmp_path, ("core", "absent"))
    assert not watch.has_changed()
    (source.parent / "b.py").write_text("2")
    assert watch.has_changed()
    assert not watch.has_changed()


def test_templates_are_source_and_compiled_files_are_not(source: Path, tmp_path: Path) -> None:
    """What Python writes itself would restart without end."""
    watch = SourceWatch(tmp_path, ("core",))
    (source.parent / "a.pyc").write_text("2")
    assert not watch.has_changed()
    (source.parent / "docs.html").write_text("2")
    assert watch.has_changed()


def test_a_half_written_file_is_reported_once_and_waited_out(source: Path, tmp_path: Path) -> None:
    """The next change starts everything again."""
    said = io.StringIO()
    stack = FakeStack(source)
    console = Console(RichConsole(file=said, width=200))
    reloader = Reloader(stack, SourceWatch(tmp_path, ("core",)), console)
    source.write_text("broken file")
    for _ in range(3):
        reloader.look()
    assert (stack.restarts, stack.checks) == (1, 1)
    assert said.getvalue().count("SyntaxError") == 1
    assert "Waiting for the next change" in said.getvalue()
    source.write_text("a whole file")
    for _ in range(2):
        reloader.look()
    assert (stack.restarts, stack.checks) == (2, 2)
    assert said.getvalue().count("SyntaxError") == 1


def test_a_restart_that_fails_is_waited_out_too(source: Path, tmp_path: Path) -> None:
    """Whatever the reason is, it is said."""

    class Failing(FakeStack):
        """Cannot start."""

        @override
        def restart_processes(self) -> None:
            """Fail."""
            raise SchemaBuilderError("The Procfile is gone.")

    said = io.StringIO()
    console = Console(RichConsole(file=said, width=200))
    reloader = Reloader(Failing(source), SourceWatch(tmp_path, ("core",)), console)
    source.write_text("2")
    reloader.look()
    assert "The Procfile is gone." in said.getvalue()
