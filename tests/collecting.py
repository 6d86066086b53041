"""A collector of traces on this machine, over real HTTP and in OpenTelemetry's own form."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSpan:
    """A span as it arrived."""

    name: str
    """What was done."""
    service: str
    """Which part of the product told it."""
    trace_id: str
    """Which trace it belongs to."""
    span_id: str
    """Its own id."""
    parent_id: str
    """The id of the span around it; empty without one."""
    facts: Mapping[str, str | int]
    """Its attributes."""
    has_failed: bool
    """Whether an error left it."""


@dataclass(slots=True)
class Collector:
    """What was told."""

    url: str
    """Where to tell."""
    spans: list[ToldSpan] = field(default_factory=list)
    """All spans, in the order of their arrival."""

    bodies: list[bytes] = field(default_factory=list)
    """What came, byte for byte."""

    def of_trace(self, trace_id: str) -> list[ToldSpan]:
        """Return the spans of one trace."""
        return [span for span in list(self.spans) if span.trace_id == trace_id]


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Collect while inside."""
    collector = Collector(url="")

    class Handler(BaseHTTPRequestHandler):
        """Takes spans at the path of the protocol."""

        def do_POST(self) -> None:
            """Take one request."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_right = self.path == "/v1/traces"
            collector.bodies.append(body)
            if is_right:
                collector.spans.extend(_spans_of(body))
            self.send_response(200 if is_right else 404)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _spans_of(body: bytes) -> Iterator[ToldSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield ToldSpan(
                    name=span.name,
                    service=about["service.name"],
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    facts={
                        each.key: each.value.string_value or each.value.int_value
                        for each in span.attributes
                    },
                    has_failed=span.status.code == span.status.STATUS_CODE_ERROR,
                )
