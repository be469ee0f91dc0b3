"""`GET /metrics`: the state of the deployment and the work of this process, as Prometheus reads them.

What concerns the whole deployment is read from PostgreSQL, so that any API process tells it and none has to be asked
for all; `waymark_http_*`, `waymark_statement_*` and `waymark_cache_*` are this process's own. Needs an API key or a
token with system:read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from backend import vitals
from backend.graphql.planner import Planner
from backend.identity.errors import BadCredential
from backend.permissions import Permission
from backend.vitals import Vitals

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measurements:
    """What one API process counts and times. These are plain numbers until somebody asks for them: each request adds to
    them on the one event loop, and a lock around each would cost more than the adding."""

    def __init__(self, planner: Planner, routes: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self.routes = frozenset(routes)
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._request_seconds: dict[str, Seconds] = defaultdict(Seconds)
        self._statement_seconds: dict[str, Seconds] = defaultdict(Seconds)
        self.registry.register(_Answered(self._requests, self._request_seconds, self._statement_seconds))
        self.registry.register(_Caches(planner))
        self.subscriptions = Gauge("waymark_subscriptions", "Streams open now.", registry=self.registry)
        self.sockets = Gauge("waymark_sockets", "WebSockets open now.", registry=self.registry)
        planner.observers.append(lambda kind, seconds: self._statement_seconds[kind].add(seconds))

    def answered(self, path: str, method: str, status: int, seconds: float | None) -> None:
        """Count a request, and time it unless its seconds say nothing. Unknown paths share one label, and so do odd
        methods."""
        route = path if path in self.routes else "other"
        self._requests[route, method if method in METHODS else "other", status] += 1
        if seconds is not None:
            self._request_seconds[route].add(seconds)


class Seconds:
    """A histogram of durations."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        """Durations up to each bound and over the one before; the last are over all of them."""
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds


class _Answered(Collector):
    """What was answered, and how fast."""

    def __init__(self, requests: Mapping[tuple[str, str, int], int], *seconds: Mapping[str, Seconds]) -> None:
        self._requests, (self._request_seconds, self._statement_seconds) = requests, seconds

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """Requests by route, method and status; their seconds, and those of statements."""
        requests = CounterMetricFamily(
            "waymark_http_requests", "Requests answered.", labels=("route", "method", "status")
        )
        for (route, method, status), count in self._requests.items():
            requests.add_metric((route, method, str(status)), count)
        yield requests
        for name, text, label, found in (
            ("waymark_http_request_seconds", "From request to answer.", "route", self._request_seconds),
            (
                "waymark_statement_seconds",
                "Planned statements, waiting for a connection included.",
                "viewer",
                self._statement_seconds,
            ),
        ):
            family = HistogramMetricFamily(name, text, labels=(label,))
            for key, seconds in found.items():
                bounds = [*map(floatToGoString, SECONDS), "+Inf"]
                family.add_metric((key,), list(zip(bounds, accumulate(seconds.counts), strict=True)), seconds.total)
            yield family


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
