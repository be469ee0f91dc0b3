"""Traces of a running Waymark reach a collector that speaks OTLP over HTTP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.e2e.running import discard, running, wait_until

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(ThreadingHTTPServer):
    """Keeps the spans that it is sent, with the process that sent each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.spans: list[tuple[str, Span]] = []

    def named(self, process: str, name: str) -> list[Span]:
        return [span for sender, span in list(self.spans) if (sender, span.name) == (process, name)]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            self.server.spans += [(names["service.name"], span) for span in spans]
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_requests_statements_and_work_are_traced(collector: Collector, tmp_path: Path) -> None:
    place, url = tmp_path / "data", f"http://127.0.0.1:{collector.server_port}"
    with running(place, WAYMARK_OTLP_URL=url) as waymark:
        answer = httpx.post(
            f"http://127.0.0.1:{waymark.port}/graphql?secret=word",
            json={"query": "{ organization { name } }"},
            headers={"traceparent": PARENT},
        )
        wait_until(lambda: collector.named("api", "POST /graphql"), "the span of the request")
        wait_until(lambda: collector.named("worker-bulk", "health.sweep"), "the span of the first sweep")
        waymark.stop()
    discard(place)

    [request] = collector.named("api", "POST /graphql")
    attributes = {item.key: item.value.string_value or item.value.int_value for item in request.attributes}
    assert attributes == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": answer.status_code,
        "waymark.request_id": answer.headers["x-request-id"],
    }
    assert request.trace_id.hex() == PARENT.split("-")[1]
    assert request.parent_span_id.hex() == PARENT.split("-")[2]
    assert "word" not in str(collector.spans)
