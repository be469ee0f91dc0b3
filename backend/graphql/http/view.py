"""`/graphql`: an ASGI application that hands documents to the planner and its bytes to the client, untouched."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType

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
logger = logging.getLogger(__name__)


class GraphQL:
    """Serves GraphQL over HTTP. The state of the process has all that `backend/app.py` makes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        state = scope["state"]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if _wants_page(scope, headers):
            await api_page(state["settings"].base_url)(scope, receive, send)
            return
        accepted = headers.get(b"accept", "")
        media, events = media_type(accepted), takes_events(accepted)
        request_id = state["request_id"]
        try:
            if media is None and not events:
                raise Unreadable(406, f"Accept one of {RESPONSE} and {JSON}.")
            asked = await read(scope, headers, receive)
            who = await caller(scope, headers)
            with Watch(receive, state["patience"]):
                charged, stream = await execute(state, asked, who, request_id, takes_streams=events)
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

                await send_stream(state["hub"], stream, who.viewer, who_now, receive, send)
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


class Watch:
    """A context that is left with Gone when the client goes away: what runs in it is cancelled then, and with it its
    statement in the database."""

    __slots__ = ("_is_gone", "_leaving", "_receive", "_task", "_timer")

    def __init__(self, receive: Receive, patience: Patience) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the server runs each request in a task
        self._receive, self._task = receive, task
        self._timer = patience.after(WATCHED_AFTER_SECONDS, self._look)
        self._leaving: asyncio.Task[None] | None = None
        self._is_gone = False

    def __enter__(self) -> None:
        """Begin what is watched."""

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._leaving is not None:
            self._leaving.remove_done_callback(self._went)
            self._leaving.cancel()
        if self._is_gone and kind is asyncio.CancelledError and not self._task.uncancel():
            raise Gone from None

    def _look(self) -> None:
        self._leaving = asyncio.create_task(_disconnected(self._receive))
        self._leaving.add_done_callback(self._went)

    def _went(self, waiter: asyncio.Task[None]) -> None:
        if not waiter.cancelled():
            self._is_gone = True
            self._task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
