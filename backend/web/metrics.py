"""`GET /metrics`: the state of the deployment and the work of this process, as Prometheus reads them.

What concerns the whole deployment is read from PostgreSQL, so that any API process tells it and none has to be asked
for all; `waymark_http_*`, `waymark_statement_*` and `waymark_cache_*` are this process's own. Needs an API key or a
token with system:read.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import vitals
from backend.graphql.planner import Planner
from backend.identity.errors import BadCredential
from backend.permissions import Permission
from backend.vitals import Vitals

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measurements:
    """Counters and histograms of one API process."""

    def __init__(self, planner: Planner, routes: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self.routes = frozenset(routes)
        self.requests = Counter(
            "waymark_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "waymark_http_request_seconds",
            "From request to answer.",
            ("route",),
            registry=self.registry,
            buckets=SECONDS,
        )
        self.statement_seconds = Histogram(
            "waymark_statement_seconds",
            "Planned statements, waiting for a connection included.",
            ("viewer",),
            registry=self.registry,
            buckets=SECONDS,
        )
        self.registry.register(_Caches(planner))
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}
        self.subscriptions = Gauge("waymark_subscriptions", "Streams open now.", registry=self.registry)
        self.sockets = Gauge("waymark_sockets", "WebSockets open now.", registry=self.registry)
        planner.observers.append(lambda kind, seconds: self.statement_seconds.labels(kind).observe(seconds))

    def answered(self, path: str, method: str, status: int, seconds: float | None) -> None:
        """Count a request, and time it unless its seconds say nothing. Unknown paths share one label, and so do odd
        methods. Labels are looked up once each."""
        route = path if path in self.routes else "other"
        key = route, method if method in METHODS else "other", status
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self.requests.labels(*key)
        counter.inc()
        if seconds is not None:
            timer = self._timers.get(route)
            if timer is None:
                timer = self._timers[route] = self.request_seconds.labels(route)
            timer.observe(seconds)


class _Caches(Collector):
    """The planner's caches, counted where they are."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Hits, misses and sizes."""
        hits = CounterMetricFamily("waymark_cache_hits", "Look-ups that found an entry.", labels=("cache",))
        misses = CounterMetricFamily("waymark_cache_misses", "Look-ups that found none.", labels=("cache",))
        entries = GaugeMetricFamily("waymark_cache_entries", "Entries now.", labels=("cache",))
        for name, cache in self._planner.caches().items():
            hits.add_metric((name,), cache.hits)
            misses.add_metric((name,), cache.misses)
            entries.add_metric((name,), len(cache))
        yield from (hits, misses, entries)


class Measure:
    """Pure ASGI middleware: counts requests and times them."""

    def __init__(self, app: ASGIApp, *, measurements: Measurements) -> None:
        self._app, self._measurements = app, measurements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started, is_stream = 500, time.perf_counter(), False

        async def send_counted(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message["headers"]:
                    if name == b"content-type":
                        is_stream = value.startswith(b"text/event-stream")
                        break
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            # How long somebody listens to a stream says nothing of how fast we are.
            seconds = None if is_stream else time.perf_counter() - started
            self._measurements.answered(scope["path"], scope["method"], status, seconds)


async def metrics(request: Request) -> Response:
    """Answer a scrape; 401 without a valid credential, 403 without system:read."""
    try:
        viewer = await request.state.authenticator.viewer(request.headers.get("authorization"))
    except BadCredential as error:
        return PlainTextResponse(f"{error.message}\n", 401, {"www-authenticate": 'Bearer realm="waymark"'})
    if viewer is None:
        return PlainTextResponse("Send an API key.\n", 401, {"www-authenticate": 'Bearer realm="waymark"'})
    if Permission.SYSTEM_READ not in viewer.permissions:
        return PlainTextResponse("The key needs the scope system:read.\n", 403)
    async with request.state.database.begin() as session:
        state = await vitals.read(session)
    request.state.measurements.subscriptions.set(request.state.hub.streams)
    request.state.measurements.sockets.set(len(request.state.sockets))
    whole = CollectorRegistry()
    whole.register(_Deployment(state))
    body = generate_latest(whole) + generate_latest(request.state.measurements.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


class _Deployment(Collector):
    """The deployment's state as metrics."""

    def __init__(self, state: Vitals) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family a quantity."""
        state = self._state
        items = GaugeMetricFamily("waymark_work_items", "Open items of work.", labels=("kind", "state"))
        oldest = GaugeMetricFamily("waymark_work_oldest_due_seconds", "Longest that work is due.", labels=("kind",))
        for work in state.work:
            for name in ("parked", "due", "running", "waiting"):
                items.add_metric((work.kind, name.upper()), getattr(work, name))
            oldest.add_metric((work.kind,), work.oldest_due)
        yield from (items, oldest)
        yield _gauges("waymark_schedule_age_seconds", "Since the newest slot was taken.", "schedule", state.schedules)
        yield _gauges("waymark_source_age_seconds", "Since the source last delivered.", "source", state.sources)
        yield _gauges("waymark_database_connections", "Connections by login.", "login", state.connections)
        for name, text, value in (
            ("waymark_database_connections_limit", "Connections left to ordinary logins.", state.most_connections),
            ("waymark_database_bytes", "Size of the database.", state.database_bytes),
            ("waymark_ingest_lag_seconds", "Longest that facts wait to be counted and scored.", state.ingest_lag),
            ("waymark_health_oldest_seconds", "Age of the live score computed longest ago.", state.oldest_score),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
