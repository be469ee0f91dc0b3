"""Identifiers: UUID version 7 (RFC 9562, section 5.7) and the guess-proof codes that people see."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A UUID whose first 48 bits are the Unix time in milliseconds, so that new rows sit together in an index."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return UUID(int=value)


def token() -> str:
    """128 random bits as 22 URL-safe letters, for codes that nobody may guess."""
    return secrets.token_urlsafe(16)
