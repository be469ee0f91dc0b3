"""Refresh tokens: the number of a session's generation, signed. Nothing is stored from which one could be made.

An old token is told from an invented one without a list of all that were ever given out, and the same successor is
written again for a client that lost its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend import signed_text
from backend.settings import Settings

START = "wmr_"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a genuine token says; whether it still counts, its session knows."""

    session_id: UUID
    generation: int


def write(settings: Settings, claim: Claim) -> str:
    """The token of a session's generation: always the same text."""
    return signed_text.write(settings, START, claim.session_id.bytes + claim.generation.to_bytes(4))


def read(settings: Settings, text: str) -> Claim | None:
    """What the token says; None for one that was not made here."""
    body = signed_text.read(settings, START, text, 20)
    return None if body is None else Claim(UUID(bytes=body[:16]), int.from_bytes(body[16:]))
