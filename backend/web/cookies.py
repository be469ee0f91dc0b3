"""The cookies of the portal: an access token, and the refresh token that renews it; and while somebody signs in with
an identity provider, what they have to bring back from there.

All are HttpOnly, so that no script reads them, and SameSite=Lax; beside that a cookie counts only for requests of our
own pages (`same_origin.py`). On https their names begin with `__Host-`: a browser takes such a cookie only over https,
for this very host. Plain names are used on http at a loopback address, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import cookie_parser
from starlette.responses import Response

from backend.errors import InvalidInput
from backend.hosts import is_loopback
from backend.identity.sessions import Issued
from backend.settings import Settings

ACCESS = "waymark_access"
REFRESH = "waymark_refresh"
JOURNEY = "waymark_oidc"


@dataclass(frozen=True, slots=True)
class Cookies:
    """What a request carries."""

    access: str | None
    refresh: str | None


def are_usable(settings: Settings) -> bool:
    """Whether people reach Waymark over https, or on their own machine."""
    parts = urlsplit(settings.base_url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def require_usable(settings: Settings) -> None:
    """Raise InvalidInput where a cookie would travel in the open."""
    if not are_usable(settings):
        raise InvalidInput("Cookies need https: set WAYMARK_PUBLIC_URL to the https address of this Waymark.")


def read(settings: Settings, headers: Mapping[bytes, str]) -> Cookies:
    """The cookies of a request."""
    header = headers.get(b"cookie")
    found = cookie_parser(header) if header and are_usable(settings) else {}
    return Cookies(found.get(_name(settings, ACCESS)) or None, found.get(_name(settings, REFRESH)) or None)


def keep(response: Response, settings: Settings, issued: Issued) -> None:
    """Have the browser keep what was issued. Raises InvalidInput where a cookie would travel in the open."""
    require_usable(settings)
    _set(response, settings, ACCESS, issued.access.text, issued.access.seconds)
    _set(response, settings, REFRESH, issued.refresh, issued.seconds)


def forget(response: Response, settings: Settings) -> None:
    """Have the browser drop both."""
    for name in (ACCESS, REFRESH):
        _set(response, settings, name, "", 0)


def journey(settings: Settings, headers: Mapping[bytes, str]) -> str | None:
    """What the browser brings back from an identity provider."""
    return cookie_parser(headers.get(b"cookie", "")).get(_name(settings, JOURNEY)) or None


def keep_journey(response: Response, settings: Settings, sealed: str, seconds: int) -> None:
    """Have the browser carry a journey. Lax, not Strict: the provider sends the browser back from its own site."""
    _set(response, settings, JOURNEY, sealed, seconds)


def forget_journey(response: Response, settings: Settings) -> None:
    """Have the browser drop it: a journey ends once."""
    _set(response, settings, JOURNEY, "", 0)


def _name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.base_url.startswith("https://") else name


def _set(response: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=settings.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
