"""The key pairs that sign access tokens (Ed25519). The private half is stored sealed, the public half as JWKS."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.identity.models import SigningKey
from backend.sealing import seal, unseal
from backend.settings import Settings

PURPOSE = "signing keys"
GRACE = timedelta(minutes=20)
"""How long a retired key still verifies: longer than a token lives."""
KEPT_SECONDS = 60.0
UNKNOWN_RELOAD_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    kid: str
    private: Ed25519PrivateKey


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


async def signer(session: AsyncSession, settings: Settings) -> Signer:
    """The newest key in force; made at first use. Raises SealError under another WAYMARK_SECRET."""
    row = await _newest(session)
    if row is None:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended('waymark signing keys', 0))"))
        row = await _newest(session) or await _make(session, settings)
    private = Ed25519PrivateKey.from_private_bytes(unseal(settings, PURPOSE, row.private_key))
    return Signer(row.id.hex, private)


async def rotate(session: AsyncSession, settings: Settings) -> UUID:
    """Retire every key and make a new one. Tokens of retired keys hold for 20 more minutes."""
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended('waymark signing keys', 0))"))
    await session.execute(
        update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=func.waymark_now())
    )
    return (await _make(session, settings)).id


async def _newest(session: AsyncSession) -> SigningKey | None:
    return await session.scalar(
        select(SigningKey).where(SigningKey.retired_at.is_(None)).order_by(SigningKey.id.desc()).limit(1)
    )


async def _make(session: AsyncSession, settings: Settings) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    made: SigningKey | None = await session.scalar(
        insert(SigningKey)
        .values(
            id=uuid7(),
            public_key=_base64(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
            private_key=seal(settings, PURPOSE, private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())),
        )
        .returning(SigningKey)
    )
    assert made is not None  # noqa: S101 - RETURNING gives the row that was inserted
    return made


class PublicKeys:
    """The public halves that verify, kept for a minute in this process; an unknown id looks again, not too often."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._jwks: list[dict[str, str]] = []
        self._loaded = float("-inf")

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key with this id; None where there is none in force."""
        age = time.monotonic() - self._loaded
        if age > KEPT_SECONDS or (kid not in self._keys and age > UNKNOWN_RELOAD_SECONDS):
            await self._load()
        return self._keys.get(kid)

    async def jwks(self) -> dict[str, Any]:
        """The set as RFC 7517 and RFC 8037 write it."""
        if time.monotonic() - self._loaded > UNKNOWN_RELOAD_SECONDS:
            await self._load()
        return {"keys": self._jwks}

    async def _load(self) -> None:
        async with self._database.begin() as session:
            rows = await session.execute(
                select(SigningKey.id, SigningKey.public_key)
                .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > func.waymark_now() - GRACE))
                .order_by(SigningKey.id.desc())
            )
            found = [(row.id.hex, row.public_key) for row in rows]
        self._keys = {
            kid: Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
            for kid, x in found
        }
        self._jwks = [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x} for kid, x in found
        ]
        self._loaded = time.monotonic()
