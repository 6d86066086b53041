"""Spans told to an OpenTelemetry collector over OTLP, where its packages are installed.

What is not set here is read by the packages themselves from the variables of OpenTelemetry, such
as `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_TRACES_SAMPLER`.

Source: W3C Trace Context, section 3.2 (`traceparent`); OpenTelemetry semantic conventions 1.37 for
the names of facts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from typing_extensions import override

from core.errors import SchemaBuilderError
from core.settings import Settings
from core.tracing import Role, Tracer, use_tracer

logger = logging.getLogger(__name__)

PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
"""What has to be installed: requirements-otel.txt."""

SEND_SECONDS = 5
"""How long the collector may take; spans that it does not take are lost, and nothing else."""

PARENT = "traceparent"
"""The header of W3C Trace Context."""


def start_traces(settings: Settings, *, process: str) -> None:
    """Trace this process if the settings say where to; once, and after it was forked.

    Args:
        settings: Name the collector.
        process: `web` or `worker`.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        return
    if not all(_is_there(package) for package in PACKAGES):
        logger.warning("traces_unavailable", extra={"remedy": "Install requirements-otel.txt."})
        return
    use_tracer(OtlpTracer(settings.otel_exporter_otlp_endpoint, process=process))


class OtlpTracer(Tracer):
    """Gathers spans and sends them to a collector in the background."""

    def __init__(self, endpoint: str, *, process: str) -> None:
        """Begin.

        Args:
            endpoint: The collector's address; traces go to `/v1/traces` below it.
            process: What part of the product this is.
        """
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - optional
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional

        resource = Resource.create({"service.name": f"schema-builder-{process}"})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("schema_builder")

    @override
    @contextmanager
    def span(
        self, name: str, *, role: Role, parent: str | None, facts: dict[str, str | int]
    ) -> Iterator[None]:
        """Tell of the work inside."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - optional
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - optional
            TraceContextTextMapPropagator,
        )

        around = None
        if parent is not None:
            around = TraceContextTextMapPropagator().extract({PARENT: parent})
        with self._tracer.start_as_current_span(
            name,
            context=around,
            kind=SpanKind[role.value.upper()],
            attributes=facts,
            # The words of an error can hold values of rows, which are no collector's affair.
            record_exception=False,
            set_status_on_exception=False,
        ) as present:
            try:
                yield
            except BaseException as error:
                present.set_status(StatusCode.ERROR)
                present.set_attribute("error.type", _kind_of(error))
                raise

    @override
    def note(self, facts: dict[str, str | int], *, name: str | None) -> None:
        """Add facts to the present span, and name it better."""
        from opentelemetry.trace import get_current_span  # noqa: PLC0415 - optional

        present = get_current_span()
        present.set_attributes(facts)
        if name is not None:
            present.update_name(name)

    @override
    def present(self) -> str | None:
        """Return the present span as a `traceparent`."""
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - optional
            TraceContextTextMapPropagator,
        )

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        return carrier.get(PARENT)

    @override
    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


def _kind_of(error: BaseException) -> str:
    """Return what sort of error it is, without a word of its own."""
    return error.code if isinstance(error, SchemaBuilderError) else type(error).__name__


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
