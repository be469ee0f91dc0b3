"""Signatures of Standard Webhooks: `v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256

START = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as receivers are given it."""
    return START + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(message_id: str, timestamp: int, body: bytes, keys: Iterable[str]) -> str:
    """The header `webhook-signature`: one signature for each secret in force, the newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = (hmac.new(base64.b64decode(key.removeprefix(START)), signed, sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in made)
