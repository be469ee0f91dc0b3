"""What a route raises that is no refusal: logged, and answered as every error is, with its code and the request."""

from __future__ import annotations

import logging

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class Faults:
    """Pure ASGI middleware, within all others, so that its answer has their headers. Nothing of the fault is told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if has_begun:
                raise  # half an answer is no answer: the server cuts the connection off
            logger.exception("a request failed")
            extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": scope["state"]["request_id"]}
            body = orjson.dumps({"errors": [{"message": "Something went wrong.", "extensions": extensions}]})
            failed = Response(body, 500, {"cache-control": "no-store"}, "application/json")
            await failed(scope, receive, send)
