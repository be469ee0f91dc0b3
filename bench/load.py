"""The load generator: `python -m bench.load`, an order as JSON on its input, what it saw as JSON on its output.

It speaks just enough HTTP/1.1 to cost little, for it shares the machine with what it measures: kept connections, a
fixed number of requests, bodies read by their length.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from typing import Any

import uvloop

LONGEST_SECONDS = 900.0


class Generator:
    """Requests in turn over some connections, until the count is reached."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._port: int = order["port"]
        self._left: int = order["count"]
        self._requests = [_request(order["path"], key, body) for key, body in order["requests"]]
        self._connections: int = order["connections"]
        self.statuses: Counter[str] = Counter()
        self.bytes = 0
        self.times: list[float] = []

    async def run(self) -> dict[str, Any]:
        """Send everything."""
        started = time.perf_counter()
        async with asyncio.timeout(LONGEST_SECONDS):
            await asyncio.gather(*(self._connection() for _ in range(self._connections)))
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "statuses": self.statuses,
            "bytes": self.bytes,
            "median_ms": statistics.median(self.times) * 1000,
            "p95_ms": statistics.quantiles(self.times, n=20)[-1] * 1000,
        }

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=4_000_000)
        while self._left > 0:
            self._left -= 1
            started = time.perf_counter()
            writer.write(self._requests[self._left % len(self._requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            self.bytes += len(await reader.readexactly(length))
            self.times.append(time.perf_counter() - started)
            self.statuses[head.split(b" ", 2)[1].decode()] += 1
        writer.close()


def _request(path: str, authorization: str, body: str) -> bytes:
    content = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def main() -> None:
    """Read the order, send it, print what was seen."""
    seen = uvloop.run(Generator(json.load(sys.stdin)).run())
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
