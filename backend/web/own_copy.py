"""`POST /auth/own-copy`: what is held about whoever is signed in, as one JSON file.

By a bearer token or by the cookie, and with `currentPassword`; who has none leaves it out, within 15 minutes of signing
in. docs/operations.md says what is in the file.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from backend.erasure import oneself
from backend.identity.passwords import LONGEST
from backend.web.json_requests import body_of, text_in
from backend.web.sign_in import refusing
from backend.web.signed_in import viewer_of

HEADERS = {"content-disposition": 'attachment; filename="what-is-held-about-me.json"', "cache-control": "no-store"}


@refusing
async def own_copy(request: Request) -> Response:
    """Hand out the copy, as it is read."""
    body = await body_of(request)
    password = text_in(body, "currentPassword", LONGEST) if body.get("currentPassword") is not None else None
    viewer = await viewer_of(request, otherwise="Sign in to have a copy of what is held about you.")
    database = request.state.database
    await oneself.allow_copy(database, viewer, password)
    return StreamingResponse(oneself.copy(database, viewer), media_type="application/json", headers=HEADERS)


ROUTES = [Route("/auth/own-copy", own_copy, methods=["POST"])]
