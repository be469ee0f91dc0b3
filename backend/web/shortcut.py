"""A way past the router for the paths that nearly all requests ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Pure ASGI middleware: hands requests for a route's path to its endpoint, which has to answer every method. To be
    found by the router costs a request as much as to have its body read."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[Route]) -> None:
        self._app = app
        self._endpoints = {route.path: route.app for route in routes}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        return (endpoint or self._app)(scope, receive, send)
