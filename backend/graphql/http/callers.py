"""Who asks, and through which application: what a request may spend and send follows from both."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.types import Scope

from backend.applications.models import PORTAL
from backend.applications.registry import Known, Registry
from backend.errors import Forbidden, NotSignedIn
from backend.graphql.http.buckets import SECONDS_WORTH, Bucket, bucket_of
from backend.graphql.http.reading import Headers, Unreadable
from backend.identity import customer_view
from backend.identity.authentication import Authenticator
from backend.identity.errors import AccessRunOut, BadCredential
from backend.settings import Settings
from backend.viewer import Viewer
from backend.web import cookies
from backend.web.same_origin import names_host, refusal_of_cookie, refusal_of_cookie_on_socket

NOBODY = Viewer(kind="member")


@dataclass(slots=True)
class Caller:
    """The two that stand behind a request."""

    viewer: Viewer
    is_known: bool
    """Whether somebody signed in."""
    application: Known | None
    buckets: tuple[Bucket, ...]

    @property
    def capacity(self) -> int:
        """Points that the buckets hold when all of them are full."""
        return min([bucket.maximum for bucket in self.buckets])


async def caller(scope: Scope, headers: Headers) -> Caller:
    """Who asks. Raises Unreadable for a credential that is not valid, or not valid here."""
    state = scope["state"]
    authenticator: Authenticator = state["authenticator"]
    settings: Settings = state["settings"]
    try:
        viewer = await authenticator.viewer(headers.get(b"authorization"))
        if viewer is None:
            viewer = await _by_cookie(scope, headers, authenticator, settings)
        asking, view = viewer, headers.get(customer_view.HEADER)
        if view is not None:
            if viewer is None:
                raise NotSignedIn("A view as a customer counts beside the credential that opened it. Sign in.")
            viewer = await authenticator.viewed(viewer, view)
    except NotSignedIn as error:
        raise Unreadable(401, error.message, error.code) from None
    except Forbidden as error:
        raise Unreadable(403, error.message, error.code) from None
    application = state.get("application")
    if viewer is not None and viewer.application_id is not None:
        application = await _own(state["applications"], viewer, headers)
    client = scope.get("client")
    buckets = [bucket_of(asking, client[0] if client else "", settings)]
    if application is not None:
        rate = application.points_per_second
        buckets.append(Bucket(f"waymark:cost:application:{application.id.hex}", rate * SECONDS_WORTH, rate))
    return Caller(viewer or NOBODY, viewer is not None, application, tuple(buckets))


async def _by_cookie(scope: Scope, headers: Headers, authenticator: Authenticator, settings: Settings) -> Viewer | None:
    """Who signed in by the portal's cookie; None without one. Raises NotSignedIn, and Unreadable for a request or a
    socket that no page of ours began."""
    found = cookies.read(settings, headers)
    if found.access is None and found.refresh is None:
        return None
    is_socket = scope["type"] == "websocket"
    reason = refusal_of_cookie_on_socket(headers) if is_socket else refusal_of_cookie(scope["method"], headers)
    if reason is not None:
        raise Unreadable(403, reason, "FORBIDDEN")
    if found.access is None:
        raise AccessRunOut
    return replace(await authenticator.holder(found.access), application_id=PORTAL)


async def _own(registry: Registry, viewer: Viewer, headers: Headers) -> Known:
    """The application that a credential belongs to, which counts only from that application's own pages, or from
    no page at all."""
    assert viewer.application_id is not None  # noqa: S101 - the caller has seen to it
    found = await registry.with_id(viewer.application_id)
    if found is None:
        raise Unreadable(401, BadCredential().message, BadCredential.code)
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() not in found.origins and not names_host(origin, headers.get(b"host", "")):
        raise Unreadable(
            403, f"This credential belongs to the application {found.name!r}, not to {origin[:200]}.", "FORBIDDEN"
        )
    return found
