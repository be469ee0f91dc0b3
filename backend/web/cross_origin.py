"""Requests from pages of other origins: answered for the origins of applications, refused for all others.

Cookies never count across origins, so nothing here allows credentials: front ends elsewhere send a bearer token.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.applications.registry import Registry
from backend.web.same_origin import names_host

PATHS = ("/graphql", "/auth/")
HEADERS = re.compile(rb"[A-Za-z0-9-]{1,50}( *, *[A-Za-z0-9-]{1,50}){0,29}")
METHODS = b"GET, POST"
EXPOSED = b"retry-after, x-request-id"
PREFLIGHT_SECONDS = b"600"
ANSWERS = {"http": "http.response", "websocket": "websocket.http.response"}
"""What is looked at, and the messages that answer it without letting it in."""


class CrossOrigin:
    """Pure ASGI middleware for what browsers call across origins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request. `scope["state"]["application"]` is then the application that the origin belongs to."""
        if scope["type"] in ANSWERS and scope["path"].startswith(PATHS):
            headers = dict(scope["headers"])
            origin = headers.get(b"origin")
            if origin is not None and not names_host(
                origin.decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
            ):
                return self._from_elsewhere(origin, headers, scope, receive, send)
        return self._app(scope, receive, send)

    async def _from_elsewhere(
        self, origin: bytes, headers: Mapping[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        registry: Registry = scope["state"]["applications"]
        application = await registry.at(origin.decode("latin-1").lower())
        if application is None:
            await _refuse(origin.decode("latin-1"), ANSWERS[scope["type"]], send)
            return
        scope["state"]["application"] = application
        if scope.get("method") == "OPTIONS" and b"access-control-request-method" in headers:
            await _preflight(origin, headers, send)
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"access-control-allow-origin", origin),
                    (b"access-control-expose-headers", EXPOSED),
                    (b"vary", b"origin"),
                ]
            await send(message)

        await self._app(scope, receive, send_allowed)


async def _preflight(origin: bytes, headers: Mapping[bytes, bytes], send: Send) -> None:
    wanted = headers.get(b"access-control-request-headers", b"")
    allowed = wanted if HEADERS.fullmatch(wanted) else b"authorization, content-type"
    answer = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
        (b"vary", b"origin, access-control-request-headers"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": answer})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(origin: str, answer: str, send: Send) -> None:
    message = (
        f"No application has the origin {origin[:200]}. Allow it with `waymark applications change NAME --origin`."
    )
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "FORBIDDEN"}}]})
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"origin"),
    ]
    await send({"type": f"{answer}.start", "status": 403, "headers": headers})
    await send({"type": f"{answer}.body", "body": body})
