"""One log entry a request or WebSocket, and an id that the answer, the entry and every log in between share."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import logging

log = structlog.get_logger("waymark.access")

ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
QUIET_PATHS = frozenset({"/livez", "/readyz"})


class AccessLog:
    """Pure ASGI middleware. A caller's own X-Request-Id is kept where it is 8 to 64 plain characters.

    Query strings are never logged, since clients put secrets there. Health checks are logged only when they fail.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, request_id)
            return
        status, size, started = 500, 0, time.perf_counter()

        async def send_marked(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        marked = logging.request_id.set(request_id)
        try:
            await self._app(scope, receive, send_marked)
        finally:
            if status >= 400 or scope["path"] not in QUIET_PATHS:
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    bytes=size,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )
            logging.request_id.reset(marked)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        code, started = 1006, time.perf_counter()

        async def receive_noted() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = message.get("code") or 1005
            return message

        async def send_noted(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = message.get("code", 1000)
            elif message["type"] == "websocket.http.response.start":
                code = message["status"]
            await send(message)

        marked = logging.request_id.set(request_id)
        try:
            await self._app(scope, receive_noted, send_noted)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log.info("socket", path=scope["path"], code=code, milliseconds=milliseconds)
            logging.request_id.reset(marked)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTED_ID.fullmatch(value):
            return bytes(value).decode()
    return secrets.token_hex(8)
