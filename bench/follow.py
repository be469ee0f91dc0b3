"""Subscribers, as a process: `python -m bench.follow`.

An order is read as JSON from the first line of the input; more input ends the subscribers, and when each was told
something is printed. Each has a connection of its own, over server-sent events or a WebSocket, by just enough of both
to cost little beside what is measured. The clock is the one that all processes of the machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from abc import ABC, abstractmethod
from typing import Any, cast

import uvloop

AT_ONCE = 50
OPEN_SECONDS = 60.0
NEXT = b"event: next\ndata: "


class Subscriber(asyncio.Protocol, ABC):
    """One connection with one subscription."""

    def __init__(self, order: dict[str, Any], credential: str) -> None:
        self._order, self._credential = order, credential
        self._buffer = bytearray()
        self.told: list[float] = []
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take what is told."""
        self._buffer += data
        self._take(time.monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody expects that."""
        if not self.is_open.done():
            self.is_open.set_exception(ConnectionError(bytes(self._buffer[:300]).decode(errors="replace")))

    @abstractmethod
    def _ask(self) -> None:
        """Send what opens the subscription."""

    @abstractmethod
    def _take(self, now: float) -> None:
        """Take from the buffer what is whole."""

    def _opened(self) -> None:
        if not self.is_open.done():
            self.is_open.set_result(None)


class Events(Subscriber):
    """Over server-sent events."""

    def _ask(self) -> None:
        body = json.dumps({"query": self._order["query"]})
        self._transport.write(
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\ncontent-type: application/json"
            f"\r\nauthorization: Bearer {self._credential}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
        )

    def _take(self, now: float) -> None:
        while (end := self._buffer.find(b"\n\n")) >= 0:
            if self._buffer.find(NEXT, 0, end) >= 0:
                self.told.append(now)
            elif self._buffer.startswith(b"HTTP/1.1 200"):
                self._opened()
            del self._buffer[: end + 2]


class Sockets(Subscriber):
    """Over a WebSocket, as graphql-transport-ws has it."""

    def _ask(self) -> None:
        self._is_upgraded = False
        self._transport.write(
            b"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        )

    def _say(self, opcode: int, content: bytes) -> None:
        size = len(content)
        head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else b"%c\xfe%b" % (0x80 | opcode, size.to_bytes(2))
        self._transport.write(head + bytes(4) + content)

    def _take(self, now: float) -> None:
        if not self._is_upgraded:
            _, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not separator:
                return
            self._is_upgraded, self._buffer = True, bytearray(rest)
            begin = {"type": "connection_init", "payload": {"authorization": f"Bearer {self._credential}"}}
            self._say(1, json.dumps(begin).encode())
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4]), 4
            elif size == 127:
                size, start = int.from_bytes(self._buffer[2:10]), 10
            if len(self._buffer) < start + size:
                return
            self._hear(self._buffer[0] & 15, bytes(self._buffer[start : start + size]), now)
            del self._buffer[: start + size]

    def _hear(self, opcode: int, content: bytes, now: float) -> None:
        if opcode == 9:
            self._say(10, content)
        elif b'"connection_ack"' in content:
            asked = {"type": "subscribe", "id": "a", "payload": {"query": self._order["query"]}}
            self._say(1, json.dumps(asked).encode())
            self._opened()
        elif b'"next"' in content:
            self.told.append(now)


async def follow(order: dict[str, Any]) -> list[list[float]]:
    """For each subscriber when it was told something, until there is input."""
    loop = asyncio.get_running_loop()
    kind = {"events": Events, "sockets": Sockets}[order["transport"]]
    room = asyncio.Semaphore(AT_ONCE)

    async def open_one(credential: str) -> Subscriber:
        async with room:
            _, made = await loop.create_connection(lambda: kind(order, credential), "127.0.0.1", order["port"])
            await made.is_open
            return made

    async with asyncio.timeout(OPEN_SECONDS):
        subscribers = await asyncio.gather(*(open_one(credential) for credential in order["credentials"]))
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    return [one.told for one in subscribers]


def main() -> None:
    """Read the order, follow until told to stop, print what was told."""
    json.dump(uvloop.run(follow(json.loads(sys.stdin.readline()))), sys.stdout)


if __name__ == "__main__":
    main()
