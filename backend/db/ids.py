"""Identifiers: UUID version 7 (RFC 9562, section 5.7) and the guess-proof codes that people see."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

TICKS = 4096
"""Parts of a millisecond that an id tells apart."""

_lock = threading.Lock()
_newest = 0


def uuid7() -> UUID:
    """A UUID that is greater than all that this process has made, so that what one transaction does has an order.

    It begins with the Unix time in milliseconds and 12 bits of its fraction, as PostgreSQL's `uuidv7()` does (RFC 9562,
    section 6.2, method 3), so new rows sit together in an index; the other 62 bits are random.
    """
    global _newest
    now = time.time_ns() * TICKS // 1_000_000
    with _lock:
        _newest = max(now, _newest + 1)
        milliseconds, fraction = divmod(_newest, TICKS)
    value = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)
    return UUID(int=value)


def token() -> str:
    """128 random bits as 22 URL-safe letters, for codes that nobody may guess."""
    return secrets.token_urlsafe(16)
