"""One WebSocket of a client, with the bounds that uvicorn leaves open: as `connection.py` has them for HTTP."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from backend.web.slow_readers import SlowReader

LONGEST_MESSAGE = 101 * 1024
"""Bytes: the longest body over HTTP, and what is around it."""
MOST_FRAMES = 1_000
"""Frames of one message; they may be empty."""
MOST_UNREAD = 256 * 1024
"""Bytes of answers to pings and the like that may wait for a client that sends on without reading."""
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class SocketConnection(WebSocketsSansIOProtocol):
    """Serves one socket; uvicorn makes one of each."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._slow = SlowReader()

    def data_received(self, data: bytes) -> None:
        """Take what came: the handshake first, as the HTTP side has read it."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(NO_HANDSHAKE)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._slow.resumed()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than is written."""
        super().pause_writing()
        self._slow.paused(self.transport)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._slow.resumed()
        super().resume_writing()

    def handle_ping(self) -> None:
        """Answer a ping, of a client that reads the answers."""
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()
        else:
            super().handle_ping()

    def handle_cont(self, event: Frame) -> None:
        """Take one more frame of a message."""
        if len(self.frames) >= MOST_FRAMES:
            self.transport.abort()
        else:
            super().handle_cont(event)


def socket_options() -> dict[str, Any]:
    """How uvicorn serves sockets. Nothing is compressed: a compressor costs each socket more memory than all else, and
    what inflates is a way to send more than was agreed."""
    return {"ws": SocketConnection, "ws_max_size": LONGEST_MESSAGE, "ws_per_message_deflate": False}
