"""Clients on a real socket that send too much, too little, too slowly, read too slowly, or go away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from backend.graphql.http import reading, view
from backend.graphql.http.reading import LONGEST_BODY, MOST_DISCARDED
from backend.graphql.planner import Outcome, Planner
from backend.web import connection, slow_readers
from tests.graphql.test_http import sleeps, until
from tests.graphql.world import World
from tests.serving import listen

PATIENCE_SECONDS = 10
LARGE = 30_000_000
"""More bytes than the sockets of both sides hold."""


@pytest.fixture
async def address(world: World) -> AsyncIterator[tuple[str, int]]:
    async with listen(world.settings) as base:
        parts = urlsplit(base)
        yield str(parts.hostname), int(parts.port or 0)


def request(world: World, body: bytes = b'{"query": "{ viewer { kind } }"}', length: int | None = None) -> bytes:
    return (
        b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
    ) % (world.credential("acme").encode(), len(body) if length is None else length, body)


async def answers(address: tuple[str, int], *parts: bytes) -> tuple[int, Any]:
    """Status and body of what is answered to some bytes before the server closes; (0, None) for nothing at all."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.read()
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]), orjson.loads(body)) if answer else (0, None)


def refusal(message: str) -> Any:
    return {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


TOO_LONG = "The address and the headers are longer than 32,768 bytes."


@pytest.mark.parametrize(
    "sent",
    [
        [b"GET /graphql HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000],
        [b"GET /graphql HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000 + b"\r\n\r\n"],
        [b"GET /graphql HTTP/1.1\r\nhost: x\r\n", *[b"x-%d: y\r\n" % number for number in range(5_000)], b"\r\n"],
        [b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"],
        [b"GET /" + b"a" * 40_000],
    ],
    ids=["one header without an end", "one header", "many headers", "an address", "an address without an end"],
)
async def test_a_head_that_is_too_long_is_refused(address: tuple[str, int], sent: list[bytes]) -> None:
    assert await answers(address, b"".join(sent)) == (431, refusal(TOO_LONG))


async def test_what_is_no_request_is_refused(address: tuple[str, int]) -> None:
    assert await answers(address, b"\x16\x03\x01 hello\r\n\r\n") == (400, refusal("This is no HTTP request."))


async def test_headers_that_do_not_end_are_given_up(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)

    late = refusal("The headers did not arrive within 0 seconds.")
    assert await answers(address, b"POST /graphql HTTP/1.1\r\nhost:") == (408, late)
    assert await answers(address) == (0, None)


async def test_a_second_request_whose_headers_do_not_end_is_given_up(
    world: World, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    async with asyncio.timeout(PATIENCE_SECONDS):
        writer.write(request(world))
        first = await reader.readuntil(b"}}}")
        monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
        writer.write(b"\r\n")
        rest = await reader.read()
    writer.close()

    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 200 " not in rest


@pytest.mark.parametrize("sent", [b"", b'{"query": "{ __ty'])
async def test_a_body_that_does_not_end_is_given_up(
    world: World, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)

    found = await answers(address, request(world, sent, length=100))

    assert found == (408, refusal("The body did not arrive within 0 seconds."))


@pytest.mark.parametrize("size", [LONGEST_BODY + 1, MOST_DISCARDED])
async def test_who_sends_too_much_reads_why(world: World, address: tuple[str, int], size: int) -> None:
    sent = request(world, b" " * size).replace(b"host:", b"connection: close\r\nhost:")
    parts = [sent[start : start + 50_000] for start in range(0, len(sent), 50_000)]

    found = await answers(address, *parts)

    assert found == (413, refusal("The body is longer than 102,400 bytes."))


async def test_a_body_far_beyond_the_limit_is_refused_by_its_length(world: World, address: tuple[str, int]) -> None:
    found = await answers(address, request(world, b"", length=MOST_DISCARDED + 1))

    assert found == (413, refusal("The body is longer than 102,400 bytes."))


async def test_a_body_that_breaks_off_is_answered_to_nobody(world: World, address: tuple[str, int]) -> None:
    _, writer = await asyncio.open_connection(*address)
    writer.write(request(world, b'{"query": "{ __ty', length=100))
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    found = await answers(address, request(world).replace(b"host:", b"connection: close\r\nhost:"))

    assert (found[0], found[1]["data"]) == (200, {"viewer": {"kind": "MEMBER"}})


async def test_a_client_that_does_not_read_its_answer_loses_its_connection(
    world: World, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_readers, "LOOK_SECONDS", 0.05)

    async def large(*_: Any) -> Outcome:
        return Outcome(b'"' + b"x" * LARGE + b'"')

    lost = asyncio.Event()
    real: Any = connection.Connection.connection_lost

    def lose(self: connection.Connection, exc: Exception | None) -> None:
        lost.set()
        real(self, exc)

    monkeypatch.setattr(Planner, "run", large)
    monkeypatch.setattr(connection.Connection, "connection_lost", lose)
    _, writer = await asyncio.open_connection(*address, limit=1_000)
    writer.write(request(world))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await lost.wait()

    writer.close()


async def test_a_client_that_closes_its_socket_stops_its_statement(
    world: World, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Planner, "run", sleeps)
    monkeypatch.setattr(view, "WATCHED_AFTER_SECONDS", 0.0)
    _, writer = await asyncio.open_connection(*address)
    writer.write(request(world))
    await until(world, 1)

    writer.close()

    await until(world, 0)
