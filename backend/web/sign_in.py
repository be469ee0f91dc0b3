"""`POST /auth/sign-in` and `GET /.well-known/jwks.json`. Errors have the shape of GraphQL errors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.accounts.models import Account
from backend.db.engine import Database
from backend.errors import DomainError, InvalidInput
from backend.identity import sign_in as signing_in
from backend.identity.authentication import Authenticator
from backend.identity.errors import AccountRequired, TooManyAttempts
from backend.identity.tokens import LIFETIME_SECONDS

LONGEST_BODY = 10_000
STATUS = {"UNAUTHENTICATED": 401, "NOT_FOUND": 404, "THROTTLED": 429, "ACCOUNT_REQUIRED": 409}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def refusal(error: DomainError, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A refusal in the shape of a GraphQL error."""
    code = "BAD_USER_INPUT" if error.code == "INVALID" else error.code
    extensions = {"code": code, **error.params, **more} | ({"field": error.field} if error.field else {})
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    return answer(body, STATUS.get(code, 400), headers)


async def sign_in(request: Request) -> Response:
    """Exchange address and password for an access token of 15 minutes."""
    try:
        body = await _body(request)
        found = await signing_in.with_password(
            request.state.database,
            request.state.settings,
            email=_text(body, "email", 320),
            password=_text(body, "password", 1_000),
            account_id=_account(body),
            network_address=request.client.host if request.client else "",
        )
    except TooManyAttempts as error:
        return refusal(error, headers={"retry-after": str(error.seconds)})
    except AccountRequired as error:
        return refusal(error, accounts=await _named(request.state.database, error.accounts))
    except DomainError as error:
        return refusal(error)
    return answer(
        {
            "accessToken": found.token.text,
            "tokenType": "Bearer",
            "expiresAt": found.token.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "expiresIn": LIFETIME_SECONDS,
            "kind": found.kind.upper(),
            "accountId": found.account_id and f"acct_{found.account_id.hex}",
        }
    )


async def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidInput("Send a JSON object with content-type application/json.")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LONGEST_BODY:
            raise InvalidInput(f"The body is longer than {LONGEST_BODY} bytes.")
    try:
        body = orjson.loads(received)
    except orjson.JSONDecodeError:
        raise InvalidInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInput("Send a JSON object.")
    return body


def _text(body: dict[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > longest or "\0" in value:
        raise InvalidInput(f"{name} must be text of 1 to {longest} characters.", field=[name])
    return value


async def _named(database: Database, accounts: list[UUID]) -> list[dict[str, str]]:
    """The accounts that a person who has shown their password may choose from."""
    async with database.begin() as session:
        rows = await session.execute(
            select(Account.id, Account.name).where(Account.id.in_(accounts)).order_by(Account.name, Account.id)
        )
        return [{"id": f"acct_{row.id.hex}", "name": row.name} for row in rows]


def _account(body: dict[str, Any]) -> UUID | None:
    value = body.get("accountId")
    if value is None:
        return None
    try:
        return UUID(hex=value.removeprefix("acct_"))
    except (ValueError, AttributeError):
        raise InvalidInput("accountId must be an id such as acct_0198c0de….", field=["accountId"]) from None


async def jwks(request: Request) -> Response:
    """The public keys that verify access tokens (RFC 7517)."""
    authenticator: Authenticator = request.state.authenticator
    return Response(
        orjson.dumps(await authenticator.keys.jwks()),
        media_type="application/jwk-set+json",
        headers={"cache-control": "public, max-age=300"},
    )


ROUTES = [
    Route("/auth/sign-in", sign_in, methods=["POST"]),
    Route("/.well-known/jwks.json", jwks, methods=["GET"]),
]
