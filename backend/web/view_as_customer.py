"""Viewing as a customer, beside GraphQL: letting a view go on, and keeping it from whatever `/auth/` changes.

`POST /auth/view/renew`, by whoever opened it. With the header `Waymark-View` everything below `/auth/` is refused but
this and refreshing: it would change the staff's own session, where a page shows a customer's.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.db.engine import Database
from backend.errors import Forbidden
from backend.identity import customer_view
from backend.web.json_requests import answer, body_of, refusal, text_in
from backend.web.sign_in import refusing
from backend.web.signed_in import viewer_of

RENEW = "/auth/view/renew"
OPEN = frozenset({RENEW, "/auth/refresh"})


class ReadOnlyViews:
    """Pure ASGI middleware: who views as a customer changes nothing below `/auth/`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] == "http"
            and scope["path"].startswith("/auth/")
            and scope["path"] not in OPEN
            and any(name == customer_view.HEADER for name, _ in scope["headers"])
        ):
            await refusal(Forbidden(customer_view.READ_ONLY))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@refusing
async def renew(request: Request) -> Response:
    """Let a view go on for another quarter of an hour."""
    body = await body_of(request)
    viewer = await viewer_of(request, otherwise="Sign in, and open the view again.")
    database: Database = request.state.database
    async with database.begin("staff", person_id=viewer.person_id) as session:
        opened = await customer_view.renew(session, viewer, text_in(body, "token", customer_view.LONGEST))
    return answer({"token": opened.text, "expiresAt": opened.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")})


ROUTES = [Route(RENEW, renew, methods=["POST"])]
