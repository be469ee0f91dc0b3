"""Access tokens: JSON Web Tokens of 15 minutes, signed with Ed25519, for one issuer and one audience."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from backend.db.ids import token
from backend.identity.errors import BadCredential
from backend.identity.signing import PublicKeys, Signer
from backend.settings import Settings

ALGORITHM = "EdDSA"
AUDIENCE = "waymark"
LIFETIME = timedelta(minutes=15)
LEEWAY_SECONDS = 5
"""How far the clocks of two hosts may differ."""
LONGEST = 2_000
REQUIRED = ["iss", "aud", "sub", "sid", "iat", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: who, for which account where they act as a member, and in which session."""

    person_id: UUID
    account_id: UUID | None
    session_id: UUID
    expires_at: float
    """Unix time in seconds."""

    def seconds_left(self) -> float:
        """Until the token ends, in seconds."""
        return self.expires_at - time.time()


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, and when it ends."""

    text: str
    expires_at: datetime
    seconds: int
    """From its issue to its end."""


def issue(
    settings: Settings,
    signer: Signer,
    *,
    person_id: UUID,
    account_id: UUID | None,
    session_id: UUID,
    at_most: timedelta = LIFETIME,
) -> AccessToken:
    """A token of a session: as a member of the account, or as staff where there is none."""
    now = int(time.time())
    ends = now + int(min(LIFETIME, at_most).total_seconds())
    claims: dict[str, Any] = {
        "iss": settings.base_url,
        "aud": AUDIENCE,
        "sub": person_id.hex,
        "iat": now,
        "exp": ends,
        "jti": token(),
        "sid": session_id.hex,
    }
    if account_id is not None:
        claims["account"] = account_id.hex
    text = jwt.encode(claims, signer.private, algorithm=ALGORITHM, headers={"kid": signer.kid})
    return AccessToken(text, datetime.fromtimestamp(ends, UTC), ends - now)


async def verify(settings: Settings, keys: PublicKeys, text: str) -> Claims:
    """What a valid token says. Raises BadCredential for every other one, without saying why.

    The algorithm is ours, never the token's: `none` and a public key used as an HMAC secret are refused, and so is a
    key id that is not published.
    """
    try:
        if len(text) > LONGEST:
            raise BadCredential
        header = jwt.get_unverified_header(text)
        kid = header.get("kid")
        key = await keys.find(kid) if header.get("alg") == ALGORITHM and isinstance(kid, str) else None
        if key is None:
            raise BadCredential
        found = jwt.decode(
            text,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=settings.base_url,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
        account = found.get("account")
        return Claims(
            UUID(hex=found["sub"]),
            UUID(hex=account) if account else None,
            UUID(hex=found["sid"]),
            float(found["exp"]),
        )
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise BadCredential from None
