"""What comes in is stored before it is taken over, whichever way it comes; reading it is a worker's."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.engagement.inbound.message import hash_of
from backend.engagement.models import InboundMail, InboundState
from backend.errors import LimitReached
from backend.sealing import keyed_hash, seal
from backend.settings import Settings
from backend.webhooks.signing import START, signature
from backend.work import enqueue

PURPOSE = "inbound mail"
TOLERANCE_SECONDS = 300
MOST_WAITING = 10_000
"""Mails that are unread or wait for staff; beyond these none is taken, so that nobody fills the disk."""


async def receive(session: WriteSession, raw: bytes) -> UUID | None:
    """Store a mail, and ask for it to be read; None for one that came before. Raises LimitReached."""
    settings: Settings = session.info[SETTINGS]
    waiting = (
        select(InboundMail.id)
        .where(InboundMail.state.in_([InboundState.RECEIVED, InboundState.REJECTED]))
        .limit(MOST_WAITING)
    )
    if (await session.scalar(select(func.count()).select_from(waiting.subquery())) or 0) >= MOST_WAITING:
        raise LimitReached("Too much mail waits to be settled: see what was rejected, and why.")
    made: UUID | None = await session.scalar(
        insert(InboundMail)
        .values(message_hash=hash_of(raw), content=seal(settings, PURPOSE, raw))
        .on_conflict_do_nothing(index_elements=[InboundMail.message_hash])
        .returning(InboundMail.id)
    )
    if made is not None:
        await enqueue(session, "engagement.take_mail", mail_id=made)
    return made


def webhook_secret(settings: Settings) -> str:
    """The secret that signs mail to the webhook. It follows from WAYMARK_SECRET and the address: another address,
    another secret."""
    digest = bytes.fromhex(keyed_hash(settings, "webhook of inbound mail", settings.inbound_address.casefold()))
    return START + base64.b64encode(digest).decode()


async def is_signed(session: WriteSession, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a body was signed with the secret within five minutes, as Standard Webhooks has it."""
    settings: Settings = session.info[SETTINGS]
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    said = datetime.fromtimestamp(int(stamp), UTC)
    if abs((await clock.now(session) - said).total_seconds()) > TOLERANCE_SECONDS:
        return False
    expected = signature(message_id, int(stamp), body, [webhook_secret(settings)])
    return any(_equal(given, expected) for given in headers.get("webhook-signature", "").split()[:10])


def _equal(given: str, expected: str) -> bool:
    try:
        return hmac.compare_digest(given.encode("ascii"), expected.encode())
    except (UnicodeError, binascii.Error):
        return False
