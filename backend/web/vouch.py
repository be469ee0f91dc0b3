"""`POST /auth/vouch`: a member comes from the company's own product, which vouches for them.

As JSON it answers tokens to a program, or cookies to a page of this site. As a form, which a page of the product posts
from the member's browser, it keeps the session in cookies and sends the browser on to `then`. Only pages of an
application's origin get so far (`cross_origin.py`): any other site could sign its visitors in as somebody else.
"""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend.accounts import queries as accounts
from backend.errors import Forbidden, NotFound
from backend.identity import vouchers, vouching
from backend.identity.errors import BadOutsideToken, NotLetIn, ProviderFailed
from backend.identity.oidc import own_path
from backend.identity.sessions import Issued
from backend.outgoing import NoAnswer
from backend.web import cookies
from backend.web.forms import form_of, is_form
from backend.web.json_requests import body_of, device_of, flag_in, text_in
from backend.web.sign_in import refusing, require_own_page, signed_in

log = structlog.get_logger(__name__)


@refusing
async def vouch(request: Request) -> Response:
    """Exchange a company's token for a session of the member whom it names."""
    if is_form(request):
        return await _from_form(request)
    body = await body_of(request)
    by_cookie = flag_in(body, "cookie")
    if by_cookie:
        require_own_page(request)
    issued = await _let_in(request, text_in(body, "token", vouching.LONGEST_TOKEN))
    return signed_in(request, issued, by_cookie=by_cookie)


async def _from_form(request: Request) -> Response:
    settings = request.state.settings
    cookies.require_usable(settings)
    form = await form_of(request)
    if "origin" not in request.headers:
        raise Forbidden("A form is posted by a browser, which says from which origin.")
    issued = await _let_in(request, text_in(form, "token", vouching.LONGEST_TOKEN))
    answer = RedirectResponse(own_path(form.get("then")), status_code=303, headers={"cache-control": "no-store"})
    cookies.keep(answer, settings, issued)
    return answer


async def _let_in(request: Request, token: str) -> Issued:
    settings, database = request.state.settings, request.state.database
    issuer = vouching.issuer_of(token)
    async with database.begin() as session:
        try:
            voucher = await vouchers.voucher(session, issuer)
        except NotFound:
            raise BadOutsideToken("its issuer vouches for nobody here") from None
    try:
        claims = await vouching.verify(settings, request.state.oidc.key_sets, voucher, token)
    except NoAnswer as error:
        log.warning("keys of voucher failed", issuer=issuer, reason=str(error))
        raise ProviderFailed(issuer) from error
    async with database.begin() as session:
        try:
            account_id = await accounts.named(session, claims.account)
        except NotFound:
            raise NotLetIn("This account is not known here.") from None
        return await vouching.let_in(session, voucher, claims, account_id, device=device_of(request))


ROUTES = [Route("/auth/vouch", vouch, methods=["POST"])]
