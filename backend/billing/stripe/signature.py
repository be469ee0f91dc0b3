"""The signature of Stripe's webhooks: `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, v1 = HMAC-SHA256(secret, "t.body").

https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

TOLERANCE_SECONDS = 300
LONGEST_HEADER = 2_000
MOST_SIGNATURES = 10
"""Stripe signs once for each secret in force, and no more than two ever are."""
SECONDS = re.compile(r"[0-9]{1,12}")
HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Signature:
    """A well-formed header."""

    timestamp: int
    signatures: tuple[str, ...]

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was made within five minutes of `now`, on either side."""
        return abs(now.timestamp() - self.timestamp) <= TOLERANCE_SECONDS

    def is_of(self, body: bytes, secrets: Iterable[bytes]) -> bool:
        """Whether any of the signatures was made with any of the secrets. Takes the same time wherever they differ."""
        signed = b"%d." % self.timestamp + body
        matches = [
            hmac.compare_digest(hmac.new(secret, signed, sha256).hexdigest(), given)
            for secret in secrets
            for given in self.signatures
        ]
        return any(matches)


def read(header: str) -> Signature | None:
    """The parts of the header `Stripe-Signature`; None where it is malformed. Other schemes than v1 are passed over."""
    if len(header) > LONGEST_HEADER:
        return None
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    signatures = tuple(value for name, value in pairs if name == "v1" and HEX.fullmatch(value))[:MOST_SIGNATURES]
    if len(times) != 1 or not SECONDS.fullmatch(times[0]) or not signatures:
        return None
    return Signature(int(times[0]), signatures)
