"""Tokens that others sign: which algorithm and whose key is settled here, never by what the token says of itself.

The header's `kid` chooses among the keys that are trusted already; `jku`, `jwk`, `x5u` and `x5c` are not looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jwt

from backend.identity.errors import BadOutsideToken
from backend.outgoing import NoAnswer, ask_json
from backend.settings import Settings

KEY_TYPES: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""What may sign, with the type and curve of its keys."""
PUBLIC = ("kty", "crv", "n", "e", "x", "y", "kid")
LEEWAY_SECONDS = 30
"""How far the clocks of two hosts may differ."""
FRESH_SECONDS = 600.0
STALE_SECONDS = 3_600.0
"""How long keys are believed while their server cannot be reached."""
AGAIN_SECONDS = 10.0
"""At most so often are keys fetched because a token names one that is unknown, or because fetching failed."""
MOST_SETS = 32
MOST_KEYS = 100


@dataclass(slots=True)
class _KeySet:
    keys: list[dict[str, Any]] = field(default_factory=list)
    fetched: float = float("-inf")
    tried: float = float("-inf")
    """Both by the process's monotonic clock."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySets:
    """The key sets (RFC 7517) of other servers, by URL, kept in this process within bounds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sets: OrderedDict[str, _KeySet] = OrderedDict()

    async def find(self, url: str, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that the token's header names. Raises BadOutsideToken, and NoAnswer where there are no keys."""
        kept = self._sets.setdefault(url, _KeySet())
        self._sets.move_to_end(url)
        while len(self._sets) > MOST_SETS:
            self._sets.popitem(last=False)
        if time.monotonic() - kept.fetched > FRESH_SECONDS:
            await self._fetch(url, kept)
        try:
            return key_for(kept.keys, header)
        except BadOutsideToken:
            if not await self._fetch(url, kept):
                raise
        return key_for(kept.keys, header)

    async def _fetch(self, url: str, kept: _KeySet) -> bool:
        """Fetch the set unless that was just tried; whether the keys are newer than before."""
        before = kept.fetched
        async with kept.lock:
            if kept.fetched == before and time.monotonic() - kept.tried > AGAIN_SECONDS:
                kept.tried = time.monotonic()
                try:
                    kept.keys = keys_of(await ask_json(self._settings, url))
                    kept.fetched = time.monotonic()
                except NoAnswer:
                    if time.monotonic() - kept.fetched > STALE_SECONDS:
                        raise
        if time.monotonic() - kept.fetched > STALE_SECONDS:
            raise NoAnswer(f"{url} gave no keys lately")
        return kept.fetched != before


def keys_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys of a set that can sign something here. Raises NoAnswer for what is no key set."""
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise NoAnswer(f"is no key set of at most {MOST_KEYS} keys")
    return [
        key
        for key in keys
        if isinstance(key, dict)
        and key.get("use", "sig") == "sig"
        and any(key.get("kty") == kind and curve in (None, key.get("crv")) for kind, curve in KEY_TYPES.values())
    ]


def key_for(keys: Iterable[Mapping[str, Any]], header: Mapping[str, Any]) -> jwt.PyJWK:
    """The one key of the header's id and algorithm. Raises BadOutsideToken for none and for several."""
    algorithm, kid = header["alg"], header.get("kid")
    kind, curve = KEY_TYPES[algorithm]
    fitting = [
        key
        for key in keys
        if key.get("kty") == kind
        and curve in (None, key.get("crv"))
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fitting) != 1:
        raise BadOutsideToken("its key is unknown")
    try:
        return jwt.PyJWK({name: fitting[0][name] for name in PUBLIC if name in fitting[0]}, algorithm)
    except jwt.PyJWTError:
        raise BadOutsideToken("its key cannot be used") from None


def header_of(token: str, algorithms: Collection[str], *, longest: int) -> Mapping[str, Any]:
    """The header of a token whose algorithm is one of those. Raises BadOutsideToken."""
    if len(token) > longest:
        raise BadOutsideToken("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise BadOutsideToken("it is no signed token") from None
    if not isinstance(header.get("alg"), str) or header["alg"] not in algorithms:
        raise BadOutsideToken("its algorithm is not the configured one")
    if not isinstance(header.get("kid", ""), str):
        raise BadOutsideToken("its key is unknown")
    return header


def is_text(value: object, longest: int = 200) -> TypeGuard[str]:
    """Whether a claim is a text that can be stored and shown: JSON also has texts with U+0000 and half characters."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable() and len(value) <= longest


def claims_of(
    token: str, key: jwt.PyJWK | bytes, algorithm: str, *, issuer: str, audience: str, required: Collection[str]
) -> dict[str, Any]:
    """What a token says that is signed by the key, of this issuer, for this audience, and in force.

    Raises BadOutsideToken, whose message tells what is wrong and nothing of what the token holds.
    """
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", *required], "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise BadOutsideToken("it has expired") from None
    except jwt.ImmatureSignatureError:
        raise BadOutsideToken("it is not in force yet") from None
    except jwt.InvalidAudienceError:
        raise BadOutsideToken("it is for another audience") from None
    except jwt.InvalidIssuerError:
        raise BadOutsideToken("it is of another issuer") from None
    except jwt.MissingRequiredClaimError as error:
        raise BadOutsideToken(f"it lacks {error.claim}") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise BadOutsideToken("its signature does not fit") from None
