"""Operations as server-sent events: one request an operation, as the protocol of `graphql-sse` has it.

Each result is an event `next`, the end an event `complete`; while nothing happens, a comment keeps the connection. A
process that stops ends its streams without `complete`, so that clients connect again, to another one.
Queries, mutations and refusals are one event, for clients that take nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson
from starlette.types import Receive, Send

from backend.graphql.live.following import AccessEnded, next_result
from backend.graphql.live.hub import Hub, Stream
from backend.graphql.planner import problem
from backend.viewer import Viewer

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"


async def send_stream(
    hub: Hub, stream: Stream, viewer: Viewer, who_now: Callable[[], Awaitable[Viewer]], receive: Receive, send: Send
) -> None:
    """Send a stream until it ends, its viewer is no longer who they were, or the client goes away."""
    leaving = asyncio.create_task(_gone(receive))
    leaving.add_done_callback(lambda _: stream.end())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send(_body(COMMENT))
        try:
            while (result := await next_result(stream, viewer, who_now)) is not None:
                await send(_body(_next(result) if result else COMMENT))
        except AccessEnded as ended:
            await send(_body(_next(orjson.dumps({"errors": [problem("UNAUTHENTICATED", ended.message)]}))))
        await send(_body(b"" if hub.is_ending else COMPLETE, more=False))
    finally:
        hub.leave(stream)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving


async def send_only(send: Send, result: bytes) -> None:
    """Send the only result of an operation."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send(_body(_next(result) + COMPLETE, more=False))


def _next(result: bytes) -> bytes:
    return b"event: next\ndata: %b\n\n" % result.replace(b"\n", b" ")


def _body(text: bytes, *, more: bool = True) -> dict[str, object]:
    return {"type": "http.response.body", "body": text, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
