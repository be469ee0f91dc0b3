"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": b"default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
}
HTTPS_ONLY = {b"strict-transport-security": b"max-age=31536000"}


class SecurityHeaders:
    """The headers of one site."""

    def __init__(self, *, https: bool) -> None:
        self._headers = tuple({**HEADERS, **(HTTPS_ONLY if https else {})}.items())
        self._names = frozenset(name for name, _ in self._headers)

    def missing_from(self, present: Mapping[bytes, bytes]) -> Sequence[tuple[bytes, bytes]]:
        """Those that an answer does not set itself, given its headers by their names in lower case."""
        if self._names.isdisjoint(present):
            return self._headers
        return [header for header in self._headers if header[0] not in present]
