"""Sending answers: data untouched, errors with the status that their code has in the media type of the answer."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Send

from backend.graphql.http.negotiation import status
from backend.graphql.http.reading import METHODS

Headers = list[tuple[bytes, bytes]]

SIGN_IN = "Sign in, or send an API key, in the header Authorization: Bearer …."


def for_nobody(errors: list[dict[str, Any]]) -> None:
    """Say UNAUTHENTICATED where somebody who has not signed in lacks a permission."""
    for error in errors:
        if error["extensions"]["code"] == "FORBIDDEN":
            error["extensions"]["code"] = "UNAUTHENTICATED"
            error["message"] = SIGN_IN


async def send_data(send: Send, media: str, data: bytes) -> None:
    """Send the data of an operation."""
    await _send(send, 200, media, b'{"data":' + data + b"}")


async def send_errors(
    send: Send, media: str, errors: list[dict[str, Any]], request_id: str, *, code: int | None = None
) -> None:
    """Send errors without data. The status is that of the first error's code unless the request itself has one."""
    for error in errors:
        if error["extensions"]["code"] == "INTERNAL_SERVER_ERROR":
            error["extensions"]["requestId"] = request_id
    if code is None:
        code = status(errors[0]["extensions"]["code"], media)
    await _send(send, code, media, orjson.dumps({"errors": errors}, default=str))


async def _send(send: Send, code: int, media: str, body: bytes) -> None:
    headers: Headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
    ]
    if code == 405:
        headers.append((b"allow", METHODS))
    elif code == 401:
        headers.append((b"www-authenticate", b'Bearer realm="waymark"'))
    elif code in (408, 413, 415):
        headers.append((b"connection", b"close"))  # what is left of the body is not read
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
