"""`POST /auth/second-factor`: the code that follows a password or a mailed link where two-factor is on.

With JSON for front ends; with a form for the page behind a mailed link, which counts from this site's own page alone.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.errors import DomainError
from backend.identity import challenges
from backend.identity.errors import WrongCode
from backend.identity.sessions import Issued
from backend.web import cookies
from backend.web.forms import form_of, is_form, require_own_form
from backend.web.json_requests import STATUS, body_of, device_of, flag_in, text_in
from backend.web.pages import page, problem_line, refusal_page, signed_in_page
from backend.web.sign_in import refusing, require_own_page, signed_in

LONGEST_CHALLENGE, LONGEST_CODE = 100, 100
FORM = """<p>Your sign-ins need a code.</p>
{problem}
<form method="post" action="/auth/second-factor">
<input type="hidden" name="challenge" value="{challenge}">
<p><label>Code of your authenticator app, or a recovery code
<input name="code" required maxlength="{longest}" autocomplete="one-time-code" autocapitalize="none" autofocus>
</label></p>
<p><button>Sign in</button></p>
</form>"""


async def answer(request: Request) -> Response:
    """Sign in by a challenge and a code."""
    return await (_by_form if is_form(request) else _by_json)(request)


@refusing
async def _by_json(request: Request) -> Response:
    body = await body_of(request)
    by_cookie = flag_in(body, "cookie")
    if by_cookie:
        require_own_page(request)
        cookies.require_usable(request.state.settings)
    return signed_in(request, await _issued(request, body), by_cookie=by_cookie)


async def _by_form(request: Request) -> Response:
    form: dict[str, str] = {}
    try:
        require_own_form(request)
        cookies.require_usable(request.state.settings)
        form = await form_of(request)
        issued = await _issued(request, form)
    except WrongCode as error:
        return code_page(form["challenge"], error)
    except DomainError as error:
        return refusal_page(error)
    return signed_in_page(request.state.settings, issued)


async def _issued(request: Request, fields: dict[str, str]) -> Issued:
    return await challenges.answer(
        request.state.database,
        request.state.settings,
        text_in(fields, "challenge", LONGEST_CHALLENGE),
        code=text_in(fields, "code", LONGEST_CODE),
        device=device_of(request),
    )


def code_page(challenge: str, error: WrongCode | None = None) -> Response:
    """The page that asks for a code, again where the last one was wrong."""
    body = FORM.format(challenge=escape(challenge), problem=problem_line(error), longest=LONGEST_CODE)
    return page("Sign in", body, STATUS[error.code] if error else 200)


ROUTES = [Route("/auth/second-factor", answer, methods=["POST"])]
