"""Whether a browser sent a request from our own pages: what every caller who signs in by a cookie has to pass.

A browser adds cookies to requests that other sites cause. `Origin` is compared with `Host`, what the browser itself
believes it talks to, so nothing has to be configured. A browser leaves `Origin` out of plain reads from the same
origin; there `Sec-Fetch-Site`, which no page can set, has to say so.
"""

from __future__ import annotations

from collections.abc import Mapping

SAFE_METHODS = frozenset({"GET", "HEAD"})


def is_same_origin(headers: Mapping[bytes, str]) -> bool:
    """Whether a page of the very host and port that was asked caused the request. False where nothing tells."""
    origin, host = headers.get(b"origin"), headers.get(b"host", "")
    site = headers.get(b"sec-fetch-site")
    if site not in (None, "same-origin"):
        return False
    if origin is None:
        return site == "same-origin"
    return names_host(origin, host)


def names_host(origin: str, host: str) -> bool:
    """Whether an `Origin` is the host and port that a request names as its `Host`."""
    scheme, separator, authority = origin.partition("://")
    return bool(separator) and scheme in {"http", "https"} and authority.lower() == host.lower()


def refusal_of_cookie(method: str, headers: Mapping[bytes, str]) -> str | None:
    """Why a request may not be answered on the strength of a cookie; None where it may.

    Reads need the same origin; what writes needs JSON beside it, which no form of another site can send unasked.
    """
    if not is_same_origin(headers):
        return "A cookie counts only for requests from this site's own pages. Send Authorization: Bearer … instead."
    if method not in SAFE_METHODS:
        if b"origin" not in headers:
            return "A request that writes needs the header Origin where a cookie signs it in."
        if headers.get(b"content-type", "").partition(";")[0].strip().lower() != "application/json":
            return "A request that writes must be application/json where a cookie signs it in."
    return None


def refusal_of_cookie_on_socket(headers: Mapping[bytes, str]) -> str | None:
    """Why a WebSocket may not be opened on the strength of a cookie; None where it may.

    A browser opens sockets to any site that a page names, with that site's cookies and without asking it first; but it
    always says whose page it is, so a handshake that does not say is not a browser's.
    """
    if b"origin" in headers and is_same_origin(headers):
        return None
    return "A cookie counts only on sockets of this site's own pages. Send authorization in connection_init."
