"""Subscriptions as server-sent events: one request an operation, as the protocol of `graphql-sse` has it.

Each result is an event `next`, the end an event `complete`. Before each of them, and while nothing happens every twelve
seconds, it is looked at again who asks: a token that ran out or a membership that ended ends the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson
from starlette.types import Receive, Send

from backend.graphql.http.reading import Unreadable
from backend.graphql.live.hub import Hub, Stream
from backend.graphql.planner import problem
from backend.viewer import Viewer

QUIET_SECONDS = 12.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
COMPLETE = b"event: complete\ndata: \n\n"


async def send_stream(
    hub: Hub, stream: Stream, viewer: Viewer, who_now: Callable[[], Awaitable[Viewer]], receive: Receive, send: Send
) -> None:
    """Send a stream until it ends, its viewer is no longer who they were, or the client goes away."""
    leaving = asyncio.create_task(_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        while not leaving.done():
            waiting = asyncio.create_task(stream.waiting.get())
            try:
                await asyncio.wait((waiting, leaving), timeout=QUIET_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
            if leaving.done():
                return
            result = waiting.result() if waiting.done() else b""
            if result is None:
                break
            if not await _is_still(viewer, who_now):
                error = problem("UNAUTHENTICATED", "Your access changed or ran out. Sign in, and subscribe again.")
                await send(_next(orjson.dumps({"errors": [error]})))
                break
            await send(_next(result) if result else {"type": "http.response.body", "body": b":\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": COMPLETE, "more_body": False})
    finally:
        hub.leave(stream)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving


def _next(result: bytes) -> dict[str, object]:
    body = b"event: next\ndata: %b\n\n" % result.replace(b"\n", b" ")
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _is_still(viewer: Viewer, who_now: Callable[[], Awaitable[Viewer]]) -> bool:
    try:
        return await who_now() == viewer
    except Unreadable:
        return False


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
