"""The systems that may vouch for members, as whoever runs Waymark sets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, null
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import InvalidInput, NotFound
from backend.identity import audit
from backend.identity.errors import BadOutsideToken
from backend.identity.models import Voucher
from backend.identity.outside_tokens import KEY_TYPES, key_for, keys_of
from backend.identity.vouching import HMAC, SECRET_PURPOSE
from backend.outgoing import NoAnswer, check_url
from backend.sealing import seal
from backend.settings import Settings

SHORTEST_SECRET = 32
"""Bytes: as many as the hash of HS256 has (RFC 7518, 3.2)."""
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


async def voucher(session: AsyncSession, issuer: str) -> Voucher:
    """The voucher of an issuer. Raises NotFound."""
    found = await session.get(Voucher, issuer)
    if found is None:
        raise NotFound(f"Nobody vouches as {issuer!r}.", field=["issuer"])
    return found


async def set_voucher(
    session: AsyncSession,
    settings: Settings,
    *,
    issuer: str,
    algorithm: str,
    secret: str | None = None,
    jwks: Mapping[str, Any] | None = None,
    jwks_url: str | None = None,
    source_id: UUID | None = None,
    may_create: bool = False,
) -> Voucher:
    """Make or change a voucher. Raises InvalidInput for what cannot work or is not safe."""
    if not issuer.strip() or not issuer.isprintable() or len(issuer) > 200:
        raise InvalidInput("An issuer is text of 1 to 200 characters.", field=["issuer"])
    if algorithm != HMAC and algorithm not in KEY_TYPES:
        raise InvalidInput(f"Use {HMAC}, {', '.join(KEY_TYPES)}.", field=["algorithm"])
    if algorithm == HMAC:
        if secret is None or jwks is not None or jwks_url is not None:
            raise InvalidInput(f"{HMAC} needs a secret, and nothing beside it.", field=["secret"])
        if len(secret.encode()) < SHORTEST_SECRET:
            raise InvalidInput(f"A secret has {SHORTEST_SECRET} bytes or more.", field=["secret"])
    elif secret is not None or (jwks is None) == (jwks_url is None):
        raise InvalidInput(f"{algorithm} needs a key set, or the URL of one, and no secret.", field=["jwks"])
    if may_create and source_id is None:
        raise InvalidInput("To make members, name the source whose ids `sub` holds.", field=["source"])
    values = {
        "algorithm": algorithm,
        "secret": seal(settings, SECRET_PURPOSE, secret.encode()) if secret is not None else None,
        "jwks": {"keys": _public_keys(jwks, algorithm)} if jwks is not None else null(),
        "jwks_url": check_url(settings, jwks_url) if jwks_url is not None else None,
        "source_id": source_id,
        "may_create": may_create,
        "changed_at": func.waymark_now(),
    }
    made: Voucher | None = await session.scalar(
        insert(Voucher)
        .values(issuer=issuer, **values)
        .on_conflict_do_update(index_elements=["issuer"], set_=values)
        .returning(Voucher)
        .execution_options(populate_existing=True)
    )
    assert made is not None  # noqa: S101 - RETURNING gives the row
    after = {"algorithm": algorithm, "mayCreate": may_create, "sourceId": source_id and str(source_id)}
    await audit.record(session, "voucher.set", actor="command line", subject=f"voucher:{issuer}", after=after)
    return made


async def remove_voucher(session: AsyncSession, *, issuer: str) -> None:
    """End vouching by an issuer; its tokens are refused from now on. Raises NotFound."""
    await session.delete(await voucher(session, issuer))
    await audit.record(session, "voucher.removed", actor="command line", subject=f"voucher:{issuer}")


def _public_keys(jwks: Mapping[str, Any], algorithm: str) -> list[dict[str, Any]]:
    """The keys of a set that was pasted, each of which has to fit the algorithm and to be public."""
    try:
        keys = keys_of(jwks)
    except NoAnswer as error:
        raise InvalidInput(f"The key set {error}.", field=["jwks"]) from None
    if not keys:
        raise InvalidInput(f"The key set has no key for {algorithm}.", field=["jwks"])
    if any(PRIVATE & key.keys() for key in keys):
        raise InvalidInput("The key set holds a private key. Give the public halves alone.", field=["jwks"])
    for place, key in enumerate(keys):
        try:
            key_for([key], {"alg": algorithm, **({"kid": key["kid"]} if "kid" in key else {})})
        except BadOutsideToken:
            raise InvalidInput(f"Key {place + 1} of the set is none for {algorithm}.", field=["jwks"]) from None
    return keys
