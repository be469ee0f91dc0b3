"""One pipelined connection that runs one Lua script, for what every request asks of Valkey.

A general client costs three times the processor time of such a question (measured: 190 against 60 microseconds). This
one writes the question at once and gives a future; answers come in the order of the questions. It never waits for a
Valkey that is away: then there is no future, and the connection is made again in the background.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any, cast

import structlog
from redis.asyncio.connection import SSLConnection, parse_url

log = structlog.get_logger("waymark.valkey")

ANSWER_SECONDS = 0.25
"""A Valkey that takes longer counts as away, so that no request waits longer for it."""
CONNECT_SECONDS = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts to connect again."""


class Away(Exception):
    """Valkey did not answer."""


class Line:
    """Runs one script. `open` it once; `run` may be called at any time on the same event loop."""

    def __init__(self, url: str, script: str) -> None:
        self._url = url
        self._script = script.encode()
        self._run = b"EVALSHA", sha1(self._script, usedforsecurity=False).hexdigest().encode()
        self._connection: _Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._pause = 0.0
        self._is_open = True

    async def open(self) -> None:
        """Try to connect, for a second at most. Raises nothing: what cannot be reached now may be reached later."""
        self._connect()
        if self._connecting is not None:
            await self._connecting

    def run(self, keys: Sequence[str], arguments: Sequence[int]) -> asyncio.Future[bytes] | None:
        """Ask at once; the future gives the script's answer or raises Away. None where there is no connection."""
        if self._connection is None or self._connection.is_lost:
            self._connect()
            return None
        words = [*self._run, b"%d" % len(keys), *[key.encode() for key in keys], *[b"%d" % n for n in arguments]]
        return self._connection.ask(*words)

    async def close(self) -> None:
        """Close the connection."""
        self._is_open = False
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        if self._connection is not None:
            self._connection.drop()

    def _connect(self) -> None:
        if self._is_open and (self._connecting is None or self._connecting.done()):
            self._connecting = asyncio.create_task(self._try_to_connect())

    async def _try_to_connect(self) -> None:
        if self._pause:
            await asyncio.sleep(self._pause)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._connection = await self._connected()
            self._pause = 0.0
        except (OSError, TimeoutError, Away) as error:
            if not self._pause:  # once an outage
                log.warning("away", error=type(error).__name__)
            self._pause = min(max(2 * self._pause, SHORTEST_PAUSE), LONGEST_PAUSE)

    async def _connected(self) -> _Connection:
        options: dict[str, Any] = dict(parse_url(self._url))
        loop = asyncio.get_running_loop()
        if "path" in options:
            _, made = await loop.create_unix_connection(_Connection, options["path"])
        else:
            kind = options.pop("connection_class", None)
            tls = SSLConnection(**options).ssl_context.get() if kind is SSLConnection else None
            host, port = options.get("host", "localhost"), options.get("port", 6379)
            _, made = await loop.create_connection(_Connection, host, port, ssl=tls)
        try:
            if options.get("password"):
                who = [options["username"].encode()] if options.get("username") else []
                await made.ask(b"AUTH", *who, options["password"].encode())
            if options.get("db"):
                await made.ask(b"SELECT", str(options["db"]).encode())
            await made.ask(b"SCRIPT", b"LOAD", self._script)
        except BaseException:
            made.drop()
            raise
        return made


class _Connection(asyncio.Protocol):
    """Questions in the serialization protocol of Redis, answered in order; any error ends the connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[asyncio.Future[bytes], float]] = deque()
        self._buffer = b""
        self._unsent: list[bytes] = []
        """Questions of this turn of the event loop, which leave in one write: each write costs more than a question."""
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance

    def ask(self, *words: bytes) -> asyncio.Future[bytes]:
        """Send a command. The future gives its answer, or raises Away."""
        future: asyncio.Future[bytes] = self._loop.create_future()
        if self._transport is None or self.is_lost:
            future.set_exception(Away())
            return future
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(b"*%d\r\n" % len(words))
        self._unsent += [b"$%d\r\n%b\r\n" % (len(w), w) for w in words]
        self._waiting.append((future, self._loop.time()))
        if self._watch is None:
            self._watch = self._loop.call_later(ANSWER_SECONDS, self._look)
        return future

    def _send(self) -> None:
        if self._transport is not None and not self.is_lost:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def data_received(self, data: bytes) -> None:
        """Hand whole answers to those who wait."""
        buffer = self._buffer + data if self._buffer else data
        start = 0
        while (end := buffer.find(b"\r\n", start)) >= 0:
            kind, answer = buffer[start : start + 1], buffer[start + 1 : end]
            after = end + 2
            if kind == b"$":
                after += int(answer) + 2
                if len(buffer) < after:
                    break
                answer = buffer[end + 2 : after - 2]
            elif kind not in (b"+", b":"):
                log.warning("refused", answer=answer.decode(errors="replace"))
                self.drop()
                return
            start = after
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_result(answer)
        self._buffer = buffer[start:]

    def _look(self) -> None:
        """Give up on a connection whose oldest question has waited too long."""
        self._watch = None
        if self._waiting:
            left = self._waiting[0][1] + ANSWER_SECONDS - self._loop.time()
            if left <= 0:
                self.drop()
            else:
                self._watch = self._loop.call_later(left, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self.drop()

    def drop(self) -> None:
        """End the connection; whoever waits is told that Valkey is away."""
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(Away())
                future.exception()  # a question whose asker has gone is no fault
