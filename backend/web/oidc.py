"""`/auth/oidc/{provider}/login` and `…/callback`: from where browsers of staff leave and to where they come back."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend.errors import DomainError
from backend.identity import oidc, outside_staff, sessions
from backend.identity.errors import BadOutsideToken, NotLetIn, ProviderFailed
from backend.identity.models import OidcProvider, SignInMethod
from backend.outgoing import NoAnswer
from backend.sealing import SealError
from backend.web import cookies
from backend.web.json_requests import device_of, headers_of, refusal
from backend.web.sign_in import refusing

LONGEST_PARAMETER = 4_000
log = structlog.get_logger(__name__)


@refusing
async def login(request: Request) -> Response:
    """Send the browser to the provider; `then` is the path of this site's own to go on with."""
    settings = request.state.settings
    provider = await _provider(request)
    cookies.require_usable(settings)
    try:
        url, journey = await oidc.begin(settings, request.state.oidc, provider, request.query_params.get("then"))
    except NoAnswer as error:
        raise _failed(provider, error) from error
    answer = _redirect(url)
    cookies.keep_journey(answer, settings, journey, oidc.LONGEST_JOURNEY_SECONDS)
    return answer


async def callback(request: Request) -> Response:
    """Take the browser back, and begin a session of whom the provider names."""
    try:
        answer = await _finish(request)
    except DomainError as error:
        answer = refusal(error)
    cookies.forget_journey(answer, request.state.settings)
    return answer


async def _finish(request: Request) -> Response:
    settings, said = request.state.settings, request.query_params
    provider = await _provider(request)
    carried = cookies.journey(settings, headers_of(request))
    journey = oidc.journey_of(settings, provider.key, carried, said.get("state"))
    if "error" in said:
        raise NotLetIn(f"{provider.name} did not sign you in. Begin again, or ask an administrator.")
    code = said.get("code", "")
    if not code or len(code) > LONGEST_PARAMETER:
        raise NotLetIn(f"The answer of {provider.name} has no code. Begin again.")
    try:
        claims = await oidc.finish(settings, request.state.oidc, provider, journey, code=code, issuer=said.get("iss"))
    except (NoAnswer, BadOutsideToken, SealError) as error:
        raise _failed(provider, error) from error
    async with request.state.database.begin() as session:
        person_id = await outside_staff.person_of(session, provider, claims)
        issued = await sessions.start(session, person_id, None, how=SignInMethod.OIDC, device=device_of(request))
    answer = _redirect(journey.then)
    cookies.keep(answer, settings, issued)
    return answer


def _redirect(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers={"cache-control": "no-store"})


async def _provider(request: Request) -> OidcProvider:
    async with request.state.database.begin() as session:
        return await outside_staff.provider(session, request.path_params["provider"])


def _failed(provider: OidcProvider, error: Exception) -> ProviderFailed:
    """What the visitor is told; the log has the reason, which tells of the deployment."""
    log.warning("oidc provider failed", provider=provider.key, reason=str(error))
    return ProviderFailed(provider.name)


ROUTES = [
    Route("/auth/oidc/{provider}/login", login, methods=["GET"]),
    Route("/auth/oidc/{provider}/callback", callback, methods=["GET"]),
]
