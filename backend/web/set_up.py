"""`/auth/set-up`: the page behind the link that makes the first admin."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.errors import DomainError
from backend.identity import first_admin
from backend.identity.errors import LinkOver
from backend.identity.passwords import LONGEST, SHORTEST
from backend.web import cookies
from backend.web.forms import form_of, require_own_form
from backend.web.json_requests import device_of, text_in
from backend.web.pages import page, problem_line, refusal_page, signed_in_page

LONGEST_TOKEN = 100
FORM = """<p>You will run this Waymark. The link holds once.</p>
{problem}
<form method="post" action="/auth/set-up">
<input type="hidden" name="token" value="{token}">
<p><label>Name <input name="name" value="{name}" required maxlength="200" autocomplete="name"></label></p>
<p><label>E-mail
<input name="email" type="email" value="{email}" required maxlength="320" autocomplete="email"></label></p>
<p><label>Password, {shortest} characters or more
<input name="password" type="password" autocomplete="new-password" required minlength="{shortest}"
maxlength="{longest}">
</label></p>
<p><button>Set up</button></p>
</form>"""


async def show(request: Request) -> Response:
    """Ask who the first admin is."""
    token = request.query_params.get("token", "")[:LONGEST_TOKEN]
    try:
        async with request.state.database.begin() as session:
            await first_admin.check(session, token)
    except DomainError as error:
        return _refused(error)
    return _form(token)


async def set_up(request: Request) -> Response:
    """Make the first admin and sign them in. A form that cannot be used is shown again, and the link still holds."""
    settings = request.state.settings
    try:
        require_own_form(request)
        cookies.require_usable(settings)
        form = await form_of(request)
        token = text_in(form, "token", LONGEST_TOKEN)
    except DomainError as error:
        return _refused(error)
    try:
        async with request.state.database.begin() as session:
            issued = await first_admin.create(
                session,
                token,
                name=text_in(form, "name", 200),
                email=text_in(form, "email", 320),
                password=text_in(form, "password", 1_000),
                device=device_of(request),
            )
    except LinkOver as error:
        return _refused(error)
    except DomainError as error:
        return _form(token, form, error)
    return signed_in_page(settings, issued)


def _form(token: str, form: dict[str, str] | None = None, error: DomainError | None = None) -> Response:
    filled = {name: escape((form or {}).get(name, "")) for name in ("name", "email")}
    body = FORM.format(token=escape(token), problem=problem_line(error), shortest=SHORTEST, longest=LONGEST, **filled)
    return page("Set up Waymark", body, 400 if error else 200)


def _refused(error: DomainError) -> Response:
    hint = "<p><code>waymark setup-link</code> makes a new one.</p>" if isinstance(error, LinkOver) else ""
    return refusal_page(error, hint)


ROUTES = [Route("/auth/set-up", show, methods=["GET"]), Route("/auth/set-up", set_up, methods=["POST"])]
