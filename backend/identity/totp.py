"""Codes of authenticator apps: time-based one-time passwords (RFC 6238) with SHA-1, six digits and steps of 30 seconds,
which is what all of these apps make.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

DIGITS = 6
STEP_SECONDS = 30
LEEWAY = 1
"""Steps before and after the present one whose codes count: clocks differ, and people type (RFC 6238, 5.2)."""
SECRET_BYTES = 20
"""As RFC 4226 recommends (R6): as long as what SHA-1 gives."""
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


def new_secret() -> bytes:
    """A secret for one person's app."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret as people type it where they cannot scan it."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What an app reads from a QR code (Key Uri Format). The parts of its label are told apart by a colon."""
    name = quote(issuer, safe="")
    return (
        f"otpauth://totp/{name}:{quote(account, safe='@')}?secret={shown(secret)}&issuer={name}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )


def is_code(text: str) -> bool:
    """Whether a text has the form of a code."""
    return _CODE.fullmatch(text) is not None


def code_of(secret: bytes, step: int) -> str:
    """The code of a step: steps count from 1970."""
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()  # noqa: S303 - what the apps compute (RFC 4226)


def step_at(now: datetime) -> int:
    """The step that a moment lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The newest step within the leeway whose code this is; None where there is none."""
    if not is_code(code):
        return None
    steps = range(step_at(now) - LEEWAY, step_at(now) + LEEWAY + 1)
    return max((step for step in steps if hmac.compare_digest(code_of(secret, step), code)), default=None)
