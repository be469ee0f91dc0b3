"""One log entry a request or WebSocket, and an id that the answer, the entry and every log in between share.

Query strings are never logged, since clients put secrets there. Health checks are logged only when they fail.
"""

from __future__ import annotations

import random
import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("waymark.access")

ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
QUIET_PATHS = frozenset({"/livez", "/readyz"})


def id_of(scope: Scope) -> str:
    """The id of a request: the caller's own X-Request-Id where it is 8 to 64 plain characters, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id")
    if given is not None and ACCEPTED_ID.fullmatch(given):
        return bytes(given).decode()
    return f"{random.getrandbits(64):016x}"


def log_request(method: str, path: str, status: int, size: int, seconds: float) -> None:
    """Write the entry of a request that has ended."""
    if status >= 400 or path not in QUIET_PATHS:
        milliseconds = round(seconds * 1000, 1)
        log.info("request", method=method, path=path, status=status, bytes=size, milliseconds=milliseconds)


async def serve_socket(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have a WebSocket served, and write its entry at its end: with the code that closed it, or the status that refused
    it."""
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

    try:
        await app(scope, receive_noted, send_noted)
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        log.info("socket", path=scope["path"], code=code, milliseconds=milliseconds)
