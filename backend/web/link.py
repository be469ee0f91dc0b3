"""Mailed links: `POST /auth/link` has one mailed, `GET` shows what it would do, `POST /auth/link/open` does it.

Opening is a POST, since programs that scan mail get every link. A page of another site cannot post it unasked, which
would sign its visitors in as somebody else: the form counts from this site's own page alone.
"""

from __future__ import annotations

from html import escape
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.accounts.models import Account
from backend.errors import DomainError
from backend.identity import links
from backend.identity.challenges import Challenge
from backend.identity.links import Shown
from backend.identity.models import LinkPurpose, Organization
from backend.web import cookies
from backend.web.forms import form_of, is_form, require_own_form
from backend.web.json_requests import answer, body_of, device_of, flag_in, text_in
from backend.web.pages import page, refusal_page, signed_in_page
from backend.web.second_factor import code_page
from backend.web.sign_in import account_in, refusing, require_own_page, signed_in

LONGEST_TOKEN = 100
ANSWER = "If somebody who may sign in has this address, a link is on its way to it."


@refusing
async def ask(request: Request) -> Response:
    """Have a link mailed. The answer, and what it takes, is the same for every address."""
    body = await body_of(request)
    email = text_in(body, "email", 320)
    await links.ask(request.state.database, request.state.settings, email=email, device=device_of(request))
    return answer({"message": ANSWER}, 202)


async def show(request: Request) -> Response:
    """The page behind a link: what it would do, and a button. Looking at it changes nothing."""
    token = request.query_params.get("token", "")[:LONGEST_TOKEN]
    try:
        async with request.state.database.begin() as session:
            shown = await links.look(session, token)
            names: dict[UUID | None, str] = {None: await session.scalar(select(Organization.name)) or "Waymark"}
            rows = await session.execute(
                select(Account.id, Account.name).where(Account.id.in_(filter(None, shown.places)))
            )
            names |= {row.id: row.name for row in rows}
    except DomainError as error:
        return refusal_page(error)
    return page("Sign in", _buttons(shown, names, token))


def _buttons(shown: Shown, names: dict[UUID | None, str], token: str) -> str:
    does = "Join" if shown.purpose is LinkPurpose.INVITATION else "Sign in to"
    buttons = "".join(
        f'<p><button name="accountId" value="{f"acct_{place.hex}" if place else ""}">'
        f"{does} {escape(names[place])}{'' if place else ' (staff)'}</button></p>"
        for place in sorted(shown.places, key=lambda place: (place is not None, names[place], str(place)))
    )
    return (
        f"<p>As {escape(shown.email)}. The link holds once.</p>"
        f'<form method="post" action="/auth/link/open"><input type="hidden" name="token" value="{escape(token)}">'
        f"{buttons}</form>"
    )


async def open_(request: Request) -> Response:
    """Sign in by a link: with a form for a browser, with JSON for a front end of one's own."""
    if not is_form(request):
        return await _open_by_json(request)
    try:
        require_own_form(request)
        cookies.require_usable(request.state.settings)
        form = await form_of(request)
        async with request.state.database.begin() as session:
            issued = await links.use(
                session,
                text_in(form, "token", LONGEST_TOKEN),
                account_id=account_in({"accountId": form.get("accountId") or None}),
                device=device_of(request),
            )
    except DomainError as error:
        return refusal_page(error)
    if isinstance(issued, Challenge):
        return code_page(issued.text)
    return signed_in_page(request.state.settings, issued)


@refusing
async def _open_by_json(request: Request) -> Response:
    body = await body_of(request)
    by_cookie = flag_in(body, "cookie")
    if by_cookie:
        require_own_page(request)
        cookies.require_usable(request.state.settings)
    async with request.state.database.begin() as session:
        issued = await links.use(
            session, text_in(body, "token", LONGEST_TOKEN), account_id=account_in(body), device=device_of(request)
        )
    return signed_in(request, issued, by_cookie=by_cookie)


ROUTES = [
    Route("/auth/link", ask, methods=["POST"]),
    Route("/auth/link", show, methods=["GET"]),
    Route("/auth/link/open", open_, methods=["POST"]),
]
