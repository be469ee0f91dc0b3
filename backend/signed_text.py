"""Tokens that say something and are signed: nothing is stored from which one could be made.

The signature (HMAC-SHA256 under a key derived from WAYMARK_SECRET, one a kind of token) makes a token as hard to guess
as 256 random bits, and tells a genuine one from an invented one without a look at the database.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from backend.sealing import keyed_hash
from backend.settings import Settings

SIGNATURE_BYTES = 32


def write(settings: Settings, start: str, body: bytes) -> str:
    """The token of this kind (its `start`) that says `body`: always the same text."""
    return start + base64.urlsafe_b64encode(body + _signature(settings, start, body)).rstrip(b"=").decode()


def read(settings: Settings, start: str, text: str, size: int) -> bytes | None:
    """The `size` bytes that a token of this kind says; None for one that was not made here."""
    letters = -(-(size + SIGNATURE_BYTES) * 4 // 3)
    if len(text) != len(start) + letters or not text.startswith(start):
        return None
    try:
        packed = base64.b64decode(text.removeprefix(start) + "=" * (-letters % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, signature = packed[:size], packed[size:]
    return body if hmac.compare_digest(signature, _signature(settings, start, body)) else None


def _signature(settings: Settings, start: str, body: bytes) -> bytes:
    return bytes.fromhex(keyed_hash(settings, f"tokens {start}", body.hex()))
