"""How slowly a client may read: a connection whose reader does not keep up is cut, since what waits is memory."""

from __future__ import annotations

import asyncio

LOOK_SECONDS, LEAST_BYTES = 10.0, 10 * 1024
"""While something waits for its reader, so many bytes of it have to leave in so many seconds."""


class SlowReader:
    """Watches one connection from when its transport asks to pause writing until it asks to resume."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def paused(self, transport: asyncio.Transport) -> None:
        """The client reads more slowly than is written."""
        self._look(transport, transport.get_write_buffer_size() + LEAST_BYTES)

    def resumed(self) -> None:
        """The client has read on, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, transport: asyncio.Transport, unread_before: int) -> None:
        unread = transport.get_write_buffer_size()
        if unread > unread_before - LEAST_BYTES:
            transport.abort()
        else:
            self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look, transport, unread)
