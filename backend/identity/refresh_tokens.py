"""Refresh tokens: the number of a session's generation, signed. Nothing is stored from which one could be made.

The signature (HMAC-SHA256 under a key derived from WAYMARK_SECRET) makes a token as hard to guess as 256 random bits,
tells an old token from an invented one without a list of all that were ever given out, and writes the same successor
again for a client that lost its answer.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from uuid import UUID

from backend.sealing import keyed_hash
from backend.settings import Settings

START = "wmr_"
LENGTH = len(START) + 70


@dataclass(frozen=True, slots=True)
class Claim:
    """What a genuine token says; whether it still counts, its session knows."""

    session_id: UUID
    generation: int


def write(settings: Settings, claim: Claim) -> str:
    """The token of a session's generation: always the same text."""
    body = claim.session_id.bytes + claim.generation.to_bytes(4)
    return START + base64.urlsafe_b64encode(body + _signature(settings, body)).rstrip(b"=").decode()


def read(settings: Settings, text: str) -> Claim | None:
    """What the token says; None for one that was not made here."""
    if len(text) != LENGTH or not text.startswith(START):
        return None
    try:
        packed = base64.b64decode(text.removeprefix(START) + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, signature = packed[:20], packed[20:]
    if not hmac.compare_digest(signature, _signature(settings, body)):
        return None
    return Claim(UUID(bytes=body[:16]), int.from_bytes(body[16:]))


def _signature(settings: Settings, body: bytes) -> bytes:
    return bytes.fromhex(keyed_hash(settings, "refresh tokens", body.hex()))
