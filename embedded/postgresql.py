"""The embedded PostgreSQL: a cluster in a folder of ours, started, recovered and stopped here.

Where its programs are is `programs`' affair, which account runs them `accounts`'.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg2
from psycopg2 import sql
from typing_extensions import override

from core.dialects.postgresql.versions import BUILTIN_LOCALES
from core.secrets import make_password
from embedded.accounts import Account, unprivileged_account
from embedded.errors import ForeignServerError, ServerStartError
from embedded.files import open_log, read_or_make
from embedded.places import reachable_folder, reachable_programs
from embedded.ports import LOOPBACK, choose_port
from embedded.processes import is_alive, start_tethered, wait_until, works_in
from embedded.programs import find_postgresql
from embedded.server import EmbeddedServer

SUPERUSER = "postgres"
STORE = "schema_builder"
"""The role that owns the store, and the store's database."""
PROVISIONER = "provisioner"
"""The role that makes roles and databases; no superuser."""
ROLES = (SUPERUSER, STORE, PROVISIONER)

START_SECONDS = 60.0
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
"""The fast and the immediate shutdown.

Source: PostgreSQL manual, section 18.5, Shutting Down the Server.
"""
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that the server's programs see of an environment: none of the caller's PG* variables."""


class EmbeddedPostgresql(EmbeddedServer):
    """One PostgreSQL server that listens on loopback with passwords."""

    name = "PostgreSQL"
    stop_steps = STOP_STEPS

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        bin_dirs: Sequence[Path] = (),
        is_durable: bool = True,
        settings: Sequence[str] = (),
    ) -> None:
        """Describe a server without starting it.

        Args:
            folder: where everything of it is kept; made if absent.
            port: the port to use; the last one or a free one if absent.
            bin_dirs: folders looked into first for the server's programs.
            is_durable: whether a power failure must lose nothing; tests need not.
            settings: further server settings, such as `max_connections=50`.
        """
        super().__init__(folder, port)
        self._wanted_folder = self.folder
        self._bin_dirs = tuple(bin_dirs)
        self._is_durable = is_durable
        self._settings = tuple(settings)
        self._passwords: dict[str, str] = {}
        self._account: Account | None = None
        self.bin_dir = Path()

    def url(self, role: str = SUPERUSER, database: str | None = None) -> str:
        """Return the address with the role's password.

        Args:
            role: `postgres`, `schema_builder` or `provisioner`.
            database: the store for its owner and `postgres` for the others if absent.
        """
        name = database or (STORE if role == STORE else "postgres")
        return f"postgresql://{role}:{self._passwords[role]}@{LOOPBACK}:{self.port}/{name}"

    @override
    def _start(self) -> None:
        self._account = unprivileged_account()
        self.folder = reachable_folder(self._wanted_folder, self._account, self.notes)
        programs = find_postgresql(self._bin_dirs)
        self.bin_dir = reachable_programs(programs, self.folder, self._account, self.notes)
        self._passwords = _read_passwords(self.folder / "passwords.json")
        if not (self._cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._clear_leftovers()
        self.port = self._choose_port()
        self._launch()
        try:
            self._make_roles()
        except psycopg2.Error as error:
            raise ServerStartError(
                server=self.name, reason=f"its roles cannot be made: {error}", log=self.log_file
            ) from error

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def _lock_file(self) -> Path:
        return self._cluster / "postmaster.pid"

    def _make_cluster(self) -> None:
        """Run initdb into a draft folder and move it into place, so that none is ever half made."""
        draft = self.folder / "cluster.draft"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix=".pw") as password_file:
            password_file.write(self._passwords[SUPERUSER])
            password_file.flush()
            if self._account is not None:
                self._account.own(draft)
                self._account.own(Path(password_file.name))
            result = subprocess.run(
                [
                    str(self.bin_dir / "initdb"),
                    f"--pgdata={draft}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password_file.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    *self._locale_options(),
                    *(() if self._is_durable else ("--no-sync",)),
                ],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=draft,
                env=ENVIRONMENT,
                user=None if self._account is None else self._account.user_id,
                group=None if self._account is None else self._account.group_id,
                extra_groups=None if self._account is None else [],
            )
        if result.returncode != 0:
            raise ServerStartError(server=self.name, reason=_last_lines(result.stdout))
        draft.rename(self._cluster)

    def _locale_options(self) -> tuple[str, ...]:
        result = subprocess.run(
            [str(self.bin_dir / "initdb"), "--version"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=ENVIRONMENT,
        )
        if result.returncode != 0:
            raise ServerStartError(server=self.name, reason=_last_lines(result.stdout))
        found = re.search(r"(\d+)", result.stdout)
        if found is None or not BUILTIN_LOCALES.is_of(int(found[1])):
            return ("--locale=C",)
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

    def _clear_leftovers(self) -> None:
        """Stop a server that a killed launcher left on this cluster, and drop a stale lock file.

        A process is ours only if the lock file names it and it works in the cluster's folder.
        """
        lock = self._lock_file
        pid = _pid_in(lock)
        if pid is None:
            return
        if not (is_alive(pid) and works_in(pid, self._cluster)):
            lock.unlink(missing_ok=True)
            return
        for number, seconds in STOP_STEPS:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            if wait_until(lambda: not is_alive(pid), seconds):
                break
        if is_alive(pid):
            raise ForeignServerError(folder=self._cluster, pid=pid)
        self.notes.append("A PostgreSQL server left by a killed launcher was stopped.")

    def _choose_port(self) -> int:
        return choose_port(self.folder / "port", wanted=self._wanted_port, use="PostgreSQL")

    def _launch(self) -> None:
        """Start the server process and wait until it accepts connections."""
        end = time.monotonic() + START_SECONDS
        while True:
            start_of_log = self.log_file.stat().st_size if self.log_file.exists() else 0
            with open_log(self.log_file) as log:
                self._process = start_tethered(
                    self._command(),
                    folder=self._cluster,
                    environ=ENVIRONMENT,
                    output=log,
                    death_signal=signal.SIGINT,
                    account=self._account,
                )
            wait_until(lambda: not self.is_running or self._accepts(), end - time.monotonic())
            if self.is_running and self._accepts():
                return
            said = _read_from(self.log_file, start_of_log)
            self.stop()
            # Backends of a server that was killed notice it within moments, and then let go of its
            # shared memory.
            is_passing = "shared memory block" in said or "is shutting down" in said
            if "could not bind" in said and self._wanted_port is None:
                self.port = self._choose_port()
                is_passing = True
            if not is_passing or time.monotonic() > end:
                raise ServerStartError(
                    server=self.name, reason=_last_lines(said), log=self.log_file
                )
            time.sleep(0.2)

    def _command(self) -> list[str]:
        settings = [
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
            "max_connections=200",
            "password_encryption=scram-sha-256",
            "log_timezone=UTC",
            *(
                ()
                if self._is_durable
                else ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
            ),
            *self._settings,
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        program = str(self.bin_dir / "postgres")
        return [program, "-D", str(self._cluster), "-p", str(self.port), *options]

    def _accepts(self) -> bool:
        """Whether a session can begin with our process; another's may know our passwords."""
        if self._process is None or _pid_in(self._lock_file) != self._process.pid:
            return False
        try:
            psycopg2.connect(self.url(), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        """Make the store's role and database and the provisioner, or give them their passwords."""
        connection = psycopg2.connect(self.url(), connect_timeout=10)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                # Passwords are not for the server's log, not even when a statement fails.
                cursor.execute("SET log_min_error_statement = panic")
                for role, rights in ((STORE, ""), (PROVISIONER, "CREATEDB CREATEROLE")):
                    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
                    verb = "CREATE" if cursor.fetchone() is None else "ALTER"
                    cursor.execute(
                        sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
                            sql.SQL(verb),
                            sql.Identifier(role),
                            sql.SQL(rights),
                            sql.Literal(self._passwords[role]),
                        )
                    )
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (STORE,))
                if cursor.fetchone() is None:
                    cursor.execute(
                        sql.SQL("CREATE DATABASE {} OWNER {}").format(
                            sql.Identifier(STORE), sql.Identifier(STORE)
                        )
                    )
                # Owners of generated databases have business in none of these.
                for database in ("postgres", "template1", STORE):
                    cursor.execute(
                        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(
                            sql.Identifier(database)
                        )
                    )
                cursor.execute(
                    sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(
                        sql.Identifier(PROVISIONER)
                    )
                )
        finally:
            connection.close()


def _read_passwords(file: Path) -> dict[str, str]:
    """Return the roles' passwords, made on first use and kept for their owner's eyes only."""
    text = read_or_make(file, lambda: json.dumps({role: make_password() for role in ROLES}))
    try:
        stored = json.loads(text)
        return {role: str(stored[role]) for role in ROLES}
    except (ValueError, KeyError, TypeError) as error:
        raise ServerStartError(
            server="PostgreSQL", reason=f"the passwords in {file} cannot be read."
        ) from error


def _pid_in(lock: Path) -> int | None:
    """Return the process id in a lock file, None if there is no such file."""
    try:
        return int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _read_from(file: Path, position: int) -> str:
    """Return what a file holds after a position."""
    with file.open("rb") as opened:
        opened.seek(position)
        return opened.read().decode(errors="replace")


def _last_lines(text: str, count: int = 5) -> str:
    """Return the last lines of a program's output, enough to see what went wrong."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-count:])
