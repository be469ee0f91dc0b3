"""Traces over OpenTelemetry, sent where `WAYMARK_OTLP_URL` says; without it spans are made nowhere.

A span a request (continuing the caller's `traceparent`), one a planned statement, one an item of work. Spans carry
names, routes, statuses and ids of items; never query strings, documents, variables or rows.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.settings import Settings

EXPORT_SECONDS = 5
tracer = trace.get_tracer("waymark")
"""Makes spans that go nowhere until a process has called `tracing`."""


@contextmanager
def tracing(settings: Settings, process: str) -> Iterator[None]:
    """Send this process's spans while the block runs; what is left at its end is sent for some seconds at most.

    Spans wait in a bounded queue for a thread that sends them in batches (OTLP over HTTP); a full queue drops them.
    """
    if not settings.otlp_url:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource({"service.namespace": "waymark", "service.name": process})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_url.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def traced_statement(kind: str, seconds: float) -> None:
    """Note a planned statement that has just ended, inside the span of its request."""
    ended = time.time_ns()
    started = ended - int(seconds * 1e9)
    attributes = {"db.system.name": "postgresql", "waymark.viewer": kind}
    tracer.start_span("statement", kind=SpanKind.CLIENT, attributes=attributes, start_time=started).end(ended)


class Tracing:
    """Pure ASGI middleware: a span around each request."""

    def __init__(self, app: ASGIApp, *, routes: Collection[str]) -> None:
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = scope["path"] if scope["path"] in self._routes else "other"
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        attributes = {
            "http.request.method": scope["method"],
            "http.route": route,
            "waymark.request_id": scope["state"]["request_id"],
        }
        name = f"{scope['method']} {route}"
        with tracer.start_as_current_span(name, extract(headers), SpanKind.SERVER, attributes) as span:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._app(scope, receive, send_noted)
