"""Headers that every answer carries."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": b"default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
}
HTTPS_ONLY = {b"strict-transport-security": b"max-age=31536000"}


class SecurityHeaders:
    """Pure ASGI middleware: adds the headers that the answer does not set itself."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = [*HEADERS.items(), *(HTTPS_ONLY.items() if https else ())]
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}  # in lower case, as ASGI has them
                missing = self._headers
                if not self._names.isdisjoint(present):
                    missing = [header for header in missing if header[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await self._app(scope, receive, send_with_headers)
