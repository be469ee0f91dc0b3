"""What a route raises that is no refusal: logged, and answered as every error is, with its code and the request.

A client that goes away in the middle of its request is no fault, and nobody is there to read an answer.
"""

from __future__ import annotations

import logging

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.web.entrance import Exchange

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
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return
        except Exception:
            exchange: Exchange = scope["state"]["exchange"]
            if exchange.status is not None:
                raise  # half an answer is no answer: the server cuts the connection off
            logger.exception("a request failed")
            extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": scope["state"]["request_id"]}
            body = orjson.dumps({"errors": [{"message": "Something went wrong.", "extensions": extensions}]})
            failed = Response(body, 500, {"cache-control": "no-store"}, "application/json")
            await failed(scope, receive, send)
