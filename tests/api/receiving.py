"""A receiver of webhooks: a real HTTP server that remembers what it was sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request."""

    path: str
    """Its target."""
    headers: Mapping[str, str]
    """Its headers, names in small letters."""
    body: bytes
    """Its body."""

    @property
    def event(self) -> dict[str, Any]:
        """The body as JSON."""
        return dict(json.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        """Tell whether the signature fits, as the specification has receivers check it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = b".".join(
            (
                self.headers["webhook-id"].encode(),
                self.headers["webhook-timestamp"].encode(),
                self.body,
            )
        )
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split()


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A server with the answers that it gives."""

    port: int
    """Its port on loopback."""
    received: list[Received] = field(default_factory=list)
    """What came, in order."""
    status: int = 204
    """What is answered."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of the answers."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook?a=1"


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver on a free port."""
    receiver = Receiver(port=0)

    class _Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(path=self.path, headers=headers, body=body))
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Requests)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
