"""The one layer around every request and WebSocket: an id, a log entry, a count, and the headers of every answer.

It is one layer and not four, since each costs a request a call, and every message of its answer another.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import logging
from backend.web import access_log
from backend.web.metrics import Measurements
from backend.web.security_headers import SecurityHeaders

GONE = 499
"""Counted and logged, as proxies do, for a client that went away before it was answered: no fault of ours."""


class Entrance:
    """Pure ASGI middleware, outside all others."""

    def __init__(self, app: ASGIApp, *, measurements: Measurements, https: bool) -> None:
        self._app = app
        self._measurements = measurements
        self._security = SecurityHeaders(https=https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket; inside, `scope["state"]` has its `request_id`, and a request its `exchange`."""
        kind = scope["type"]
        if kind not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = access_log.id_of(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        marked = logging.request_id.set(request_id)
        try:
            if kind == "websocket":
                await access_log.serve_socket(self._app, scope, receive, send)
                return
            exchange = state["exchange"] = Exchange(send, request_id, self._security)
            try:
                await self._app(scope, receive, exchange.send)
                exchange.status = exchange.status or GONE
            finally:
                self._end(scope, exchange)
        finally:
            logging.request_id.reset(marked)

    def _end(self, scope: Scope, exchange: Exchange) -> None:
        method, path, status = scope["method"], scope["path"], exchange.status or 500
        seconds = time.perf_counter() - exchange.began
        # How long somebody listens to a stream says nothing of how fast we are.
        self._measurements.answered(path, method, status, None if exchange.is_stream else seconds)
        access_log.log_request(method, path, status, exchange.size, seconds)


class Exchange:
    """One request, and what is known of its answer so far."""

    __slots__ = ("_request_id", "_security", "_send", "began", "is_stream", "size", "status")

    def __init__(self, send: Send, request_id: str, security: SecurityHeaders) -> None:
        self._send, self._request_id, self._security = send, request_id, security
        self.status: int | None = None
        """None until the answer begins."""
        self.size = 0
        """Bytes of its body."""
        self.is_stream = False
        self.began = time.perf_counter()

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message of the answer on its way."""
        kind = message["type"]
        if kind == "http.response.body":
            self.size += len(message.get("body", b""))
        elif kind == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            present = dict(headers)  # in lower case, as ASGI has them
            self.is_stream = present.get(b"content-type", b"").startswith(b"text/event-stream")
            own = (b"x-request-id", self._request_id.encode())
            message["headers"] = [*headers, *self._security.missing_from(present), own]
        return self._send(message)
