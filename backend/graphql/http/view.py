"""`/graphql`: an ASGI application that hands documents to the planner and its bytes to the client, untouched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from backend.db.engine import Database
from backend.graphql.http.answers import for_nobody, send_data, send_errors
from backend.graphql.http.negotiation import JSON, RESPONSE, media_type
from backend.graphql.http.page import PAGE
from backend.graphql.http.reading import Asked, Gone, Headers, Unreadable, read
from backend.graphql.planner import Outcome, Planner, Refusal, problem
from backend.identity.authentication import Authenticator
from backend.identity.errors import BadCredential
from backend.viewer import Viewer

OPERATION_SECONDS = 10.0
WATCHED_AFTER_SECONDS = 0.1
"""An operation that takes longer is watched for a client that goes away, and then cancelled in the database."""
NOBODY = Viewer(kind="member")
logger = logging.getLogger(__name__)


class GraphQL:
    """Serves GraphQL over HTTP. The state of the process has `planner`, `authenticator` and `database`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if _wants_page(scope, headers):
            await HTMLResponse(PAGE)(scope, receive, send)
            return
        media = media_type(headers.get(b"accept", ""))
        request_id = scope["state"].get("request_id", "")
        try:
            if media is None:
                raise Unreadable(406, f"Accept one of {RESPONSE} and {JSON}.")
            asked = await read(scope, headers, receive)
            viewer = await _viewer(scope["state"]["authenticator"], headers)
            outcome = await _watched(_execute(scope["state"], asked, viewer), receive)
        except Unreadable as unreadable:
            await send_errors(send, media or JSON, [unreadable.error], request_id, code=unreadable.status)
        except Gone:
            return
        except Exception:
            logger.exception("a request failed")
            error = problem("INTERNAL_SERVER_ERROR", "Something went wrong.")
            await send_errors(send, media or JSON, [error], request_id)
        else:
            assert media is not None  # noqa: S101 - it was refused above
            if outcome.data is not None and not outcome.errors:
                await send_data(send, media, outcome.data)
                return
            if viewer is None:
                for_nobody(outcome.errors)
            await send_errors(send, media, outcome.errors, request_id)


def _wants_page(scope: Scope, headers: Headers) -> bool:
    return (
        scope["method"] in {"GET", "HEAD"} and not scope["query_string"] and "text/html" in headers.get(b"accept", "")
    )


async def _viewer(authenticator: Authenticator, headers: Headers) -> Viewer | None:
    try:
        return await authenticator.viewer(headers.get(b"authorization"))
    except BadCredential as error:
        raise Unreadable(401, error.message, error.code) from None


async def _execute(state: dict[str, Any], asked: Asked, viewer: Viewer | None) -> Outcome:
    planner: Planner = state["planner"]
    database: Database = state["database"]
    if asked.query is None:
        return Outcome(errors=[problem("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")])
    try:
        async with asyncio.timeout(OPERATION_SECONDS):
            if asked.is_safe and (kind := planner.operation(asked.query, asked.operation_name).kind) != "query":
                raise Unreadable(405, f"Send a {kind} with POST; GET changes nothing.")
            return await planner.execute(
                asked.query, asked.operation_name, asked.variables, viewer or NOBODY, database.read
            )
    except TimeoutError:
        return Outcome(errors=[problem("TIMEOUT", "The operation took too long. Ask for less at a time.")])
    except Refusal as refusal:
        return Outcome(errors=refusal.errors)


async def _watched(operation: Coroutine[Any, Any, Outcome], receive: Receive) -> Outcome:
    """Run the operation; cancel it, and with it its statement in the database, when the client goes away."""
    task = asyncio.ensure_future(operation)
    try:
        done, _ = await asyncio.wait({task}, timeout=WATCHED_AFTER_SECONDS)
        if done:
            return task.result()
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        if not task.done():
            raise Gone
        return task.result()
    finally:
        task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
