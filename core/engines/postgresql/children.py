"""Client programs as child processes: fed and read in chunks, stopped at once, heard to the end.

What a program says is kept in part and only used to find out why it failed.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from core.databases.errors import (
    DumpUnreadableError,
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
    StoppedError,
)
from core.engines.postgresql.address import Address
from core.engines.postgresql.failures import plain_reason
from core.engines.postgresql.stopping import Work, Works
from core.errors import SchemaBuilderError

CHUNK_BYTES = 256 * 1024
"""What is held of a dump at any time, about."""

KEPT_LINES = 40
"""Lines of complaint kept, the first and the last half as many each."""

KEPT_LINE_BYTES = 1000

_AWAY = re.compile(
    r"could not connect|connection to server|server closed the connection|terminating connection"
    r"|connection not open|could not receive data|SSL connection|No space left|too many clients"
    r"|the database system is|out of shared memory|could not send data"
)
_IN_THE_WAY = re.compile(r"lock timeout|deadlock detected")
_REFUSED = re.compile(
    r"permission denied|must be owner|must be superuser|must be able to SET ROLE|is not available"
    r"|could not open extension|statement timeout"
)
_COMPLAINT = re.compile(r"^(?:pg_dump|pg_restore|psql)(?::[^ ]*)?: (?:error|fatal): |ERROR: +")
_VALUES = re.compile(r'(: )".*"$')


class Child:
    """A running client program."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process = process
        self._name = name
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=KEPT_LINES // 2)
        self._listener = threading.Thread(target=self._listen, name=f"{name} stderr", daemon=True)
        self._listener.start()
        self.work: Work | None = None
        """Set while it is registered as something that can be stopped."""

    def write(self, chunk: bytes) -> bool:
        """Feed the program; False when it reads no more, which it will explain at its end."""
        stream = _present(self._process.stdin)
        try:
            stream.write(chunk)
        except BrokenPipeError:
            return False
        return True

    def close_input(self) -> None:
        """Say that this was all."""
        with suppress(BrokenPipeError):
            _present(self._process.stdin).close()

    def chunks(self) -> Iterator[bytes]:
        """Yield what the program writes, as it comes."""
        stream = _present(self._process.stdout)
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk

    def finish(self) -> int:
        """Wait for the end; return the exit status.

        Raises:
            StoppedError: it was cancelled.
        """
        status = self._process.wait()
        self._listener.join()
        if self.work is not None and self.work.is_stopped:
            raise StoppedError
        return status

    def kill(self) -> None:
        """End it without warning. Its transaction, if any, is rolled back by the server."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def is_gone(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def close_quietly(self) -> None:
        """Close the pipes of a program that has ended, whatever is left in them."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()
        self._listener.join()

    def complaints(self) -> str:
        """Return what the program complained of."""
        return "\n".join((*self._first, *self._last))

    def _listen(self) -> None:
        stream = _present(self._process.stderr)
        while line := stream.readline(KEPT_LINE_BYTES):
            kept = self._first if len(self._first) < KEPT_LINES // 2 else self._last
            kept.append(line.decode(errors="replace").rstrip())


@contextmanager
def child(
    command: Sequence[str],
    *,
    password: str,
    works: Works,
    is_fed: bool = False,
    is_read: bool = False,
) -> Iterator[Child]:
    """Run a client program while inside; it does not outlive the block.

    Args:
        command: The program's path and arguments.
        password: For its connection; only the program's environment holds it.
        works: Where it is registered as something that can be stopped.
        is_fed: Whether it reads what is written to it.
        is_read: Whether what it writes is read.

    Raises:
        StoppedError: it was cancelled.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE if is_fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE if is_read else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PGPASSWORD": password},
        bufsize=0,
    ) as process:
        running = Child(process, command[0].rsplit("/", 1)[-1])
        try:
            with works.register(running.kill) as work:
                running.work = work
                with work.running():
                    yield running
        finally:
            running.kill()
            running.close_quietly()


def failure_of(complaints: str, *, program: str, address: Address) -> SchemaBuilderError | None:
    """Return the failure of ours that a program's complaints stand for.

    None when they are its own affair, such as a damaged archive.
    """
    reason = reason_in(complaints)
    if _AWAY.search(complaints):
        return ServerUnavailableError(address=address.shown, reason=reason)
    if _IN_THE_WAY.search(complaints):
        return LockTimeoutError(database_name=address.database_name)
    if _REFUSED.search(complaints):
        return StatementFailedError(statement=program, sqlstate=None, reason=reason)
    return None


def unreadable(complaints: str) -> DumpUnreadableError:
    """Return the failure that an archive is damaged."""
    return DumpUnreadableError(reason=reason_in(complaints))


def reason_in(complaints: str) -> str:
    """Return the first complaint, without the program's name and without row values."""
    lines = complaints.splitlines()
    chosen = next((line for line in lines if _COMPLAINT.search(line)), complaints)
    text = chosen
    while match := _COMPLAINT.search(text):
        text = text[match.end() :]
    return _VALUES.sub(r"\1…", plain_reason(text))


def pump(read: Callable[[int], bytes], target: Child) -> None:
    """Feed a program until there is no more, or it reads no more."""
    while chunk := read(CHUNK_BYTES):
        if not target.write(chunk):
            return


def _present(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError
    return stream
