"""`/graphql`: an ASGI application that hands documents to the planner and its bytes to the client, untouched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send

from backend.graphql.http.answers import for_nobody, result_text, send_data, send_errors
from backend.graphql.http.callers import caller
from backend.graphql.http.events import send_only, send_stream
from backend.graphql.http.executing import execute
from backend.graphql.http.negotiation import JSON, RESPONSE, media_type, takes_events
from backend.graphql.http.page import api_page
from backend.graphql.http.reading import Gone, Headers, Unreadable, read
from backend.graphql.live.following import AccessEnded
from backend.graphql.planner import problem
from backend.patience import Patience
from backend.viewer import Viewer

WATCHED_AFTER_SECONDS = 0.1
"""An operation that takes longer is watched for a client that goes away, and then cancelled in the database."""
T = TypeVar("T")
logger = logging.getLogger(__name__)


class GraphQL:
    """Serves GraphQL over HTTP. The state of the process has all that `backend/app.py` makes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if _wants_page(scope, headers):
            await api_page(scope["state"]["settings"].base_url)(scope, receive, send)
            return
        accepted = headers.get(b"accept", "")
        media, events = media_type(accepted), takes_events(accepted)
        request_id = scope["state"].get("request_id", "")
        try:
            if media is None and not events:
                raise Unreadable(406, f"Accept one of {RESPONSE} and {JSON}.")
            asked = await read(scope, headers, receive)
            who = await caller(scope, headers)
            charged, stream = await _watched(
                execute(scope["state"], asked, who, request_id, takes_streams=events),
                receive,
                scope["state"]["patience"],
            )
        except Unreadable as unreadable:
            await send_errors(send, media or JSON, [unreadable.error], request_id, code=unreadable.status)
        except Gone:
            return
        except Exception:
            logger.exception("a request failed")
            error = problem("INTERNAL_SERVER_ERROR", "Something went wrong.")
            await send_errors(send, media or JSON, [error], request_id)
        else:
            outcome, charge = charged.outcome, charged.charge
            if stream is not None:

                async def who_now() -> Viewer:
                    try:
                        return (await caller(scope, headers)).viewer
                    except Unreadable:
                        raise AccessEnded from None

                await send_stream(scope["state"]["hub"], stream, who.viewer, who_now, receive, send)
                return
            if not who.is_known:
                for_nobody(outcome.errors)
            if media is None:  # nothing but events is taken
                await send_only(send, result_text(outcome.data, charge, outcome.errors, request_id))
            elif outcome.data is not None:
                await send_data(send, media, outcome.data, charge, outcome.errors, request_id)
            else:
                await send_errors(send, media, outcome.errors, request_id, charge)


def _wants_page(scope: Scope, headers: Headers) -> bool:
    return (
        scope["method"] in {"GET", "HEAD"} and not scope["query_string"] and "text/html" in headers.get(b"accept", "")
    )


async def _watched(operation: Coroutine[Any, Any, T], receive: Receive, patience: Patience) -> T:
    """Run the operation; cancel it, and with it its statement in the database, when the client goes away."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - the server runs each request in a task
    leaving: asyncio.Task[None] | None = None
    is_gone = False

    def went(waiter: asyncio.Task[None]) -> None:
        nonlocal is_gone
        if not waiter.cancelled():
            is_gone = True
            task.cancel()

    def watch() -> None:
        nonlocal leaving
        leaving = asyncio.create_task(_disconnected(receive))
        leaving.add_done_callback(went)

    timer = patience.after(WATCHED_AFTER_SECONDS, watch)
    try:
        return await operation
    except asyncio.CancelledError:
        if is_gone and not task.uncancel():
            raise Gone from None
        raise
    finally:
        timer.cancel()
        if leaving is not None:
            leaving.remove_done_callback(went)
            leaving.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
