"""What a stream tells, for as long as its viewer is who they were: the same over events and over sockets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from backend.graphql.live.hub import Stream
from backend.viewer import Viewer

LOOK_SECONDS = 20.0, 30.0
"""While nothing is told it is looked at after so long who asks, at least and at most: streams that were opened at once
do not all look at once."""


class AccessEnded(Exception):
    """The credential ran out or was revoked, or its viewer's session, role or membership changed."""

    message = "Your access changed or ran out. Sign in, and subscribe again."


async def next_result(stream: Stream, viewer: Viewer, who_now: Callable[[], Awaitable[Viewer]]) -> bytes | None:
    """The next result of a stream; empty where there was none for a while, None at the end.

    Before each result, and while there is none, it is looked at again who asks. `who_now` raises AccessEnded for a
    credential that is not valid any more. Raises AccessEnded.
    """
    try:
        async with asyncio.timeout(random.uniform(*LOOK_SECONDS)):  # noqa: S311 - nothing is secret
            result = await stream.waiting.get()
    except TimeoutError:
        result = b""
    if result is not None and await who_now() != viewer:
        raise AccessEnded
    return result
