"""Noting a contact as one plain handler around the same service function, answered by hand-written SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.engagement import service
from backend.engagement.models import TouchpointKind
from backend.errors import DomainError
from backend.graphql.http.buckets import bucket_of
from backend.identity.errors import BadCredential
from bench.rivals.application import application

POINTS = 20
"""What each change takes from the caller's bucket."""
ANSWER = text("""
select json_build_object('logTouchpoint', json_build_object('touchpoint', (
    select json_build_object('id', 'touch_' || translate(t.id::text, '-', ''), 'kind', t.kind, 'summary', t.summary,
                             'occurredAt', t.occurred_at, 'account', (
        select json_build_object('name', a.name, 'internal', (
            select json_build_object('lastTouchAt', i.last_touch_at)
            from account_internals i where i.account_id = a.id))
        from accounts a where a.id = t.account_id))
    from touchpoints t where t.id = :id), 'userErrors', '[]'::json))::text
""")


async def log_touchpoint(request: Request) -> Response:
    """Note a contact and tell it back."""
    state = request.state
    try:
        viewer = await state.authenticator.viewer(request.headers.get("authorization"))
    except BadCredential:
        viewer = None
    if viewer is None:
        return Response(status_code=401)
    if not (viewer.allows("accounts:write") and viewer.allows("accounts:internal") and viewer.allows("accounts:read")):
        return Response(status_code=403)
    given: dict[str, Any] = orjson.loads(await request.body())["variables"]["input"]
    own = [bucket_of(viewer, request.client.host if request.client else "", state.settings)]
    if not (await state.buckets.take(own, POINTS)).fits:
        return Response(status_code=429)
    try:
        async with state.database.begin(
            viewer.kind, account_id=viewer.account_id, person_id=viewer.person_id
        ) as session:
            made = await service.log_touchpoint(
                session,
                viewer,
                account_id=UUID(hex=given["accountId"].removeprefix("acct_")),
                kind=TouchpointKind(given["kind"]),
                summary=given["summary"],
                occurred_at=datetime.fromisoformat(given["occurredAt"]),
            )
            answer = (await session.execute(ANSWER, {"id": made})).scalar_one()
    except DomainError as error:
        return Response(error.message, status_code=422)
    return Response(b'{"data":' + answer.encode() + b"}", media_type="application/json")


def create_app() -> Starlette:
    """The application."""
    return application(Route("/graphql", log_touchpoint, methods=["POST"]))
