"""Who is signed in, for routes beside GraphQL."""

from __future__ import annotations

from starlette.requests import Request

from backend.errors import NotSignedIn
from backend.identity.authentication import Authenticator
from backend.identity.errors import AccessRunOut
from backend.viewer import Viewer
from backend.web import cookies
from backend.web.json_requests import headers_of
from backend.web.sign_in import require_own_page


async def viewer_of(request: Request, *, otherwise: str) -> Viewer:
    """Who asks, by a bearer token or by the cookie. Raises NotSignedIn, which says `otherwise`, and Forbidden."""
    authenticator: Authenticator = request.state.authenticator
    viewer = await authenticator.viewer(request.headers.get("authorization"))
    if viewer is not None:
        return viewer
    found = cookies.read(request.state.settings, headers_of(request))
    if found.access is None and found.refresh is None:
        raise NotSignedIn(otherwise)
    require_own_page(request)
    if found.access is None:
        raise AccessRunOut
    return await authenticator.holder(found.access)
