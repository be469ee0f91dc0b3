"""Sending answers: data untouched, errors with the status that their code has in the media type of the answer."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Send

from backend.graphql.http.charging import Charge
from backend.graphql.http.negotiation import JSON, RESPONSE, status
from backend.graphql.http.reading import METHODS

Headers = list[tuple[bytes, bytes]]
TYPES = {media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (RESPONSE, JSON)}
EVERY: Headers = [(b"cache-control", b"no-store"), (b"vary", b"accept, authorization")]

SIGN_IN = "Sign in, or send an API key, in the header Authorization: Bearer …."


def for_nobody(errors: list[dict[str, Any]]) -> None:
    """Say UNAUTHENTICATED where somebody who has not signed in lacks a permission."""
    for error in errors:
        if error["extensions"]["code"] == "FORBIDDEN":
            error["extensions"]["code"] = "UNAUTHENTICATED"
            error["message"] = SIGN_IN


async def send_data(
    send: Send,
    media: str,
    data: bytes,
    charge: Charge | None,
    errors: list[dict[str, Any]] | None = None,
    request_id: str = "",
) -> None:
    """Send the data of an operation, and the errors of a mutation's fields that failed."""
    await _send(send, 200, media, result_text(data, charge, errors, request_id))


async def send_errors(
    send: Send,
    media: str,
    errors: list[dict[str, Any]],
    request_id: str,
    charge: Charge | None = None,
    *,
    code: int | None = None,
) -> None:
    """Send errors without data. The status is that of the first error's code unless the request itself has one."""
    if code is None:
        code = status(errors[0]["extensions"]["code"], media)
    retry_after = errors[0]["extensions"].get("retryAfter")
    body = result_text(None, charge, errors, request_id)
    await _send(send, code, media, body, [(b"retry-after", b"%d" % retry_after)] if retry_after else [])


def result_text(
    data: bytes | None, charge: Charge | None, errors: list[dict[str, Any]] | None = None, request_id: str = ""
) -> bytes:
    """The result of an operation as JSON: data, as the database wrote them, errors, and what was charged."""
    parts = [b'"data":' + data] if data is not None else []
    if errors:
        parts.append(b'"errors":' + errors_text(errors, request_id))
    if charge:
        parts.append(b'"extensions":{"cost":%b}' % charge.json)
    return b"{%b}" % b",".join(parts)


def errors_text(errors: list[dict[str, Any]], request_id: str) -> bytes:
    """Errors as JSON; one that is no fault of the client's says which request the log has it under."""
    for error in errors:
        if error["extensions"]["code"] == "INTERNAL_SERVER_ERROR":
            error["extensions"]["requestId"] = request_id
    return orjson.dumps(errors, default=str)


async def _send(send: Send, code: int, media: str, body: bytes, more: Headers | None = None) -> None:
    headers = [TYPES[media], (b"content-length", b"%d" % len(body)), *EVERY, *(more or ())]
    if code == 405:
        headers.append((b"allow", METHODS))
    elif code == 401:
        headers.append((b"www-authenticate", b'Bearer realm="waymark"'))
    elif code in (408, 413, 415):
        headers.append((b"connection", b"close"))  # what is left of the body is not read
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
