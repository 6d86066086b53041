"""What the launcher says to people: coloured in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import threading

from rich.console import Console as RichConsole
from rich.text import Text

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")


class Console:
    """Prints whole lines, from any thread."""

    def __init__(self, console: RichConsole | None = None) -> None:
        self._console = console or RichConsole(highlight=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}

    def heading(self, text: str) -> None:
        """Begin a new part."""
        self._print(Text(f"\n{text}", style="bold"))

    def done(self, text: str, detail: str = "") -> None:
        """Say that something succeeded."""
        line = Text("  ok  ", style="green")
        line.append(text, style="default")
        line.append(f"  {detail}" if detail else "", style="dim")
        self._print(line)

    def note(self, text: str) -> None:
        """Say something worth knowing."""
        self._print(Text(f"      {text}"))

    def warn(self, text: str) -> None:
        """Say something that somebody should look at."""
        self._print(Text(f"  !   {text}", style="yellow"))

    def fail(self, text: str) -> None:
        """Say why it ends here."""
        self._print(Text(f"\nfailed: {text}", style="bold red"))

    def output_of(self, name: str, line: str) -> None:
        """Pass on one line that a process wrote."""
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        shown = Text(f"{name:<9}| ", style=colour)
        shown.append(line, style="default")
        self._print(shown)

    def _print(self, text: Text) -> None:
        # A closed terminal or pipe is no reason to stop, still less to stop halfway.
        with self._lock, contextlib.suppress(OSError):
            self._console.print(text)
            self._console.file.flush()
