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
BODY_SECONDS = 10.0
"""How long a client may take to send a body."""
STATUS = {
    "UNAUTHENTICATED": 401,
    "VIEW_OVER": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "ACCOUNT_REQUIRED": 409,
    "SECOND_FACTOR_REQUIRED": 409,
    "SECOND_FACTOR_UNREADABLE": 409,
    "WRONG_CODE": 401,
    "THROTTLED": 429,
    "PROVIDER_FAILED": 502,
}


class Unreceived(InvalidInput):
    """The body is too long, or did not arrive in time. What was not read of it is never read."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


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
    return answer(body, status_of(error), told_beside(error))


def told_beside(error: DomainError) -> dict[str, str]:
    """The headers of a refusal: when to try again, and that nothing more of an unread body is read."""
    if isinstance(error, TooManyAttempts):
        return {"retry-after": str(error.seconds)}
    return {"connection": "close"} if isinstance(error, Unreceived) else {}


def status_of(error: DomainError) -> int:
    """The status that a refusal is answered with."""
    return error.status if isinstance(error, Unreceived) else STATUS.get(error.code, 400)


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


async def received(request: Request, longest: int = LONGEST_BODY, seconds: float | None = None) -> bytes:
    """The body. Raises Unreceived, and ClientDisconnect, which `Faults` knows."""
    most = BODY_SECONDS if seconds is None else seconds
    found = bytearray()
    try:
        with request.state.patience.limit(most):
            async for chunk in request.stream():
                found += chunk
                if len(found) > longest:
                    raise Unreceived(f"The body is longer than {longest:,} bytes.", 413)
    except TimeoutError:
        raise Unreceived(f"The body did not arrive within {most:.0f} seconds.", 408) from None
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
