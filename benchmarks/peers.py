"""Programs to measure against that need packages of their own, in a virtual environment of theirs.

It is made once, beside the project's, from `peers.txt`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.laboratory import LaboratoryError
from embedded.stack import ROOT

FOLDER = ROOT / ".venv-peers"
REQUIREMENTS = ROOT / "benchmarks" / "peers.txt"


def python() -> Path:
    """Return the interpreter of the peers, made at the first use.

    Raises:
        LaboratoryError: it could not be made.
    """
    program = FOLDER / "bin" / "python"
    stamp = FOLDER / "installed"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
        _run([str(program), "-m", "pip", "install", "-qq", "-r", str(REQUIREMENTS)])
        stamp.write_text(REQUIREMENTS.read_text())
    return program


def seconds_said(script: str, *arguments: str) -> float:
    """Run a script with the peers' interpreter; return the seconds that it prints last.

    Raises:
        LaboratoryError: it failed.
    """
    return float(_run([str(python()), "-c", script, *arguments]).split()[-1])


def _run(command: list[str]) -> str:
    result = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise LaboratoryError(f"{command[0]}: {result.stderr.strip()[-2000:]}")
    return result.stdout
