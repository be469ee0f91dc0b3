"""One connection of a client, with the bounds that uvicorn leaves open: how long and how large a head may be, and how
slowly an answer may be read.

Without them a client holds a connection, and what it has sent so far, for as long as it likes by sending a letter now
and then. How long a body may take is the business of whoever reads it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from backend.web.slow_readers import SlowReader

LONGEST_HEAD = 32 * 1024
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from connecting, to the end of its headers."""


class HeadTooLong(Exception):
    """The address and the headers of a request are longer than they may be."""


class Connection(HttpToolsProtocol):
    """Serves one connection; uvicorn makes one of each."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._is_in_head = True
        self._raw = self._read = 0
        """Bytes of the head, as they came and as they were taken apart."""
        self._late: asyncio.TimerHandle | None = None
        self._slow = SlowReader()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        if self._late is not None:
            self._late.cancel()
        self._slow.resumed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request."""
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)
        if self._is_in_head:
            self._raw += len(data)
        super().data_received(data)
        if self._is_in_head and self._raw > LONGEST_HEAD and not self.transport.is_closing():
            self._refuse(431, f"The address and the headers are longer than {LONGEST_HEAD:,} bytes.")

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._is_in_head, self._read = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the application runs."""
        self._is_in_head, self._raw = False, 0
        if self._late is not None:
            self._late.cancel()
            self._late = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; what follows is the head of another."""
        self._is_in_head = True
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client reads more slowly than is written."""
        super().pause_writing()
        self._slow.paused(self.transport)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._slow.resumed()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and a head that is too long."""
        if self._read > LONGEST_HEAD:
            self._refuse(431, f"The address and the headers are longer than {LONGEST_HEAD:,} bytes.")
        else:
            self._refuse(400, "This is no HTTP request.")

    def _count(self, *parts: bytes) -> None:
        self._read += sum(map(len, parts))
        if self._read > LONGEST_HEAD:
            raise HeadTooLong  # the parser stops, and `send_400_response` is called

    def _too_late(self) -> None:
        if self._raw:
            self._refuse(408, f"The headers did not arrive within {HEAD_SECONDS:.0f} seconds.")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        if self.transport.is_closing():
            return
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]})
        self.transport.write(
            b"%bcontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (STATUS_LINE[status], len(body), body)
        )
        self.transport.close()
