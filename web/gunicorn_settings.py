"""How gunicorn serves the API: threads in few processes, on the address of the settings.

Reading the settings here refuses an address that other machines can reach before anything
listens on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.garbage import look_for_garbage_rarely
from core.setting_values import is_loopback
from core.settings import HOW_TO_LISTEN, InvalidSettingsError, hand_to_libraries, load_settings

if TYPE_CHECKING:
    from web.context import WebContext  # the process that reads this needs nothing of the rest

_settings = load_settings()
hand_to_libraries(_settings)
_measures = _settings.prometheus_multiproc_dir
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host

bind = f"{_host}:{_settings.port}"
"""Where the API listens."""
worker_class = "web.gunicorn_worker.PatientWorker"
"""Gunicorn's `gthread`, kept from slow clients. Requests that wait (`Prefer: wait`, event streams)
each hold a thread, not a process."""
workers = _settings.web_processes
"""Processes; more are wanted only where one processor is not enough."""
threads = _settings.web_threads
"""Requests answered at a time."""
timeout = 60
"""Silence after which a process counts as stuck; requests of any length are fine in threads."""
graceful_timeout = 30
"""Time to finish open requests when stopping; those that wait for jobs are answered at once."""
keepalive = 5
"""Seconds for which an idle connection is kept."""
control_socket_disable = True
"""Nobody steers it through a socket: by default that lies in the home folder, where stacks of one
account take it from each other, and which the container does not have."""
preload_app = False
"""Each process opens its own connections after the fork."""
accesslog = None
"""The application logs its requests itself, as JSON and with secrets masked."""
loglevel = "warning" if _settings.log_level != "DEBUG" else "debug"
"""Gunicorn's own words; starting and stopping is told by the launcher."""
proc_name = "schema-builder-web"
"""Its name among the processes."""
limit_request_line = 8190
"""Longest request line, in bytes; the most that gunicorn bounds. The limits that clients are told
of stand in `lengths`; these only keep what is far beyond them from being read."""
limit_request_fields = 200
"""Most header fields of a request."""
limit_request_field_size = 16_380
"""Longest header field, in bytes."""


_FILE_OF_MEASURES = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_\d+\.db")
"""What `prometheus_client` calls the files of a process."""


def on_starting(server: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's own object
    """Begin without what processes measured that were there before.

    Raises:
        InvalidSettingsError: the folder of measures cannot be used.
    """
    if _measures is None:
        return
    try:
        _measures.mkdir(parents=True, exist_ok=True)
        for file in _measures.iterdir():
            if _FILE_OF_MEASURES.fullmatch(file.name):
                file.unlink(missing_ok=True)
    except OSError as error:
        problem = f"PROMETHEUS_MULTIPROC_DIR names {_measures}, which cannot be used: {error}"
        raise InvalidSettingsError(problems=(problem,)) from error


def when_ready(server: Any) -> None:  # noqa: ANN401 - gunicorn's own object
    """Let nobody serve others unasked, wherever the command line had gunicorn listen.

    Raises:
        InvalidSettingsError: others can reach an address, and are not asked who they are.
    """
    listening = (listener.getsockname() for listener in server.LISTENERS)
    # Others are sockets that are files.
    addresses = [name[0] for name in listening if isinstance(name, tuple)]
    strange = [address for address in addresses if not is_loopback(address)]
    if strange and _settings.wants_loopback:
        problem = (
            f"gunicorn listens on {strange[0]}, which can be reached from other machines, and "
            f"AUTHENTICATION is none: {HOW_TO_LISTEN}"
        )
        raise InvalidSettingsError(problems=(problem,))


def post_worker_init(worker: Any) -> None:  # noqa: ANN401 - gunicorn's own object
    """Let held requests know when this process is told to go, so that none is cut off.

    What the application loaded is left out of every later look for garbage.
    """
    context: WebContext = worker.wsgi.extensions["schema_builder"]
    context.holding.leave_when(lambda: not worker.alive)
    look_for_garbage_rarely()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's own objects
    """Forget what a process that is gone measured of itself; what it counted stays."""
    if _measures is not None:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - seldom needed

        mark_process_dead(worker.pid, str(_measures))  # type: ignore[no-untyped-call] # its own gap
