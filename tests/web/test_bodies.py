"""Bodies of the routes beside GraphQL: too long, too slow, and broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from structlog.testing import capture_logs

from backend.graphql.http import reading
from backend.settings import Settings
from backend.web import inbound_mail, ingest, json_requests, stripe
from tests.serving import listen

MAIL_BYTES = 50_000
FORM = "origin: http://127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded"
ROUTES = {
    "/auth/sign-in": "content-type: application/json",
    "/auth/link/open": FORM,
    "/auth/vouch": FORM,
    "/webhooks/stripe": "stripe-signature: t=1,v1=00",
    "/webhooks/mail": "webhook-id: 1",
    "/v1/batch": "content-type: application/json",
    "/graphql": "content-type: application/json",
}
"""Every way in which a body is read, with the headers by which it comes to that."""


@pytest.fixture
async def address(settings_with_valkey: Settings) -> AsyncIterator[tuple[str, int]]:
    async with listen(
        replace(settings_with_valkey, inbound_address="log@in.beacon.example", inbound_bytes=MAIL_BYTES)
    ) as base:
        parts = urlsplit(base)
        yield str(parts.hostname), int(parts.port or 0)


def head(path: str, length: int) -> bytes:
    return f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{ROUTES[path]}\r\ncontent-length: {length}\r\n\r\n".encode()


async def answer(address: tuple[str, int], sent: bytes) -> tuple[int, str]:
    """Status and body of the answer, once the server has closed the connection."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(sent)
        found = await reader.read()
        writer.close()
    start, _, body = found.partition(b"\r\n\r\n")
    return int(start.split()[1]), body.decode()


async def test_a_body_that_does_not_end_is_given_up_on_every_route(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (json_requests, inbound_mail, ingest, reading):
        monkeypatch.setattr(module, "BODY_SECONDS", 0.05)

    found = await asyncio.gather(*(answer(address, head(path, 100) + b"{") for path in ROUTES))

    assert {path: status for path, (status, _) in zip(ROUTES, found, strict=True)} == dict.fromkeys(ROUTES, 408)
    assert all("0 seconds." in body for _, body in found)
    assert orjson.loads(found[0][1]) == {
        "errors": [
            {"message": "The body did not arrive within 0 seconds.", "extensions": {"code": "BAD_USER_INPUT"}},
        ]
    }


@pytest.mark.parametrize(
    "path, most",
    [
        ("/auth/sign-in", json_requests.LONGEST_BODY),
        ("/webhooks/stripe", stripe.LONGEST_BODY),
        ("/webhooks/mail", MAIL_BYTES),
    ],
)
async def test_a_body_that_is_too_long_is_refused_with_a_code(address: tuple[str, int], path: str, most: int) -> None:
    status, body = await answer(address, head(path, most + 1) + b" " * (most + 1))

    error: dict[str, Any] = {"message": f"The body is longer than {most:,} bytes."}
    assert (status, orjson.loads(body)) == (413, {"errors": [error | {"extensions": {"code": "BAD_USER_INPUT"}}]})


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as entries:
        for path in ROUTES:
            _, writer = await asyncio.open_connection(*address)
            writer.write(head(path, 100) + b"{")
            await writer.drain()
            writer.close()
        for _ in range(500):
            if len(entries) == len(ROUTES):
                break
            await asyncio.sleep(0.01)

    assert sorted((entry["path"], entry["status"]) for entry in entries) == sorted((path, 499) for path in ROUTES)
    assert "a request failed" not in caplog.text
