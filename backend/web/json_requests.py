"""JSON in and out of the routes beside GraphQL. Errors have the shape of GraphQL errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import DomainError, InvalidInput
from backend.identity.errors import TooManyAttempts
from backend.identity.sessions import Device

LONGEST_BODY = 10_000
STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "ACCOUNT_REQUIRED": 409,
    "SECOND_FACTOR_REQUIRED": 409,
    "SECOND_FACTOR_UNREADABLE": 409,
    "WRONG_CODE": 401,
    "THROTTLED": 429,
    "PROVIDER_FAILED": 502,
}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def refusal(error: DomainError, **more: Any) -> Response:
    """A refusal in the shape of a GraphQL error."""
    code = "BAD_USER_INPUT" if error.code == "INVALID" else error.code
    extensions = {"code": code, **error.params, **more} | ({"field": error.field} if error.field else {})
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    headers = {"retry-after": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}
    return answer(body, STATUS.get(code, 400), headers)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises InvalidInput for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidInput("Send a JSON object with content-type application/json.")
    try:
        body = orjson.loads(await received(request))
    except orjson.JSONDecodeError:
        raise InvalidInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInput("Send a JSON object.")
    return body


async def received(request: Request) -> bytes:
    """The body. Raises InvalidInput for one that is too long."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LONGEST_BODY:
            raise InvalidInput(f"The body is longer than {LONGEST_BODY} bytes.")
    return bytes(found)


def text_in(body: Mapping[str, Any], name: str, longest: int) -> str:
    """A text of the body. Raises InvalidInput where it is missing, empty, too long or no text."""
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > longest or "\0" in value:
        raise InvalidInput(f"{name} must be text of 1 to {longest} characters.", field=[name])
    return value


def flag_in(body: Mapping[str, Any], name: str) -> bool:
    """A boolean of the body, false where it is missing. Raises InvalidInput for anything else."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} must be true or false.", field=[name])
    return value


def device_of(request: Request) -> Device:
    """From where the request comes."""
    return Device(request.headers.get("user-agent", ""), request.client.host if request.client else "")


def headers_of(request: Request) -> dict[bytes, str]:
    """The headers as `same_origin` reads them."""
    return {name: value.decode("latin-1") for name, value in request.scope["headers"]}
