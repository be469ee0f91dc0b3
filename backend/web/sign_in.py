"""Signing in, refreshing and signing out by JSON, and the public keys.

`POST /auth/sign-in`, `/auth/refresh`, `/auth/switch`, `/auth/sign-out`; `GET /.well-known/jwks.json`. Clients that are
programs get the tokens in the answer; a page of this site says `"cookie": true` and has the browser keep them out of
its scripts' reach.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.accounts.models import Account
from backend.db.engine import Database
from backend.errors import DomainError, Forbidden, InvalidInput
from backend.identity import sessions
from backend.identity import sign_in as signing_in
from backend.identity.authentication import Authenticator
from backend.identity.challenges import Challenge
from backend.identity.errors import AccountRequired, SecondFactorRequired, SessionOver
from backend.identity.models import SessionEnd
from backend.identity.sessions import Issued
from backend.settings import Settings
from backend.web import cookies
from backend.web.json_requests import answer, body_of, device_of, flag_in, headers_of, refusal, text_in
from backend.web.same_origin import refusal_of_cookie

LONGEST_TOKEN = 200


def refusing(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Have a handler answer the refusals that it raises."""

    @wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except AccountRequired as error:
            return refusal(error, accounts=await _named(request.state.database, error.accounts))
        except DomainError as error:
            return refusal(error)

    return handle


@refusing
async def sign_in(request: Request) -> Response:
    """Exchange address and password for a session."""
    body = await body_of(request)
    by_cookie = flag_in(body, "cookie")
    if by_cookie:
        require_own_page(request)
    issued = await signing_in.with_password(
        request.state.database,
        request.state.settings,
        email=text_in(body, "email", 320),
        password=text_in(body, "password", 1_000),
        account_id=account_in(body),
        device=device_of(request),
    )
    return signed_in(request, issued, by_cookie=by_cookie)


@refusing
async def refresh(request: Request) -> Response:
    """Exchange a refresh token, of the body or of the cookie, for new tokens of the same session."""
    body = await body_of(request)
    text, by_cookie = _refresh_token(request, body)
    if text is None:
        raise SessionOver
    try:
        issued = await sessions.refresh(request.state.database, request.state.settings, text)
    except SessionOver as error:
        refused = refusal(error)
        if by_cookie:
            cookies.forget(refused, request.state.settings)
        return refused
    return signed_in(request, issued, by_cookie=by_cookie)


@refusing
async def switch(request: Request) -> Response:
    """Exchange a refresh token, of the body or of the cookie, for a session of another account of the same person."""
    body = await body_of(request)
    account_id = account_in(body)
    if account_id is None:
        raise InvalidInput("accountId must name the account to switch to.", field=["accountId"])
    text, by_cookie = _refresh_token(request, body)
    if text is None:
        raise SessionOver
    # Where the session is over the cookies stay: another tab may have switched, and the browser has newer ones by now.
    issued = await sessions.switch(
        request.state.database, request.state.settings, text, account_id, device=device_of(request)
    )
    return signed_in(request, issued, by_cookie=by_cookie)


@refusing
async def sign_out(request: Request) -> Response:
    """End the session of a refresh token or of the credential; with `"everywhere": true` all of that person's."""
    body = await body_of(request)
    is_everywhere = flag_in(body, "everywhere")
    text, _ = _refresh_token(request, body)
    database: Database = request.state.database
    whose = await _signed_in_as(request) if text is None else None
    async with database.begin() as session:
        if text is not None:
            whose = await sessions.whose(session, text)
        if whose is not None and is_everywhere:
            await sessions.end_all(session, whose[0], SessionEnd.SIGNED_OUT)
        elif whose is not None:
            await sessions.end(session, *whose, SessionEnd.SIGNED_OUT)
    left = Response(status_code=204, headers={"cache-control": "no-store"})
    cookies.forget(left, request.state.settings)
    return left


async def _signed_in_as(request: Request) -> tuple[UUID, UUID] | None:
    """The person and the session of the header `Authorization`. Raises BadCredential."""
    authenticator: Authenticator = request.state.authenticator
    viewer = await authenticator.viewer(request.headers.get("authorization"))
    if viewer is None or viewer.person_id is None or viewer.session_id is None:
        return None
    return viewer.person_id, viewer.session_id


def require_own_page(request: Request) -> None:
    """Raise Forbidden unless a page of this very site sent the request."""
    reason = refusal_of_cookie(request.method, headers_of(request))
    if reason is not None:
        raise Forbidden(reason)


def signed_in(request: Request, issued: Issued | Challenge, *, by_cookie: bool) -> Response:
    """Answer with a session: its tokens, or cookies in their place; or with the challenge that comes before it."""
    if isinstance(issued, Challenge):
        return refusal(SecondFactorRequired(issued.text, issued.seconds))
    settings: Settings = request.state.settings
    told: dict[str, Any] = {
        "expiresAt": _written(issued.access.expires_at),
        "expiresIn": issued.access.seconds,
        "sessionExpiresAt": _written(issued.expires_at),
        "kind": issued.kind.upper(),
        "accountId": issued.account_id and f"acct_{issued.account_id.hex}",
        "personId": f"prsn_{issued.person_id.hex}",
    }
    if not by_cookie:
        return answer(
            {"accessToken": issued.access.text, "tokenType": "Bearer", "refreshToken": issued.refresh, **told}
        )
    made = answer(told)
    cookies.keep(made, settings, issued)
    return made


def _written(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _refresh_token(request: Request, body: dict[str, Any]) -> tuple[str | None, bool]:
    """The refresh token of the body, else that of the cookie; whether it is the cookie's. Raises Forbidden."""
    if "refreshToken" in body:
        return text_in(body, "refreshToken", LONGEST_TOKEN), False
    found = cookies.read(request.state.settings, headers_of(request)).refresh
    if found is not None:
        require_own_page(request)
    return found, found is not None


async def _named(database: Database, accounts: list[UUID]) -> list[dict[str, str]]:
    """The accounts that a person who has shown who they are may choose from."""
    async with database.begin() as session:
        rows = await session.execute(
            select(Account.id, Account.name).where(Account.id.in_(accounts)).order_by(Account.name, Account.id)
        )
        return [{"id": f"acct_{row.id.hex}", "name": row.name} for row in rows]


def account_in(body: Mapping[str, Any]) -> UUID | None:
    """The account that is named. Raises InvalidInput for what is no id of one."""
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
    Route("/auth/refresh", refresh, methods=["POST"]),
    Route("/auth/switch", switch, methods=["POST"]),
    Route("/auth/sign-out", sign_out, methods=["POST"]),
    Route("/.well-known/jwks.json", jwks, methods=["GET"]),
]
