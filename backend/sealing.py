"""Secrets that stand in the database: encrypted under keys derived from WAYMARK_SECRET, one key a purpose."""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.operation import OperationError
from backend.settings import Settings


class SealError(OperationError):
    """A stored secret was sealed under another WAYMARK_SECRET, or was changed since."""


def _key(settings: Settings, purpose: str) -> bytes:
    settings.require("secret")
    return _derived(settings.secret, purpose)


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"waymark", info=purpose.encode()).derive(secret.encode())


def seal(settings: Settings, purpose: str, value: bytes) -> bytes:
    """Encrypt and authenticate a value (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return Fernet(base64.urlsafe_b64encode(_key(settings, purpose))).encrypt(value)


def unseal(settings: Settings, purpose: str, sealed: bytes, *, seconds: int | None = None) -> bytes:
    """The value that was sealed for this purpose. Raises SealError under another secret, and after so many seconds."""
    try:
        return Fernet(base64.urlsafe_b64encode(_key(settings, purpose))).decrypt(sealed, ttl=seconds)
    except InvalidToken:
        raise SealError(
            f"A stored secret ({purpose}) does not open with this WAYMARK_SECRET. Set the secret that it was stored "
            "under, or store it anew (for signing keys: `waymark keys rotate`)."
        ) from None


def keyed_hash(settings: Settings, purpose: str, value: str) -> str:
    """A hash that nobody without WAYMARK_SECRET can compute or search, 64 hexadecimal digits."""
    return hmac.new(_key(settings, purpose), value.encode("utf-8", "surrogatepass"), sha256).hexdigest()
